/*
 * Slack's side of Socket Mode in the fake upstream: sends mentions as events over the newest
 * connection, keeps the books of what was acknowledged, sends again what was not, and kills
 * connections. Its control addresses are listed in slack_ws.c.
 */
#ifndef BENCH_SLACK_WS_H
#define BENCH_SLACK_WS_H

#include "upstream.h"

enum slack_link_state {
	SLACK_LINK_OPEN,
	SLACK_LINK_LEAVING, /* was told to go: used while there is no other */
	SLACK_LINK_DYING,   /* nothing is sent over it any more */
};

struct slack_link {
	struct upstream_conn *conn;
	int64_t serial; /* counts from 1 */
	enum slack_link_state state;
};

struct slack_ws_books {
	size_t acked, heard; /* events acknowledged; deaths after which one was */
};

/* Answers apps.connections.open, and the WebSocket's handshake. False: it is neither. */
bool slack_ws_serve(struct upstream_conn *c, const struct upstream_request *rq, int port);

/* Takes what the other side sent over its WebSocket (conn->link). False: it is over. */
bool slack_ws_read(struct upstream_conn *c);

/* Its WebSocket is gone; the caller frees the connection. */
void slack_ws_gone(struct upstream_conn *c);

/* A request of the bench, /bench/ws/...: does it, and answers. */
void slack_ws_control(struct upstream_conn *c, const char *path);

/* Sends what is due; and when it has to be called again, whatever comes (CLOCK_MONOTONIC us). */
void slack_ws_work(void);
int64_t slack_ws_due_us(void);

struct slack_ws_books slack_ws_look(void);

/* --- connections (slack_ws_links.c) --- */

/* The one for what is to be sent; NULL: there is none. And whether one still is of use. */
struct slack_link *slack_links_usable(void);
bool slack_links_usable_is(int64_t serial);

/* Whether some came or went since it was asked last. */
bool slack_links_changed(void);

/* An event was acknowledged over it. */
void slack_links_heard(const struct slack_link *l);

/* How many deaths are over; and how long nobody heard after each. */
size_t slack_links_deaf(const int64_t **ret_us);
void slack_links_clear(void);

/* Ends them all, in that way; exits when there is no such way. */
void slack_links_end(const char *how);

/* Sends one small frame. */
void slack_link_say(const struct slack_link *l, int opcode, const char *text, size_t len);

/* --- frames (slack_ws_frames.c) --- */

enum {
	SLACK_WS_TEXT = 1,
	SLACK_WS_CLOSE = 8,
	SLACK_WS_PING = 9,
	SLACK_WS_PONG = 10,
};

struct slack_ws_frame {
	int opcode;
	char *data; /* unmasked, in the connection's buffer */
	size_t len, total;
};

/* What Sec-WebSocket-Accept must be. */
void slack_ws_accept(const char *key, size_t len, char ret[32]);

/* Room that a frame's head needs in front of its payload. */
#define SLACK_WS_HEAD_MAX_BYTES 4
/* Writes the head of an unmasked frame (below 64 KiB); its length. */
size_t slack_ws_head(char *buf, int opcode, size_t len);

/* The first frame of the connection's input; false: not whole yet. Exits on one that Slack would
 * not take: the relay's fault. */
bool slack_ws_parse(struct upstream_conn *c, struct slack_ws_frame *ret);

/* Event `n`, sent for the attempt-th time (from 1), as one frame; its length. */
#define SLACK_WS_EVENT_MAX_BYTES 2048
size_t slack_ws_event(char buf[SLACK_WS_EVENT_MAX_BYTES], size_t n, unsigned attempt);

/* Which event, and which attempt, an acknowledgement is for. False: it is none of ours. */
bool slack_ws_ack(const char *text, size_t *ret_n, unsigned *ret_attempt);

#endif

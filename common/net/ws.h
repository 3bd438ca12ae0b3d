/*
 * A WebSocket client (RFC 6455): the connection by libcurl (TLS, proxies, the shared CA store), the
 * frames by wslay. One thread uses a struct ws; only ws_wake may be called by another.
 */
#ifndef NET_WS_H
#define NET_WS_H

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"

#define WS_MESSAGE_MAX_BYTES (4 * 1024 * 1024) /* of what comes in; more closes with 1009 */

struct ws;

/*
 * Connects to a ws(s) URL and shakes hands, until the monotonic deadline. ERR_TEMPORARY: not
 * reachable, or an answer of 409, 429 (with not-before) or 5xx. ERR_BAD_REPLY: any other answer
 * than 101 with the right key. ERR_BAD_INPUT: no ws(s) URL (whom to talk to is the caller's
 * decision). Error texts name the host, never path or query.
 */
bool ws_open(TALLOC_CTX *ctx, const char *url, int64_t deadline_ms, struct ws **ret,
	     struct err *e) ERR_MUST_CHECK;

/* Drops the connection at once; NULL is fine. */
void ws_free(struct ws *ws);

enum ws_event {
	WS_NOTHING, /* the time is up, or ws_wake was called */
	WS_TEXT,
	WS_PONG,   /* to a ping of ours */
	WS_CLOSED, /* by the close handshake: `code`, and `text` as reason */
};

struct ws_message {
	enum ws_event event;
	const char *text; /* NUL-terminated, valid UTF-8; until the next call */
	size_t len;
	int code; /* of a close; 1005 when there was none */
};

/*
 * Waits until the monotonic time for the next event. Pings are answered on the way, fragments put
 * together, binary messages refused. False: the connection is dead (reset, bad frame, too large, no
 * close handshake): free it. ERR_TEMPORARY, or ERR_BAD_REPLY for what breaks the protocol.
 */
bool ws_next(struct ws *ws, int64_t until_ms, struct ws_message *ret, struct err *e) ERR_MUST_CHECK;

/* When the last frame of any kind came in (monotonic). */
int64_t ws_heard_ms(const struct ws *ws);

/* Sends one unfragmented text message, or a ping. Waits up to the deadline for a full socket. */
bool ws_send(struct ws *ws, const char *text, size_t len, int64_t deadline_ms,
	     struct err *e) ERR_MUST_CHECK;
bool ws_ping(struct ws *ws, int64_t deadline_ms, struct err *e) ERR_MUST_CHECK;

/* Sends a close frame (1000) once; the other side's answer comes as WS_CLOSED, for which the caller
 * waits as long as it likes (Slack leaves TCP open: a second or two). */
bool ws_close(struct ws *ws, int64_t deadline_ms, struct err *e) ERR_MUST_CHECK;

/* Ends the wait of ws_next, now or the next one. From any thread. */
void ws_wake(struct ws *ws);

#endif

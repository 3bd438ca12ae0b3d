/*
 * The connections of the fake Socket Mode: the handshake, which one is used, how they are killed,
 * and for how long nobody heard: from a death to the first event that is acknowledged on a newer
 * connection.
 */
#include "slack_ws.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"

#define LINKS_MAX 64
#define DEATHS_MAX 1000
#define SEND_MAX_S 5 /* a relay that reads nothing for so long is stuck */

static struct slack_links {
	struct slack_link *links[LINKS_MAX];
	size_t n_links;
	int64_t serial;		      /* of the newest */
	bool changed;		      /* since somebody asked */
	int64_t died_us, died_serial; /* deaf since then; 0: not */
	int64_t deaf_us[DEATHS_MAX];
	size_t n_deaf;
} sl;

static struct slack_link *newest(enum slack_link_state state)
{
	for (size_t i = sl.n_links; i > 0; i--)
		if (sl.links[i - 1]->state == state)
			return sl.links[i - 1];
	return NULL;
}

struct slack_link *slack_links_usable(void)
{
	struct slack_link *l = newest(SLACK_LINK_OPEN);

	return l ? l : newest(SLACK_LINK_LEAVING);
}

bool slack_links_usable_is(int64_t serial)
{
	for (size_t i = 0; i < sl.n_links; i++)
		if (sl.links[i]->serial == serial)
			return sl.links[i]->state != SLACK_LINK_DYING;
	return false;
}

/* From now on nobody hears, unless there is another connection. */
static void note_death(void)
{
	if (slack_links_usable() || sl.died_us)
		return;
	sl.died_us = bench_now_us();
	sl.died_serial = sl.serial;
}

void slack_link_say(const struct slack_link *l, int opcode, const char *text, size_t len)
{
	char buf[1024];
	size_t head = slack_ws_head(buf, opcode, len);

	if (head + len > sizeof(buf))
		errx(1, "a frame of %zu bytes", len);
	memcpy(buf + head, text, len);
	(void)send(l->conn->fd, buf, head + len, MSG_NOSIGNAL);
}

/* What fell into a black hole is over, at the latest when there is a new connection. */
static void bury_silent(void)
{
	for (size_t i = sl.n_links; i > 0; i--)
		if (sl.links[i - 1]->conn->ignored)
			upstream_close(sl.links[i - 1]->conn);
}

static void greet(struct upstream_conn *c)
{
	struct slack_link *l = calloc(1, sizeof(*l));
	const struct timeval most = { .tv_sec = SEND_MAX_S };
	char hello[256];

	bury_silent();
	if (!l || sl.n_links == LINKS_MAX)
		errx(1, "too many connections");
	(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	*l = (struct slack_link){ .conn = c, .serial = ++sl.serial };
	sl.links[sl.n_links++] = c->link = l;
	sl.changed = true;
	int len = snprintf(hello, sizeof(hello),
			   "{\"type\":\"hello\",\"num_connections\":%zu,\"debug_info\":{\"host\":"
			   "\"applink-7\",\"build_number\":54,\"approximate_connection_time\":"
			   "18060},\"connection_info\":{\"app_id\":\"A0001\"}}",
			   sl.n_links);
	slack_link_say(l, SLACK_WS_TEXT, hello, (size_t)len);
}

void slack_ws_gone(struct upstream_conn *c)
{
	size_t i = 0;

	while (sl.links[i] != c->link)
		i++;
	memmove(&sl.links[i], &sl.links[i + 1], (--sl.n_links - i) * sizeof(struct slack_link *));
	free(c->link);
	c->link = NULL;
	sl.changed = true;
	note_death();
}

static void answer_handshake(struct upstream_conn *c)
{
	static const char header[] = "\r\nSec-WebSocket-Key:";
	const char *key = strcasestr(c->in, header);
	char accept[32], head[256];

	if (!key) {
		upstream_conn_answer(c, "400 Bad Request", "", 0);
		return;
	}
	key += strlen(header);
	key += strspn(key, " ");
	slack_ws_accept(key, strcspn(key, "\r\n "), accept);
	int len = snprintf(head, sizeof(head),
			   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
			   "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
			   accept);
	(void)send(c->fd, head, (size_t)len, MSG_NOSIGNAL);
	greet(c);
}

bool slack_ws_serve(struct upstream_conn *c, const struct upstream_request *rq, int port)
{
	char answer[128];

	if (strncmp(rq->path, "/link/", 6) == 0) {
		answer_handshake(c);
		return true;
	}
	if (strcmp(rq->path, "/api/apps.connections.open") != 0)
		return false;
	int len = snprintf(answer, sizeof(answer),
			   "{\"ok\":true,\"url\":\"ws://127.0.0.1:%d/link/?ticket=%lld\"}", port,
			   (long long)sl.serial + 1);
	upstream_conn_answer(c, "200 OK", answer, (size_t)len);
	return true;
}

bool slack_links_changed(void)
{
	bool changed = sl.changed;

	sl.changed = false;
	return changed;
}

void slack_links_heard(const struct slack_link *l)
{
	if (!sl.died_us || l->serial <= sl.died_serial)
		return;
	if (sl.n_deaf == DEATHS_MAX)
		errx(1, "too many deaths");
	sl.deaf_us[sl.n_deaf++] = bench_now_us() - sl.died_us;
	sl.died_us = 0;
}

size_t slack_links_deaf(const int64_t **ret_us)
{
	if (ret_us)
		*ret_us = sl.deaf_us;
	return sl.n_deaf;
}

void slack_links_clear(void)
{
	sl.n_deaf = 0;
	sl.died_us = 0;
}

static void reset(struct slack_link *l)
{
	const struct linger none = { .l_onoff = 1 };

	(void)setsockopt(l->conn->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	upstream_close(l->conn);
}

static void cut(struct slack_link *l)
{
	(void)shutdown(l->conn->fd, SHUT_WR);
}

static void close_with_frame(struct slack_link *l)
{
	slack_link_say(l, SLACK_WS_CLOSE, "\x03\xe9", 2); /* 1001 */
}

static void leave(struct slack_link *l)
{
	static const char text[] = "{\"type\":\"disconnect\",\"reason\":\"refresh_requested\","
				   "\"debug_info\":{\"host\":\"applink-7\"}}";

	slack_link_say(l, SLACK_WS_TEXT, text, strlen(text));
}

static void silence(struct slack_link *l)
{
	upstream_ignore(l->conn);
}

static const struct {
	const char *name;
	enum slack_link_state state;
	void (*act)(struct slack_link *l); /* may free it */
} ends[] = {
	{ "rst", SLACK_LINK_DYING, reset },
	{ "cut", SLACK_LINK_DYING, cut },
	{ "close", SLACK_LINK_DYING, close_with_frame },
	{ "silent", SLACK_LINK_DYING, silence },
	{ "leave", SLACK_LINK_LEAVING, leave },
};

void slack_links_end(const char *how)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcmp(ends[i].name, how) != 0)
			continue;
		for (size_t j = sl.n_links; j > 0; j--) {
			struct slack_link *l = sl.links[j - 1];

			if (l->state >= ends[i].state)
				continue;
			l->state = ends[i].state;
			ends[i].act(l);
		}
		sl.changed = true;
		note_death();
		return;
	}
	errx(1, "no way to end: %s", how);
}

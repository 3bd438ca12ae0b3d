/*
 * The books of the fake Socket Mode: which event is under way over which connection. What is not
 * acknowledged is sent again, as Slack does: at once when its connection is gone, else after 3 s.
 *
 *     /bench/ws/send?count=N&window=W&rate=R   N events more, at most W unacknowledged, R a second
 *                                              (0: as fast as they are acknowledged)
 *     /bench/ws/kill?how=rst|cut|close|silent|leave   what becomes of the open connections: reset,
 *                                              ended without a close frame, closed with 1001, a
 *                                              black hole, told to go (which is no death)
 *     /bench/ws/stop                           no events more than were sent
 *     /bench/ws/books                          JSON
 *     /bench/ws/clear                          all counts from 0
 */
#include "slack_ws.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"

#define EVENTS_MAX 4000000
#define WINDOW_MAX 4096
#define AGAIN_US 3000000
#define LOOK_EVERY_US 100000 /* for what is to be sent again */
#define RATE_STEP_US 2000
#define OUT_BYTES (128 * 1024)

struct event {
	int64_t serial; /* of the connection that it was sent over last */
	int64_t sent_us;
	unsigned attempts;
	unsigned acked; /* the attempt, or 0 */
	size_t slot;	/* in `under_way`, as long as it is not acknowledged */
};

static struct slack_ws {
	struct event *events;
	size_t wanted, sent, acked, resent, odd;
	size_t under_way[WINDOW_MAX], n_under_way, window;
	int64_t rate, rate_since_us;
	size_t rate_base;
	int64_t looked_us; /* for what is to be sent again */
	int64_t first_us,
		last_us; /* first event sent of those asked for last; last one acknowledged */
	char out[OUT_BYTES];
	size_t n_out;
} ws;

/* --- what is acknowledged --- */

static void note_acknowledged(struct event *ev, const struct slack_link *l)
{
	size_t last = ws.under_way[--ws.n_under_way];

	ws.under_way[ev->slot] = last;
	ws.events[last].slot = ev->slot;
	ws.acked++;
	ws.last_us = bench_now_us();
	slack_links_heard(l);
}

static void on_ack(const struct slack_link *l, const char *text)
{
	unsigned attempt;
	size_t n;

	if (!slack_ws_ack(text, &n, &attempt) || n >= ws.sent || attempt == 0 ||
	    attempt > ws.events[n].attempts) {
		ws.odd++;
		return;
	}
	struct event *ev = &ws.events[n];
	/* Of earlier attempts nobody knows any more where they went. */
	if ((attempt == ev->attempts && ev->serial != l->serial) || ev->acked == attempt) {
		ws.odd++;
		return;
	}
	if (!ev->acked)
		note_acknowledged(ev, l);
	ev->acked = attempt;
}

bool slack_ws_read(struct upstream_conn *c)
{
	struct slack_ws_frame f;

	while (slack_ws_parse(c, &f)) {
		char behind = f.data[f.len];

		if (f.opcode == SLACK_WS_PING)
			slack_link_say(c->link, SLACK_WS_PONG, f.data, f.len);
		if (f.opcode == SLACK_WS_CLOSE) {
			if (c->link->state != SLACK_LINK_DYING)
				slack_link_say(c->link, SLACK_WS_CLOSE, f.data, f.len);
			return false;
		}
		f.data[f.len] = '\0';
		if (f.opcode == SLACK_WS_TEXT)
			on_ack(c->link, f.data);
		f.data[f.len] = behind;
		upstream_conn_drop(c, f.total);
	}
	return true;
}

/* --- what is sent --- */

/* After what went out in part nothing can follow: reading notices the end. */
static void flush(const struct slack_link *l)
{
	if (ws.n_out > 0 && send(l->conn->fd, ws.out, ws.n_out, MSG_NOSIGNAL) != (ssize_t)ws.n_out)
		(void)shutdown(l->conn->fd, SHUT_RDWR);
	ws.n_out = 0;
}

static void send_event(const struct slack_link *l, size_t n)
{
	struct event *ev = &ws.events[n];

	if (ws.n_out + SLACK_WS_EVENT_MAX_BYTES > OUT_BYTES)
		flush(l);
	ev->serial = l->serial;
	ev->sent_us = bench_now_us();
	ws.n_out += slack_ws_event(ws.out + ws.n_out, n, ++ev->attempts);
}

static void send_again(const struct slack_link *l, int64_t now_us)
{
	if (!slack_links_changed() && now_us - ws.looked_us < LOOK_EVERY_US)
		return;
	ws.looked_us = now_us;
	for (size_t i = 0; i < ws.n_under_way; i++) {
		const struct event *ev = &ws.events[ws.under_way[i]];

		if (slack_links_usable_is(ev->serial) && now_us - ev->sent_us < AGAIN_US)
			continue;
		send_event(l, ws.under_way[i]);
		ws.resent++;
	}
}

static bool may_send(int64_t now_us)
{
	if (ws.sent == ws.wanted || ws.n_under_way >= ws.window)
		return false;
	return ws.rate == 0 ||
	       (int64_t)(ws.sent - ws.rate_base) < (now_us - ws.rate_since_us) * ws.rate / 1000000;
}

void slack_ws_work(void)
{
	const struct slack_link *l = slack_links_usable();
	int64_t now_us = bench_now_us();

	if (!l)
		return;
	send_again(l, now_us);
	while (may_send(now_us)) {
		if (ws.first_us == 0)
			ws.first_us = now_us;
		ws.events[ws.sent].slot = ws.n_under_way;
		ws.under_way[ws.n_under_way++] = ws.sent;
		send_event(l, ws.sent++);
	}
	flush(l);
}

int64_t slack_ws_due_us(void)
{
	int64_t now_us = bench_now_us();

	if (ws.rate > 0 && ws.sent < ws.wanted)
		return now_us + RATE_STEP_US;
	return now_us + (ws.n_under_way > 0 ? LOOK_EVERY_US : 1000000);
}

struct slack_ws_books slack_ws_look(void)
{
	return (struct slack_ws_books){ ws.acked, slack_links_deaf(NULL) };
}

/* --- the bench's requests --- */

static void begin(const char *path)
{
	ws.window = upstream_number_after(path, "window=");
	ws.wanted = ws.sent + upstream_number_after(path, "count=");
	ws.rate = (int64_t)upstream_number_after(path, "rate=");
	ws.rate_since_us = bench_now_us();
	ws.rate_base = ws.sent;
	ws.first_us = 0;
	if (!ws.events)
		ws.events = calloc(EVENTS_MAX, sizeof(*ws.events));
	if (!ws.events || ws.window == 0 || ws.window > WINDOW_MAX || ws.wanted > EVENTS_MAX)
		errx(1, "cannot do %s", path);
}

static void tell(struct upstream_conn *c)
{
	const int64_t *deaf_us;
	size_t n = slack_links_deaf(&deaf_us), size = 512 + n * 24;
	char *text = malloc(size);

	if (!text)
		err(1, "memory");
	size_t len = (size_t)snprintf(
		text, size,
		"{\"wanted\":%zu,\"sent\":%zu,\"acked\":%zu,\"resent\":%zu,\"odd\":%zu,"
		"\"first_us\":%lld,\"last_us\":%lld,\"deaf_us\":[",
		ws.wanted, ws.sent, ws.acked, ws.resent, ws.odd, (long long)ws.first_us,
		(long long)ws.last_us);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%lld", i ? "," : "",
					(long long)deaf_us[i]);
	len += (size_t)snprintf(text + len, size - len, "]}");
	upstream_conn_answer(c, "200 OK", text, len);
	free(text);
}

static void clear(void)
{
	if (ws.events)
		memset(ws.events, 0, ws.sent * sizeof(*ws.events));
	ws.wanted = ws.sent = ws.acked = ws.resent = ws.odd = ws.n_under_way = 0;
	ws.first_us = ws.last_us = 0;
	slack_links_clear();
}

void slack_ws_control(struct upstream_conn *c, const char *path)
{
	static const char kill[] = "/bench/ws/kill?how=";

	if (strcmp(path, "/bench/ws/books") == 0) {
		tell(c);
		return;
	}
	if (strncmp(path, kill, strlen(kill)) == 0)
		slack_links_end(path + strlen(kill));
	else if (strcmp(path, "/bench/ws/stop") == 0)
		ws.wanted = ws.sent;
	else if (strcmp(path, "/bench/ws/clear") == 0)
		clear();
	else
		begin(path);
	upstream_conn_answer(c, "200 OK", "{\"ok\":true}", 11);
}

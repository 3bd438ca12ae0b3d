/*
 * A fake Slack and Looker in one thread, as fast as C is: canned answers, a delay for Looker's
 * queries, and a record of when each channel got its answer. It checks nothing (tests/sandbox
 * does).
 *
 *     upstream --docs DIR      prints "upstream: port N"
 *
 * Its own addresses: /bench/set?N (delay of queries, ms), /bench/hang (from now on it reads and
 * never answers), /bench/clear, /bench/answers (channel and CLOCK_MONOTONIC us), and
 * /bench/wait?answers=N or ?running=N, or ?acked=N or ?heard=N of Socket Mode (answered when
 * there are so many). /bench/ws/... is slack_ws.c's.
 */
#include "upstream.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "slack_ws.h"

#define CONNS_MAX 8192
#define ANSWERS_MAX 400000
#define LATER_MAX 65536
#define CHANNEL_BYTES 16
#define ANSWER_MARK "data_table" /* a loading text has none */

struct answer {
	char channel[CHANNEL_BYTES];
	int64_t us;
};

struct later {
	int fd;
	int64_t due_us;
	const struct upstream_doc *doc;
};

static struct upstream {
	int epoll, listener, port;
	bool hang;
	int64_t delay_us;
	struct upstream_conn *conns[CONNS_MAX]; /* by descriptor */
	struct answer *answers;
	size_t n_answers;
	struct later *later; /* a ring, in the order in which they are due */
	size_t later_first, n_later;
	int wait_fd; /* who asked /bench/wait, or -1 */
	size_t wait_answers, wait_running, wait_acked, wait_heard;
} up;

static void take_connection(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	const int on = 1;
	int fd = accept4(up.listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (fd >= CONNS_MAX)
		errx(1, "too many connections");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	up.conns[fd] = calloc(1, sizeof(*up.conns[fd]));
	if (!up.conns[fd])
		err(1, "memory");
	up.conns[fd]->fd = fd;
	event.data.fd = fd;
	if (epoll_ctl(up.epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		err(1, "epoll");
}

static struct later *later_at(size_t i)
{
	return &up.later[(up.later_first + i) % LATER_MAX];
}

/* What a bot that was killed still waited for is not under way any more. */
static void forget_later(const struct upstream_conn *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < up.n_later; i++) {
		if (later_at(i)->fd != c->fd)
			*later_at(kept++) = *later_at(i);
	}
	up.n_later = kept;
}

void upstream_close(struct upstream_conn *c)
{
	if (c->link)
		slack_ws_gone(c);
	if (up.wait_fd == c->fd)
		up.wait_fd = -1;
	forget_later(c);
	close(c->fd);
	up.conns[c->fd] = NULL;
	free(c->in);
	free(c);
}

static void answer_text(struct upstream_conn *c, const char *text)
{
	upstream_conn_answer(c, "200 OK", text, strlen(text));
}

/* Whoever waits is told as soon as it is so. */
static void look_for_waiter(void)
{
	const struct slack_ws_books books = slack_ws_look();

	if (up.wait_fd < 0 || up.n_answers < up.wait_answers || up.n_later < up.wait_running ||
	    books.acked < up.wait_acked || books.heard < up.wait_heard)
		return;
	answer_text(up.conns[up.wait_fd], "{\"ok\":true}");
	up.wait_fd = -1;
}

/* The channel stands in the form, or is the end of a response_url. */
static void note_answer(const struct upstream_request *rq)
{
	const char *channel = strstr(rq->body, "channel=CB");
	const char *hook = strstr(rq->path, "/hooks/CB");
	struct answer *a = &up.answers[up.n_answers];

	if (!strstr(rq->body, ANSWER_MARK) || (!channel && !hook))
		return;
	if (up.n_answers == ANSWERS_MAX)
		errx(1, "too many answers");
	(void)snprintf(a->channel, sizeof(a->channel), "%.11s",
		       channel ? channel + strlen("channel=") : hook + strlen("/hooks/"));
	a->us = bench_now_us();
	up.n_answers++;
}

/* Mostly at the end. Before those that got a longer delay, else one of them holds up all. */
static void answer_later(const struct upstream_conn *c, const struct upstream_doc *doc)
{
	struct later l = { c->fd, bench_now_us() + up.delay_us, doc };
	size_t i = up.n_later;

	if (up.n_later == LATER_MAX)
		errx(1, "too many queries");
	for (; i > 0 && later_at(i - 1)->due_us > l.due_us; i--)
		*later_at(i) = *later_at(i - 1);
	*later_at(i) = l;
	up.n_later++;
}

static void send_due(void)
{
	while (up.n_later > 0 && later_at(0)->due_us <= bench_now_us()) {
		struct later *l = later_at(0);

		up.later_first = (up.later_first + 1) % LATER_MAX;
		up.n_later--;
		upstream_conn_answer(up.conns[l->fd], "200 OK", l->doc->text, l->doc->len);
	}
}

static void list_answers(struct upstream_conn *c)
{
	size_t size = up.n_answers * 48 + 1, len = 0;
	char *text = malloc(size);

	if (!text)
		err(1, "memory");
	text[0] = '\0';
	for (size_t i = 0; i < up.n_answers; i++)
		len += (size_t)snprintf(text + len, size - len, "%s %lld\n", up.answers[i].channel,
					(long long)up.answers[i].us);
	answer_text(c, text);
	free(text);
}

size_t upstream_number_after(const char *path, const char *name)
{
	const char *at = strstr(path, name);

	return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

static void control(struct upstream_conn *c, const char *path)
{
	if (strncmp(path, "/bench/wait", 11) == 0) {
		up.wait_fd = c->fd;
		up.wait_answers = upstream_number_after(path, "answers=");
		up.wait_running = upstream_number_after(path, "running=");
		up.wait_acked = upstream_number_after(path, "acked=");
		up.wait_heard = upstream_number_after(path, "heard=");
		return;
	}
	if (strncmp(path, "/bench/ws/", 10) == 0) {
		slack_ws_control(c, path);
		return;
	}
	if (strcmp(path, "/bench/answers") == 0) {
		list_answers(c);
		return;
	}
	if (strcmp(path, "/bench/clear") == 0)
		up.n_answers = 0;
	else if (strcmp(path, "/bench/hang") == 0)
		up.hang = true;
	else
		up.delay_us = (int64_t)upstream_number_after(path, "/bench/set?") * 1000;
	answer_text(c, "{\"ok\":true}");
}

static void serve(struct upstream_conn *c, struct upstream_request *rq)
{
	const struct upstream_route *route;

	if (strncmp(rq->path, "/bench/", 7) == 0) {
		control(c, rq->path);
		return;
	}
	if (up.hang || slack_ws_serve(c, rq, up.port))
		return;
	rq->path[strcspn(rq->path, "?")] = '\0';
	route = upstream_route_find(rq->method, rq->path);
	if (!route) {
		upstream_conn_answer(c, "404 Not Found", "{\"message\":\"Not found\"}", 23);
		return;
	}
	if (route->answer)
		note_answer(rq);
	if (route->slow && up.delay_us > 0)
		answer_later(c, upstream_doc_of(route));
	else
		upstream_conn_answer(c, "200 OK", upstream_doc_of(route)->text,
				     upstream_doc_of(route)->len);
}

void upstream_ignore(struct upstream_conn *c)
{
	c->ignored = true;
	(void)epoll_ctl(up.epoll, EPOLL_CTL_DEL, c->fd, NULL);
}

static void on_event(int fd)
{
	struct upstream_conn *c = up.conns[fd];
	struct upstream_request rq;

	if (!c) /* ended while it waited its turn */
		return;
	if (!upstream_conn_read(c)) {
		upstream_close(c);
		return;
	}
	while (!c->link && upstream_conn_parse(c, &rq)) {
		serve(c, &rq);
		upstream_conn_drop(c, rq.total);
	}
	if (c->link && !slack_ws_read(c))
		upstream_close(c);
}

static void start(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct epoll_event event = { .events = EPOLLIN };
	socklen_t size = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	up.epoll = epoll_create1(EPOLL_CLOEXEC);
	up.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	up.answers = calloc(ANSWERS_MAX, sizeof(*up.answers));
	up.later = calloc(LATER_MAX, sizeof(*up.later));
	up.wait_fd = -1;
	event.data.fd = up.listener;
	if (up.epoll < 0 || up.listener < 0 || !up.answers || !up.later ||
	    bind(up.listener, (struct sockaddr *)&at, size) != 0 ||
	    listen(up.listener, 4096) != 0 ||
	    getsockname(up.listener, (struct sockaddr *)&at, &size) != 0 ||
	    epoll_ctl(up.epoll, EPOLL_CTL_ADD, up.listener, &event) != 0)
		err(1, "start");
	up.port = ntohs(at.sin_port);
	(void)printf("upstream: port %d\n", up.port);
	(void)fflush(stdout);
}

static void wait_and_serve(void)
{
	struct epoll_event events[64];
	int64_t left_us = slack_ws_due_us() - bench_now_us();

	if (up.n_later > 0 && later_at(0)->due_us - bench_now_us() < left_us)
		left_us = later_at(0)->due_us - bench_now_us();
	if (left_us < 0)
		left_us = 0;
	struct timespec wait = { left_us / 1000000, left_us % 1000000 * 1000 };
	int n = epoll_pwait2(up.epoll, events, 64, &wait, NULL);

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == up.listener)
			take_connection();
		else
			on_event(events[i].data.fd);
	}
	send_due();
	slack_ws_work();
	look_for_waiter();
}

int main(int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[1], "--docs") != 0)
		errx(64, "usage: upstream --docs DIR");
	upstream_docs_load(argv[2]);
	start();
	for (;;)
		wait_and_serve();
}

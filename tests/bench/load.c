/*
 * Load generator: signed slash commands (or GETs) over kept-alive connections, by epoll in one
 * thread. Closed loop: each connection sends the next request when the answer is there. Open loop
 * (--rate): requests fall due at fixed times, whatever the answers do, and latency counts from
 * there. Prints one line of JSON. It judges nothing.
 */
#include "load.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench.h"

#define COUNT_MAX 2000000
#define EVENTS_MAX 64
#define STALL_US (60 * 1000000LL) /* nothing moves for so long: give up */

struct load {
	struct load_options o;
	int epoll;
	struct load_conn *conns;
	int64_t *start_us, *end_us; /* of each request; end 0 = no answer */
	int64_t sent, answered, errors, body_bytes, odd;
	int64_t begin_us, stop_us, moved_us;
};

static void reopen(struct load *l, struct load_conn *c)
{
	close(c->fd);
	load_connect(c, l->epoll, l->o.port);
}

static void send_next(struct load *l, struct load_conn *c, int64_t due_us)
{
	char request[LOAD_REQUEST_MAX_BYTES];
	size_t len = load_request(&l->o, l->sent, request);

	if (!load_send(c, request, len)) {
		reopen(l, c);
		if (!load_send(c, request, len))
			err(1, "send");
	}
	c->busy = true;
	c->index = l->sent++;
	c->due_us = due_us;
	l->start_us[c->index] = due_us;
}

static bool may_send(const struct load *l)
{
	return l->sent < l->o.count && (l->stop_us == 0 || bench_now_us() < l->stop_us);
}

static int64_t due_us(const struct load *l)
{
	return l->begin_us + l->sent * 1000000 / l->o.rate;
}

/* Open loop: what is due goes out on the connections that are free. Returns how long until more
 * can be done, in us. */
static int64_t send_due(struct load *l)
{
	for (int64_t i = 0; i < l->o.connections && may_send(l); i++) {
		int64_t due = due_us(l), now = bench_now_us();

		if (due > now)
			return due - now;
		if (!l->conns[i].busy)
			send_next(l, &l->conns[i], due);
	}
	return 1000000; /* all are busy: an answer wakes us */
}

static void take_reply(struct load *l, struct load_conn *c, const struct load_reply *reply)
{
	l->end_us[c->index] = bench_now_us();
	l->answered++;
	if (reply->status != 200)
		l->errors++;
	if (l->body_bytes >= 0 && reply->body_bytes != l->body_bytes)
		l->odd++;
	if (l->body_bytes < 0)
		l->body_bytes = reply->body_bytes;
	c->busy = false;
	if (reply->close)
		reopen(l, c);
}

static void on_event(struct load *l, struct load_conn *c)
{
	struct load_reply reply;
	enum load_got got = load_receive(c, &reply);

	if (got == LOAD_MORE)
		return;
	l->moved_us = bench_now_us();
	if (got == LOAD_DONE) {
		take_reply(l, c, &reply);
	} else {
		if (c->busy) {
			l->errors++;
			l->answered++;
		}
		reopen(l, c);
	}
	if (!c->busy && l->o.rate == 0 && may_send(l))
		send_next(l, c, bench_now_us());
}

static void run(struct load *l)
{
	struct epoll_event events[EVENTS_MAX];

	l->begin_us = l->moved_us = bench_now_us();
	if (l->o.seconds > 0)
		l->stop_us = l->begin_us + l->o.seconds * 1000000;
	for (int64_t i = 0; l->o.rate == 0 && i < l->o.connections && may_send(l); i++)
		send_next(l, &l->conns[i], bench_now_us());
	while (l->answered < l->sent || may_send(l)) {
		int64_t wait_us = l->o.rate > 0 && may_send(l) ? send_due(l) : 1000000;
		struct timespec wait = { wait_us / 1000000, wait_us % 1000000 * 1000 };
		int n = epoll_pwait2(l->epoll, events, EVENTS_MAX, &wait, NULL);

		for (int i = 0; i < n; i++)
			on_event(l, events[i].data.ptr);
		if (bench_now_us() - l->moved_us > STALL_US)
			errx(1, "no answer for a minute: %lld of %lld", (long long)l->answered,
			     (long long)l->sent);
	}
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void print_result(const struct load *l)
{
	int64_t *latency = calloc((size_t)l->sent + 1, sizeof(*latency));
	int64_t n = 0, last_us = l->begin_us;

	if (!latency)
		err(1, "memory");
	for (int64_t i = 0; i < l->sent; i++) {
		if (l->end_us[i] == 0)
			continue;
		latency[n++] = l->end_us[i] - l->start_us[i];
		if (l->end_us[i] > last_us)
			last_us = l->end_us[i];
	}
	qsort(latency, (size_t)n, sizeof(*latency), compare);
	double seconds = (double)(last_us - l->begin_us) / 1e6;
	(void)printf(
		"{\"count\":%lld,\"errors\":%lld,\"odd\":%lld,\"body_bytes\":%lld,"
		"\"seconds\":%.3f,\"per_s\":%.1f,\"p50_us\":%lld,\"p99_us\":%lld,"
		"\"max_us\":%lld}\n",
		(long long)n, (long long)l->errors, (long long)l->odd, (long long)l->body_bytes,
		seconds, seconds > 0 ? (double)n / seconds : 0, (long long)(n ? latency[n / 2] : 0),
		(long long)(n ? latency[n * 99 / 100] : 0), (long long)(n ? latency[n - 1] : 0));
	free(latency);
}

static void write_times(const struct load *l)
{
	FILE *f = fopen(l->o.times, "w");

	if (!f)
		err(1, "%s", l->o.times);
	for (int64_t i = 0; i < l->sent; i++)
		(void)fprintf(f, "CB%09lld %lld %lld\n", (long long)(l->o.first + i),
			      (long long)l->start_us[i], (long long)l->end_us[i]);
	if (fclose(f) != 0)
		err(1, "%s", l->o.times);
}

static const struct option long_options[] = {
	{ "port", required_argument, NULL, 'p' },  { "connections", required_argument, NULL, 'c' },
	{ "count", required_argument, NULL, 'n' }, { "seconds", required_argument, NULL, 's' },
	{ "rate", required_argument, NULL, 'r' },  { "first", required_argument, NULL, 'f' },
	{ "get", no_argument, NULL, 'g' },	   { "path", required_argument, NULL, 'u' },
	{ "text", required_argument, NULL, 't' },  { "hook-port", required_argument, NULL, 'h' },
	{ "times", required_argument, NULL, 'w' }, { NULL, 0, NULL, 0 },
};

static int64_t *number_of(struct load_options *o, int option)
{
	switch (option) {
	case 'p':
		return &o->port;
	case 'c':
		return &o->connections;
	case 'n':
		return &o->count;
	case 's':
		return &o->seconds;
	case 'r':
		return &o->rate;
	case 'f':
		return &o->first;
	case 'h':
		return &o->hook_port;
	default:
		return NULL;
	}
}

static const char **text_of(struct load_options *o, int option)
{
	switch (option) {
	case 'u':
		return &o->path;
	case 't':
		return &o->text;
	case 'w':
		return &o->times;
	default:
		return NULL;
	}
}

static void read_options(int argc, char **argv, struct load_options *o)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == 'g')
			o->get = true;
		else if (number_of(o, option))
			*number_of(o, option) = strtoll(optarg, NULL, 10);
		else if (text_of(o, option))
			*text_of(o, option) = optarg;
		else
			exit(64);
	}
	o->secret = getenv("BENCH_SECRET"); /* not on the command line, as everywhere */
	if (!o->secret || o->count < 1 || o->count > COUNT_MAX || o->connections < 1 ||
	    o->connections > 1000 || o->rate < 0 || optind < argc)
		errx(64, "BENCH_SECRET, --count (to %d) and --connections (to 1000) are needed",
		     COUNT_MAX);
}

int main(int argc, char **argv)
{
	struct load l = {
		.o = { .connections = 1, .count = 1, .path = "/slack/receive", .text = "sales" },
		.body_bytes = -1,
	};

	read_options(argc, argv, &l.o);
	if (sodium_init() < 0)
		errx(1, "libsodium does not start");
	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	l.conns = calloc((size_t)l.o.connections, sizeof(*l.conns));
	l.start_us = calloc((size_t)l.o.count, sizeof(*l.start_us));
	l.end_us = calloc((size_t)l.o.count, sizeof(*l.end_us));
	if (l.epoll < 0 || !l.conns || !l.start_us || !l.end_us)
		err(1, "start");
	for (int64_t i = 0; i < l.o.connections; i++)
		load_connect(&l.conns[i], l.epoll, l.o.port);
	run(&l);
	print_result(&l);
	if (l.o.times)
		write_times(&l);
	return 0;
}

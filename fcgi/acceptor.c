/*
 * Threads between the listening socket and routes.c: wait, accept, have libfcgi read the request,
 * answer it, close, log one line. It knows nothing of addresses or rules.
 *
 * We accept ourselves and hand the connection to libfcgi. Its own OS_Accept would not do: between
 * accept and the first read there would be no moment to give the connection a time limit (Linux
 * lets unix sockets inherit none from the listener), its descriptors are not close-on-exec, and it
 * tells "another thread was faster" from real trouble only by errno. An FCGX_Request that has a
 * connection already (ipcFd) and may keep it (keepConnection) is read without accepting; one whose
 * connection turns out bad comes back with -EBADF, because it has no listener.
 */
#include "fcgi/acceptor.h"

#include <errno.h>
#include <fcgiapp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/routes.h"

/* For each read and write: nginx is near and sends requests whole. */
#define PEER_TIMEOUT_S 10
#define BACKLOG_MS 2000	       /* for what waits at the end; on TCP more keeps coming */
#define EXHAUSTED_PAUSE_MS 100 /* without descriptors or memory */
#define EXHAUSTED_LOG_MS 1000

struct acceptor {
	struct acceptor_pool *pool;
	pthread_t thread;
	int epoll;
	int64_t complained_ms; /* monotonic: when exhaustion was logged last */
};

struct acceptor_pool {
	const struct listener *listener;
	struct bot_host *host;
	int stop; /* eventfd: readable from acceptor_stop on */
	struct acceptor *acceptors;
	size_t n;
};

static void log_request(const struct request *rq, const char *route, const struct response *rs,
			bool sent, int64_t ms)
{
	enum log_level level = rs->status >= 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;

	LOG_WRITE(level, "request", LOG_S("id", rq->id),
		  LOG_S("method", request_method_name(rq->method)), LOG_S("route", route),
		  LOG_I("status", rs->status), LOG_I("ms", ms), LOG_I("job", rs->job),
		  LOG_S("note", sent ? rs->note : "the peer was gone"));
}

static void serve(struct acceptor *a, FCGX_Request *fcgx)
{
	struct request *rq = request_new(fcgx);
	struct bot *bot = bot_take(a->pool->host);
	struct response rs;
	const char *route = routes_answer(rq, bot, &rs);
	bool sent = response_send(rq, &rs);

	stats_add(STATS_REQUESTS);
	if (rs.status >= 400)
		stats_add(STATS_REFUSED);
	log_request(rq, route, &rs, sent, clock_mono_ms() - rq->started_ms);
	bot_drop(bot);
	talloc_free(rq);
}

/* Best effort: a socket that refuses these is still served. */
static void limit_peer(int fd)
{
	const struct timeval limit = { .tv_sec = PEER_TIMEOUT_S };
	const int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* fails on unix sockets */
}

/* Parameters that break off look whole to libfcgi; only the stream's error tells. */
static bool read_request(FCGX_Request *fcgx)
{
	return FCGX_Accept_r(fcgx) == 0 && FCGX_GetError(fcgx->in) == 0;
}

static void take_connection(struct acceptor *a, int fd)
{
	FCGX_Request fcgx;

	if (FCGX_InitRequest(&fcgx, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		close(fd);
		return;
	}
	limit_peer(fd);
	fcgx.ipcFd = fd;
	fcgx.keepConnection = 1;
	if (read_request(&fcgx))
		serve(a, &fcgx);
	else
		log_warning("peer_dropped",
			    LOG_S("note", "no whole FastCGI request came; nginx needs "
					  "fastcgi_pass here, not proxy_pass"));
	/* One request a connection, whatever the peer asked for: a kept one would hold a thread. */
	FCGX_Free(&fcgx, fcgx.ipcFd >= 0);
}

static bool is_exhaustion(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Waits without spinning: the connection stays readable, but cannot be taken. */
static void pause_exhausted(struct acceptor *a, int error)
{
	struct pollfd stop = { .fd = a->pool->stop, .events = POLLIN };
	int64_t now = clock_mono_ms();

	if (now - a->complained_ms >= EXHAUSTED_LOG_MS) {
		log_error("accept", LOG_S("error", strerror(error)));
		a->complained_ms = now;
	}
	(void)poll(&stop, 1, EXHAUSTED_PAUSE_MS);
}

/* False when there was none: another thread was faster, or the backlog is empty. */
static bool take_next(struct acceptor *a)
{
	int fd = accept4(a->pool->listener->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0) {
		take_connection(a, fd);
		return true;
	}
	if (is_exhaustion(errno))
		pause_exhausted(a, errno);
	return false;
}

/* The first data that epoll gives is the eventfd's exactly when it is time to stop. */
static bool wait_connection(struct acceptor *a)
{
	struct epoll_event events[2];
	int n = epoll_wait(a->epoll, events, 2, -1);

	for (int i = 0; i < n; i++)
		if (events[i].data.fd == a->pool->stop)
			return false;
	return true;
}

static void *run(void *arg)
{
	struct acceptor *a = arg;
	int64_t until_ms;

	while (wait_connection(a))
		take_next(a);
	/* Who reached our own socket before its name went must be answered: nobody else will. */
	until_ms = clock_deadline_ms(BACKLOG_MS);
	while (!a->pool->listener->inherited && clock_left_ms(until_ms) > 0 && take_next(a))
		;
	return NULL;
}

/* EPOLLEXCLUSIVE: a connection wakes one idle thread, not all of them. */
static bool open_epoll(struct acceptor *a, struct err *e)
{
	struct epoll_event connection = {
		.events = EPOLLIN | EPOLLEXCLUSIVE,
		.data.fd = a->pool->listener->fd,
	};
	struct epoll_event stop = { .events = EPOLLIN, .data.fd = a->pool->stop };

	a->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (a->epoll < 0 ||
	    epoll_ctl(a->epoll, EPOLL_CTL_ADD, a->pool->listener->fd, &connection) != 0 ||
	    epoll_ctl(a->epoll, EPOLL_CTL_ADD, a->pool->stop, &stop) != 0)
		return err_set(e, ERR_INTERNAL, "epoll: %s", strerror(errno));
	return true;
}

static bool start_thread(struct acceptor *a, struct err *e)
{
	int failed;

	if (!open_epoll(a, e))
		return false;
	failed = pthread_create(&a->thread, NULL, run, a);
	if (failed)
		return err_set(e, ERR_INTERNAL, "thread: %s", strerror(failed));
	return true;
}

bool acceptor_start(const struct listener *l, struct bot_host *host, size_t threads,
		    struct acceptor_pool **ret, struct err *e)
{
	struct acceptor_pool *pool = mem_zero(NULL, struct acceptor_pool);

	pool->listener = l;
	pool->host = host;
	pool->acceptors = mem_array(pool, struct acceptor, threads);
	pool->stop = eventfd(0, EFD_CLOEXEC);
	if (pool->stop < 0)
		return err_set(e, ERR_INTERNAL, "eventfd: %s", strerror(errno));
	for (; pool->n < threads; pool->n++) {
		pool->acceptors[pool->n].pool = pool;
		if (!start_thread(&pool->acceptors[pool->n], e))
			return false; /* the caller ends the process: nothing to unwind */
	}
	*ret = pool;
	return true;
}

bool acceptor_stop(struct acceptor_pool *pool, int64_t wait_ms)
{
	const struct timespec until = clock_timespec(clock_deadline_ms(wait_ms));
	bool all = true;

	(void)eventfd_write(pool->stop, 1);
	for (size_t i = 0; i < pool->n; i++) {
		struct acceptor *a = &pool->acceptors[i];

		if (pthread_clockjoin_np(a->thread, NULL, CLOCK_MONOTONIC, &until) == 0)
			close(a->epoll);
		else
			all = false;
	}
	if (!all)
		return false;
	close(pool->stop);
	talloc_free(pool);
	return true;
}

/* The threads that answer requests: each takes a connection, answers one request, takes the next.
 */
#ifndef FCGI_ACCEPTOR_H
#define FCGI_ACCEPTOR_H

#include <stddef.h>
#include <stdint.h>

#include "bot/bot.h"
#include "fcgi/listener.h"

#define ACCEPTOR_THREADS_MAX 256

struct acceptor_pool;

/* After FCGX_Init, with all signals blocked that main waits for: the threads inherit the mask.
 * ERR_INTERNAL when a thread cannot be made. Free with acceptor_stop. */
bool acceptor_start(const struct listener *l, struct bot_host *host, size_t threads,
		    struct acceptor_pool **ret, struct err *e) ERR_MUST_CHECK;

/*
 * No new connections (from a socket of our own: those that wait in the backlog are still served),
 * requests in hand are finished. False: some thread still runs after `wait_ms`, nothing that it
 * uses may be freed.
 */
bool acceptor_stop(struct acceptor_pool *pool, int64_t wait_ms) ERR_MUST_CHECK;

#endif

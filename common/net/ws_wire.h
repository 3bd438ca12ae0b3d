/* The connection under a WebSocket: TCP or TLS by libcurl, through a proxy where the environment
 * names one. Nothing here blocks but ws_wire_open and ws_wire_wait. Private to net/. */
#ifndef NET_WS_WIRE_H
#define NET_WS_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"
#include "net/url.h"

struct ws_wire;

enum ws_io {
	WS_IO_DONE,   /* some bytes */
	WS_IO_WAIT,   /* none now: wait, then try again */
	WS_IO_END,    /* the other side has closed */
	WS_IO_BROKEN, /* reset, or TLS makes no sense */
};

/* Connects to the host of a ws(s) URL; nothing is sent to it yet (but TLS). talloc_free drops the
 * connection. ERR_TEMPORARY. */
bool ws_wire_open(TALLOC_CTX *ctx, const struct url *url, int64_t deadline_ms, struct ws_wire **ret,
		  struct err *e) ERR_MUST_CHECK;

/* *ret_n is the number of bytes with WS_IO_DONE (never 0), else 0. TLS holds bytes back that poll
 * does not see: receive until WS_IO_WAIT before waiting. */
enum ws_io ws_wire_recv(struct ws_wire *w, void *buf, size_t size, size_t *ret_n);

/* Gives back bytes that were received and belong to what comes next; once, copied. */
void ws_wire_unread(struct ws_wire *w, const void *data, size_t len);

/* After WS_IO_WAIT the same bytes at the same address must be offered again: OpenSSL has made its
 * record of them. */
enum ws_io ws_wire_send(struct ws_wire *w, const void *data, size_t len, size_t *ret_n);

/* Waits for poll's `events` on the connection, for `also_fd` (-1: none) to be readable, for a
 * signal, or the monotonic time. True when also_fd is readable. */
bool ws_wire_wait(const struct ws_wire *w, short events, int also_fd, int64_t until_ms);

#endif

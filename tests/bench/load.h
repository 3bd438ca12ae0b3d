/*
 * The load generator's parts: what it was asked to do, one request's bytes, one connection. See
 * load.c for what it measures.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_REQUEST_MAX_BYTES 4096
#define LOAD_REPLY_MAX_BYTES 16384

struct load_options {
	int64_t port;
	int64_t connections;
	int64_t count;	   /* requests; with seconds: at most */
	int64_t seconds;   /* 0 = until count */
	int64_t rate;	   /* a second, open loop; 0 = as fast as the answers come */
	int64_t first;	   /* number of the first request: makes the channel and the trigger_id */
	int64_t hook_port; /* where response_url leads */
	bool get;	   /* GET without a body instead of a signed slash command */
	const char *path, *text, *secret, *times;
};

/* Writes request number `n` into buf; returns its length. */
size_t load_request(const struct load_options *o, int64_t n, char buf[LOAD_REQUEST_MAX_BYTES]);

struct load_conn {
	int fd;
	bool busy;
	int64_t index;	/* of the request under way */
	int64_t due_us; /* when it should have been sent: latency counts from here */
	size_t len;
	char in[LOAD_REPLY_MAX_BYTES];
};

/* All are fatal (exit 1) when the machine itself refuses. */
void load_connect(struct load_conn *c, int epoll, int64_t port);
/* False: the connection was gone; it is open again, nothing was sent. */
bool load_send(struct load_conn *c, const char *request, size_t len);

enum load_got { LOAD_MORE, LOAD_DONE, LOAD_BROKEN };
struct load_reply {
	int status;
	int64_t body_bytes;
	bool close; /* the server will close */
};
enum load_got load_receive(struct load_conn *c, struct load_reply *ret);

#endif

/* The fake upstream's parts: canned documents with their routes, and one HTTP connection. */
#ifndef BENCH_UPSTREAM_H
#define BENCH_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPSTREAM_REQUEST_MAX_BYTES (512 * 1024)

struct upstream_route {
	const char *method, *prefix, *suffix; /* of the path without its query */
	const char *file;
	bool slow;   /* Looker works: answered after the delay */
	bool answer; /* may carry an answer for a person */
};

struct upstream_doc {
	char *text;
	size_t len;
};

struct slack_link;

struct upstream_conn {
	int fd;
	bool ignored;		 /* nothing is read of it any more */
	struct slack_link *link; /* once it is a WebSocket */
	char *in;		 /* NUL-terminated */
	size_t len, size;
};

struct upstream_request {
	char method[8], path[256];
	const char *body; /* NUL-terminated, up to body_len */
	size_t total;	  /* bytes of the whole request */
};

/* NULL when nothing is at this address. */
const struct upstream_route *upstream_route_find(const char *method, const char *path);

/* Reads the documents of all routes from a folder. Exits when one is missing. */
void upstream_docs_load(const char *folder);
const struct upstream_doc *upstream_doc_of(const struct upstream_route *route);

/* False: the peer is gone. */
bool upstream_conn_read(struct upstream_conn *c);
/* False: the request is not whole yet. */
bool upstream_conn_parse(const struct upstream_conn *c, struct upstream_request *ret);
void upstream_conn_drop(struct upstream_conn *c, size_t bytes);
void upstream_conn_answer(struct upstream_conn *c, const char *status, const char *body,
			  size_t len);

/* Ends a connection, and frees it. */
void upstream_close(struct upstream_conn *c);
/* Reads nothing of it any more. */
void upstream_ignore(struct upstream_conn *c);

/* The number behind `name` in a path's query; 0 when there is none. */
size_t upstream_number_after(const char *path, const char *name);

#endif

/* A scripted HTTP server on loopback for unit tests: one thread, one request a connection. */
#ifndef TESTS_HTTPD_H
#define TESTS_HTTPD_H

#include <stddef.h>

#define HTTPD_REQUEST_MAX_BYTES 65536

struct httpd_request {
	char method[16];
	char path[4096];	  /* with the query */
	char authorization[4096]; /* "" when absent */
	const char *body;
};

struct httpd_answer {
	int status;	   /* 0: the connection is closed without an answer */
	const char *type;  /* Content-Type */
	const char *extra; /* more header lines, each with "\r\n", or NULL */
	const char *body;
	size_t missing; /* bytes promised in Content-Length and not sent */
};

/* Called in the server's thread; `arg` is httpd_start's. What it points to must outlive the call.
 */
typedef void (*httpd_handler)(void *arg, const struct httpd_request *rq, struct httpd_answer *ret);

struct httpd;

/* Listens on a free port; dies when that fails. */
struct httpd *httpd_start(httpd_handler handler, void *arg);
int httpd_port(const struct httpd *h);
void httpd_stop(struct httpd *h);

#endif

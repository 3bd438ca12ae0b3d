/*
 * The one HTTP client: libcurl with kept-alive connections per thread, deadlines, size caps, one
 * CA store a process, no redirects, 429 waited for within the caller's deadline. Any HTTP status
 * is an answer; errors are only what kept an answer from coming.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"

#define HTTP_HEADERS_MAX_BYTES (64 * 1024)
#define HTTP_KEPT_MAX_BYTES (64 * 1024) /* of an answer that was not for the sink */

struct http_header {
	const char *name;
	const char *value;
};

/* How to trust the other side. NULL members: the system's CAs, verified. */
struct http_tls {
	bool no_verify;
	const char *ca_file; /* beside the system's CAs */
};

/* A body that is a file's first bytes. */
struct http_file {
	int fd; /* open for reading; its position stays */
	size_t len;
};

/* Takes the next piece of an answer; false: no more is wanted. */
typedef bool (*http_sink)(void *user, const char *data, size_t len);

struct http_request {
	const char *method; /* GET, POST, ... */
	const char *url;
	const struct http_header *headers;
	size_t n_headers;
	const char *body; /* may be NULL */
	size_t body_len;
	const struct http_file *file; /* in place of the body, or NULL */
	/* Gets the decoded body of an answer with status 200 as it comes, and response.body stays
	 * empty; other answers are kept, up to HTTP_KEPT_MAX_BYTES of them. NULL: all is kept. */
	http_sink sink;
	void *sink_user;
	int64_t deadline_ms; /* monotonic; required */
	size_t max_bytes;    /* of the decoded answer; required; more is ERR_BAD_REPLY */
	struct http_tls tls;
	const char *user_agent; /* NULL: lookerbot/VERSION */
};

struct http_response {
	int status;
	const char *content_type; /* lower case, without parameters; "" when absent */
	struct http_header *headers;
	size_t n_headers;
	char *body; /* NUL-terminated beyond body_len */
	size_t body_len;
	int64_t retry_after_ms; /* from Retry-After (seconds or date); -1 when absent */
};

/* Once before any thread; http_stop after the last. Ignores SIGPIPE where the program does not
 * handle it. */
void http_start(void);
void http_stop(void);

/*
 * Sends and waits. ERR_TEMPORARY: nothing was sent (name, connection, TLS, deadline before that).
 * ERR_UNKNOWN: sent, but no whole answer. ERR_BAD_REPLY: larger than max_bytes or no HTTP.
 * ERR_BAD_INPUT: not an http(s) URL (whom to talk to is the caller's decision, see net/url.h).
 * A 429 with a Retry-After of at most 2 s that fits the deadline is waited for and sent again, so
 * the caller sees 429 only when it asks for more (or after three times). Nothing else is sent twice
 * but GET and HEAD: a kept-alive connection that dies under a POST is ERR_UNKNOWN. What a sink has
 * got is not taken back by an error; when it wants no more, that is ERR_INTERNAL, and only the
 * caller knows why. A file that is shorter than it was said to be, or cannot be read, is
 * ERR_INTERNAL. Error texts name the host, never path, query, token.
 */
bool http_send(TALLOC_CTX *ctx, const struct http_request *rq, struct http_response **ret,
	       struct err *e) ERR_MUST_CHECK;

/* NULL when absent; name in any case. */
const char *http_header_get(const struct http_response *rs, const char *name);

/* A short sentence about an unusable answer for error texts: status and, for HTML or text, its
 * first words with tags dropped. */
char *http_describe(TALLOC_CTX *ctx, const struct http_response *rs);

#endif

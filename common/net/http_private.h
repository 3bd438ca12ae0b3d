/* What the files of the HTTP client share. Private to net/. */
#ifndef NET_HTTP_PRIVATE_H
#define NET_HTTP_PRIVATE_H

#include <curl/curl.h>
#include <openssl/x509.h>

#include "net/http.h"

/*
 * The process's store of CAs: the system's bundle, and `ca_file` beside it when that is not NULL.
 * Loaded at the first use, shared by all connections of all threads (OpenSSL locks it), and loaded
 * again when `ca_file` has changed. *ret is a reference: X509_STORE_free. ERR_TEMPORARY when a file
 * cannot be used: an owner may still mend it.
 */
bool http_tls_store(const char *ca_file, X509_STORE **ret, struct err *e) ERR_MUST_CHECK;
void http_tls_stop(void);

/* An answer while it arrives. */
struct http_reply {
	struct http_response *rs;
	size_t max_bytes;
	size_t body_size; /* allocated */
	size_t headers_bytes;
	http_sink sink; /* for the body of a 200, or NULL */
	void *sink_user;
	size_t sunk_bytes;	/* that it got */
	bool for_sink;		/* the status line said 200 */
	bool unwanted;		/* the sink wants no more */
	bool too_large;		/* the body passed max_bytes */
	bool headers_too_large; /* HTTP_HEADERS_MAX_BYTES passed */
};

void http_reply_begin(TALLOC_CTX *ctx, struct http_reply *r, size_t max_bytes);
/* libcurl's callbacks; `user` is the struct http_reply. */
size_t http_reply_header(char *line, size_t size, size_t n, void *user);
size_t http_reply_body(char *data, size_t size, size_t n, void *user);
/* Fills in what is read from the headers once all is there. */
void http_reply_end(struct http_reply *r, int status);

#endif

/*
 * The three ways in which a store wants to know who writes: Amazon's Signature Version 4, Azure's
 * SharedKey, and Google's service accounts, which sign a JSON Web Token. Nothing here does I/O.
 */
#ifndef STORE_SIGN_H
#define STORE_SIGN_H

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"
#include "net/http.h"

#define SIGN_SHA256_HEX_BYTES 65

/* Lower-case hex of SHA-256. */
void sign_sha256(const char *bytes, size_t len, char ret[SIGN_SHA256_HEX_BYTES]);

/* "20130524T000000Z" and "Fri, 24 May 2013 00:00:00 GMT". */
char *sign_time_basic(TALLOC_CTX *ctx, int64_t unix_s);
char *sign_time_http(TALLOC_CTX *ctx, int64_t unix_s);

/* One request: its headers in the order of their names, which are in lower case, with "host". */
struct sign_request {
	const char *method;
	const char *path;  /* percent-encoded */
	const char *query; /* canonical; "" for none */
	const struct http_header *headers;
	size_t n_headers;
	const char *sha256; /* hex, of the body */
	int64_t unix_s;
};

struct sign_aws_key {
	const char *id;
	const char *secret;
	const char *region;
	const char *service; /* "s3" */
};

/* The Authorization header (docs.aws.amazon.com, "Signature Calculations for the Authorization
 * Header"). */
char *sign_aws(TALLOC_CTX *ctx, const struct sign_aws_key *key, const struct sign_request *rq);

/* What SharedKey signs (learn.microsoft.com, "Authorize with Shared Key", 2015-02-21 and later):
 * the x-ms- headers and content-type of `rq`. */
char *sign_azure_text(TALLOC_CTX *ctx, const char *account, const struct sign_request *rq,
		      size_t content_len);

/* The Authorization header. ERR_AUTH: the key is no base64. */
bool sign_azure(TALLOC_CTX *ctx, const char *account, const char *key, const char *text,
		const char **ret, struct err *e) ERR_MUST_CHECK;

/* "header.claims.signature" by RS256. ERR_AUTH: `private_key` is no RSA key in PEM. */
bool sign_jwt(TALLOC_CTX *ctx, const char *private_key, const char *header, const char *claims,
	      const char **ret, struct err *e) ERR_MUST_CHECK;

#endif

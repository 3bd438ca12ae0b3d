/* URLs by libcurl's parser: parts, origins, and who may be talked to. */
#ifndef NET_URL_H
#define NET_URL_H

#include <stdbool.h>
#include <talloc.h>

#include "base/err.h"

struct url {
	const char *scheme; /* lower case */
	const char *host;   /* lower case; IPv6 without brackets */
	int port;	    /* the scheme's default filled in */
	const char *path;   /* "/..." */
	const char *query;  /* without '?', or NULL */
};

/* Only http, https, ws, wss; user info is refused. ERR_BAD_INPUT. */
bool url_parse(TALLOC_CTX *ctx, const char *text, struct url **ret, struct err *e) ERR_MUST_CHECK;

/* Same scheme, host and port (never a prefix comparison). */
bool url_same_origin(const struct url *a, const struct url *b);

/* 127.0.0.0/8, ::1, localhost. */
bool url_is_loopback(const struct url *u);

/* host equals `domain` or ends in ".domain". */
bool url_host_within(const struct url *u, const char *domain);

#endif

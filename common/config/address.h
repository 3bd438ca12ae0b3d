/* The addresses in the settings: enough of a URL to check and to normalise them. (net/url.h, by
 * libcurl, is a layer above and decides who may be talked to.) */
#ifndef CONFIG_ADDRESS_H
#define CONFIG_ADDRESS_H

#include <stdbool.h>
#include <talloc.h>

#include "base/err.h"

struct address {
	const char *scheme; /* http or https */
	const char *host;   /* lower case; IPv6 with its brackets */
	int port;	    /* 0: the scheme's own */
	const char *path;   /* "" or "/..." without final slash */
};

/* http(s) only; no user info, no query, no fragment. ERR_BAD_INPUT: what is wrong, in words. */
bool address_parse(TALLOC_CTX *ctx, const char *text, struct address *ret,
		   struct err *e) ERR_MUST_CHECK;

/* scheme://host[:port]path */
char *address_text(TALLOC_CTX *ctx, const struct address *a);

/* host[:port] */
char *address_name(TALLOC_CTX *ctx, const struct address *a);

/* 127.0.0.0/8, ::1, localhost. */
bool address_is_loopback(const struct address *a);

#endif

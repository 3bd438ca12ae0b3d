/*
 * What a kind of store is to store.c, and what the kinds share. Private to store/.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include <pthread.h>
#include <stdatomic.h>

#include "net/http.h"
#include "store/store.h"

#define STORE_TOKEN_MAX_BYTES 4096
#define STORE_ANSWER_MAX_BYTES (64 * 1024)

struct store {
	const struct store_backend *backend;
	const struct config *config;
	const char *base;
	atomic_bool no_acl; /* the store has refused them once */
	/* Google's access token; `lock` guards it and is never held across I/O. */
	pthread_mutex_t lock;
	char token[STORE_TOKEN_MAX_BYTES];
	int64_t token_until_ms; /* monotonic */
};

/* One try to put one object. */
struct store_try {
	const char *url;
	const struct store_object *object;
	int64_t deadline_ms;
	bool acl;	       /* ask for it to be readable for all */
	bool *ret_acl_refused; /* set when that may be why it failed */
};

struct store_backend {
	const char *name;
	const char *remedy; /* see store_public_remedy */
	bool (*is_configured)(const struct config *c);
	char *(*base)(TALLOC_CTX *ctx, const struct config *c);
	bool (*put)(TALLOC_CTX *ctx, struct store *s, const struct store_try *t, struct err *e);
};

extern const struct store_backend store_s3, store_azure, store_gcs;

/* What a store's word for a refusal means: words for people, which name the setting. */
struct store_rule {
	const char *code;
	enum err_kind kind;
	const char *words;
};

/* The error of an answer that is no success, by its code (`rules`, ended by a NULL code), else by
 * its status. Always false. */
bool store_refused(const struct store *s, const struct store_rule *rules,
		   const struct http_response *rs, struct err *e);

/* The code in an answer (<Code>…</Code>, or Azure's header), "" when there is none; never more than
 * letters and digits. */
char *store_code(TALLOC_CTX *ctx, const struct http_response *rs);

/* The PUT of the object; an error names the store. The headers are the caller's. */
bool store_send(TALLOC_CTX *ctx, const struct store *s, const struct store_try *t,
		const struct http_header *headers, size_t n, struct http_response **ret,
		struct err *e) ERR_MUST_CHECK;

/* "files.example:9000" of an address, as the Host header has it. */
bool store_host(TALLOC_CTX *ctx, const char *url, const char **ret_host, const char **ret_path,
		struct err *e) ERR_MUST_CHECK;

/* An address that objects' names can be added to: without slashes at its end. */
char *store_trim(TALLOC_CTX *ctx, const char *url);

#endif

/*
 * Which store is used, what an object is called, and the second try without an access rule. How a
 * store wants to be asked is its own file's business (s3.c, azure.c, gcs.c); what becomes of a
 * picture that cannot be kept here is bot/picture_store.c's.
 */
#include "store/store.h"

#include <sodium.h>

#include "base/mem.h"
#include "store/backend.h"

#define NAME_BYTES 32	    /* 256 random bits */
#define FOLDER "lookerbot/" /* so that a rule of the bucket can name what is ours */

static const struct store_backend *const backends[] = { &store_s3, &store_azure, &store_gcs };

static int release(struct store *s)
{
	explicit_bzero(s->token, sizeof(s->token));
	pthread_mutex_destroy(&s->lock);
	return 0;
}

struct store *store_new(TALLOC_CTX *ctx, const struct config *c)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (!backends[i]->is_configured(c))
			continue;
		struct store *s = mem_zero(ctx, struct store);
		s->backend = backends[i];
		s->config = c;
		s->base = backends[i]->base(s, c);
		pthread_mutex_init(&s->lock, NULL);
		talloc_set_destructor(s, release);
		return s;
	}
	return NULL;
}

const char *store_name(const struct store *s)
{
	return s->backend->name;
}

const char *store_base(const struct store *s)
{
	return s->base;
}

const char *store_public_remedy(const struct store *s)
{
	return s->backend->remedy;
}

static char *name_of(TALLOC_CTX *ctx, const struct store_object *object)
{
	unsigned char random[NAME_BYTES];
	char hex[2 * NAME_BYTES + 1];

	if (object->name)
		return mem_printf(ctx, FOLDER "%s.%s", object->name, object->extension);
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
	return mem_printf(ctx, FOLDER "%s.%s", hex, object->extension);
}

bool store_put(TALLOC_CTX *ctx, struct store *s, int64_t deadline_ms,
	       const struct store_object *object, const char **ret_url, struct err *e)
{
	bool refused = false;
	struct store_try t = {
		.url = mem_printf(ctx, "%s/%s", s->base, name_of(ctx, object)),
		.object = object,
		.deadline_ms = deadline_ms,
		.acl = !atomic_load(&s->no_acl),
		.ret_acl_refused = &refused,
	};

	if (!s->backend->put(ctx, s, &t, e)) {
		if (!t.acl || !refused)
			return false;
		t.acl = false;
		if (!s->backend->put(ctx, s, &t, e))
			return false;
		atomic_store(&s->no_acl, true);
	}
	*ret_url = t.url;
	return true;
}

bool store_is_readable(TALLOC_CTX *ctx, int64_t deadline_ms, const char *url,
		       const struct store_object *object, bool *ret_readable, struct err *e)
{
	struct http_request rq = {
		.method = "GET",
		.url = url,
		.deadline_ms = deadline_ms,
		.max_bytes = object->len + STORE_ANSWER_MAX_BYTES, /* or an error's page */
	};
	struct http_response *rs;

	if (!http_send(ctx, &rq, &rs, e)) {
		if (e->kind != ERR_BAD_REPLY)
			return false;
		*ret_readable = false;
		return true;
	}
	if (rs->status >= 500 || rs->status == 429)
		return err_set(e, ERR_TEMPORARY, "status %d", rs->status);
	*ret_readable = rs->status == 200 && rs->body_len == object->len &&
			memcmp(rs->body, object->bytes, object->len) == 0;
	return true;
}

/*
 * Google Cloud Storage by its XML API: one PUT with an access token (gcs_token.c). A token that is
 * refused is dropped, and asked for once more.
 */
#include "store/backend.h"

#include "base/form.h"
#include "base/mem.h"
#include "store/gcs_token.h"

#define HOST "https://storage.googleapis.com"
#define HEADERS_MAX 3

static const struct store_rule rules[] = {
	{ "AccessDenied", ERR_FORBIDDEN,
	  "the account may not write to GOOGLE_CLOUD_BUCKET; give it the role Storage Object "
	  "Creator" },
	{ "InsufficientPermission", ERR_FORBIDDEN,
	  "the machine's access scopes do not hold writing to storage" },
	{ "NoSuchBucket", ERR_NOT_FOUND, "GOOGLE_CLOUD_BUCKET names no bucket that is there" },
	{ "InvalidBucketName", ERR_BAD_INPUT, "GOOGLE_CLOUD_BUCKET is no name of a bucket" },
	{ "UserProjectAccountProblem", ERR_FORBIDDEN, "there is a problem with the project" },
	{ "AuthenticationRequired", ERR_AUTH, "the access token was refused" },
	{ "InvalidSecurity", ERR_AUTH, "the access token was refused" },
	{ NULL },
};

static bool is_configured(const struct config *c)
{
	return c->gcs_bucket != NULL;
}

static char *base(TALLOC_CTX *ctx, const struct config *c)
{
	const char *host = c->gcs_endpoint ? store_trim(ctx, c->gcs_endpoint) : HOST;

	return mem_printf(ctx, "%s/%s", host, form_escape(ctx, c->gcs_bucket));
}

/* A bucket with uniform access, or one that must never be public. The words are Google's. */
static bool may_be_the_acl(TALLOC_CTX *ctx, const struct http_response *rs)
{
	return strcasestr(rs->body, "uniform bucket-level access") ||
	       strcasestr(rs->body, "public access prevention") || rs->status == 412 ||
	       strcmp(store_code(ctx, rs), "AccessDenied") == 0;
}

static bool send_once(TALLOC_CTX *ctx, struct store *s, const struct store_try *t,
		      struct http_response **ret, const char **ret_token, struct err *e)
{
	struct http_header headers[HEADERS_MAX] = { { "content-type", t->object->content_type } };
	size_t n = 1;

	if (!gcs_token_get(ctx, s, t->deadline_ms, ret_token, e))
		return false;
	headers[n++] =
		(struct http_header){ "authorization", mem_printf(ctx, "Bearer %s", *ret_token) };
	if (t->acl)
		headers[n++] = (struct http_header){ "x-goog-acl", "public-read" };
	return store_send(ctx, s, t, headers, n, ret, e);
}

static bool put(TALLOC_CTX *ctx, struct store *s, const struct store_try *t, struct err *e)
{
	struct http_response *rs;
	const char *token;

	if (!send_once(ctx, s, t, &rs, &token, e))
		return false;
	if (rs->status == 401) {
		gcs_token_drop(s, token);
		if (!send_once(ctx, s, t, &rs, &token, e))
			return false;
	}
	if (rs->status == 200 || rs->status == 201)
		return true;
	*t->ret_acl_refused = may_be_the_acl(ctx, rs);
	return store_refused(s, rules, rs, e);
}

const struct store_backend store_gcs = {
	.name = "Google Cloud Storage",
	.remedy = "Give allUsers the role Storage Object Viewer for the bucket, without public "
		  "access prevention; or unset GOOGLE_CLOUD_BUCKET: pictures are kept in Slack "
		  "then.",
	.is_configured = is_configured,
	.base = base,
	.put = put,
};

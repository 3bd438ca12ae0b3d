/*
 * One call of Looker's API: token, request, one repetition with a new token after a 401, errors.
 * Knows no endpoint; the files beside it do. All calls made through it are safe to repeat (reads,
 * logins, and POST /queries, which Looker de-duplicates), but for those of looker_post_once.
 */
#include "looker/api.h"

#include "base/mem.h"
#include "looker/client.h"

static int looker_release(struct looker *lk)
{
	looker_auth_release(lk->auth);
	looker_sessions_drop(lk->sessions);
	return 0;
}

struct looker *looker_new(TALLOC_CTX *ctx, const struct config_looker *c, bool tls_verify,
			  const char *ca_file)
{
	struct looker *lk = mem_zero(ctx, struct looker);

	lk->config = c;
	lk->tls.no_verify = !tls_verify;
	lk->tls.ca_file = mem_strdup(lk, ca_file);
	lk->auth = mem_zero(lk, struct looker_auth);
	lk->own = lk;
	lk->sessions = looker_sessions_new();
	looker_auth_init(lk->auth, NULL);
	talloc_set_destructor(lk, looker_release);
	return lk;
}

const char *looker_name(const struct looker *lk)
{
	return lk->config->name;
}

const char *looker_url(const struct looker *lk)
{
	return lk->config->url;
}

bool looker_login(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, struct err *e)
{
	struct looker_token token;

	(void)ctx;
	return looker_auth_get(lk, deadline_ms, &token, e);
}

static bool send_once(TALLOC_CTX *ctx, struct looker *lk, struct http_request *rq,
		      const struct looker_token *token, const char *accept, bool repeats,
		      struct http_response **ret, struct err *e)
{
	const struct http_header headers[] = {
		{ "Authorization", mem_printf(ctx, "Bearer %s", token->text) },
		{ "Accept", accept },
		{ "X-Looker-AppId", "lookerbot" }, /* shows in Looker's System Activity */
		{ "Content-Type", "application/json" },
	};

	rq->headers = headers;
	rq->n_headers = sizeof(headers) / sizeof(headers[0]) - (rq->body == NULL ? 1 : 0);
	if (http_send(ctx, rq, ret, e))
		return true;
	if (repeats && e->kind == ERR_UNKNOWN)
		e->kind = ERR_TEMPORARY;
	if (!repeats && e->kind == ERR_BAD_REPLY)
		e->kind = ERR_UNKNOWN;
	return err_wrap(e, "Looker at %s", lk->config->name);
}

/* Any status but a first 401 comes back. */
static bool exchange(TALLOC_CTX *ctx, struct looker *lk, struct http_request *rq,
		     const char *accept, bool repeats, struct http_response **ret, struct err *e)
{
	struct looker_token token;

	rq->tls = lk->tls;
	for (int attempt = 0; attempt < 2; attempt++) {
		if (!looker_auth_get(lk, rq->deadline_ms, &token, e))
			return false;
		if (!send_once(ctx, lk, rq, &token, accept, repeats, ret, e))
			return false;
		if ((*ret)->status != 401)
			break;
		looker_auth_drop(lk, token.generation);
	}
	return true;
}

bool looker_send(TALLOC_CTX *ctx, struct looker *lk, struct http_request *rq,
		 struct http_response **ret, struct err *e)
{
	struct http_response *rs = NULL;

	if (!exchange(ctx, lk, rq, "*/*", true, &rs, e))
		return false;
	if (rs->status != 200)
		return looker_reply_error(lk, rs, e);
	*ret = rs;
	return true;
}

static bool call(TALLOC_CTX *ctx, struct looker *lk, struct http_request *rq,
		 struct json_object **ret, struct err *e)
{
	struct http_response *rs = NULL;

	if (!exchange(ctx, lk, rq, "application/json", true, &rs, e))
		return false;
	if (rs->status != 200)
		return looker_reply_error(lk, rs, e);
	return looker_reply_json(ctx, lk, rs, ret, e);
}

bool looker_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		size_t max_bytes, struct json_object **ret, struct err *e)
{
	struct http_request rq = {
		.method = "GET",
		.url = mem_printf(ctx, "%s%s", lk->config->api_url, path),
		.deadline_ms = deadline_ms,
		.max_bytes = max_bytes,
	};

	return call(ctx, lk, &rq, ret, e);
}

bool looker_send_ready(TALLOC_CTX *ctx, struct looker *lk, struct http_request *rq,
		       struct http_response **ret, struct err *e)
{
	struct http_response *rs = NULL;

	if (!exchange(ctx, lk, rq, "*/*", true, &rs, e))
		return false;
	if (rs->status != 200 && rs->status != 202)
		return looker_reply_error(lk, rs, e);
	*ret = rs;
	return true;
}

bool looker_get_bytes(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		      size_t max_bytes, struct http_response **ret, struct err *e)
{
	struct http_request rq = {
		.method = "GET",
		.url = mem_printf(ctx, "%s%s", lk->config->api_url, path),
		.deadline_ms = deadline_ms,
		.max_bytes = max_bytes,
	};

	return looker_send_ready(ctx, lk, &rq, ret, e);
}

bool looker_post(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		 struct json_object *body, size_t max_bytes, struct json_object **ret,
		 struct err *e)
{
	struct http_request rq = {
		.method = "POST",
		.url = mem_printf(ctx, "%s%s", lk->config->api_url, path),
		.deadline_ms = deadline_ms,
		.max_bytes = max_bytes,
	};

	if (body != NULL) {
		rq.body = json_text(body);
		rq.body_len = strlen(rq.body);
	}
	return call(ctx, lk, &rq, ret, e);
}

bool looker_post_once(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		      struct json_object *body, size_t max_bytes, struct json_object **ret,
		      struct err *e)
{
	struct http_response *rs = NULL;
	struct http_request rq = {
		.method = "POST",
		.url = mem_printf(ctx, "%s%s", lk->config->api_url, path),
		.deadline_ms = deadline_ms,
		.max_bytes = max_bytes,
		.body = json_text(body),
	};

	rq.body_len = strlen(rq.body);
	if (!exchange(ctx, lk, &rq, "application/json", false, &rs, e))
		return false;
	if (rs->status == 200 ? looker_reply_json(ctx, lk, rs, ret, e)
			      : looker_reply_error(lk, rs, e))
		return true;
	/* It may be a proxy's word, or that of a Looker that failed half-way. */
	if (e->kind == ERR_BAD_REPLY || e->kind == ERR_TEMPORARY)
		e->kind = ERR_UNKNOWN;
	return false;
}

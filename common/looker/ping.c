/* Whether an instance is well, asked so that Looker does not count it. */
#include "base/mem.h"
#include "looker/client.h"

#define ALIVE_MAX_BYTES (64 * 1024)

/* GET /alive, which load balancers use: outside the API, without a login. A proxy or an old Looker
 * may answer it with 404, which is an answer too. */
static bool is_alive(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, struct err *e)
{
	const char *api = lk->config->api_url;
	const int base = (int)(strlen(api) - strlen(LOOKER_API_PATH));
	const struct http_request rq = {
		.method = "GET",
		.url = mem_printf(ctx, "%.*s/alive", base, api),
		.deadline_ms = deadline_ms,
		.max_bytes = ALIVE_MAX_BYTES,
		.tls = lk->tls,
	};
	struct http_response *rs;

	if (!http_send(ctx, &rq, &rs, e))
		return err_set(e, e->kind, "Looker at %s cannot be reached: %s", lk->config->name,
			       mem_strdup(ctx, e->text));
	if (rs->status < 500)
		return true;
	return err_set(e, ERR_TEMPORARY, "Looker at %s is not well: %s", lk->config->name,
		       http_describe(ctx, rs));
}

static bool needs_login(struct looker *lk)
{
	struct looker_auth *a = lk->auth;

	pthread_mutex_lock(&a->lock);
	bool needs = a->round == 0 || a->failure.kind != ERR_NONE;
	pthread_mutex_unlock(&a->lock);
	return needs;
}

bool looker_ping(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, struct err *e)
{
	if (!is_alive(ctx, lk, deadline_ms, e))
		return false;
	if (!needs_login(lk) || looker_login(ctx, lk, deadline_ms, e))
		return true;
	return err_set(e, e->kind, "The bot cannot log in: %s", mem_strdup(ctx, e->text));
}

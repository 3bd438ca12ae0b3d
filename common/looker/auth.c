/*
 * The access token of one Looker user: one login for all threads that wait, renewed before it ends,
 * dropped when Looker refuses it. Does not decide when a call is repeated (api.c does), keeps no
 * token on disk, and never logs out: tokens end by themselves. Whose it is makes no difference but
 * for the login: the bot's own stands here, that of others in auth_as.c.
 */
#include "looker/client.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/form.h"
#include "base/mem.h"

#define EXPIRES_IN_OTHERWISE_S 3600
#define EXPIRES_IN_MAX_S (24 * 3600)
#define RENEW_LEFT_MS (60 * 1000)  /* renew when less than this is left, */
#define RENEW_LEFT_PERCENT 10	   /* or less than this part of its life */
#define RENEW_AGAIN_MS (10 * 1000) /* after a renewal that failed while the old token lives */

void looker_auth_init(struct looker_auth *a, const char *user_id)
{
	pthread_condattr_t attr;

	a->user_id = user_id;
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->done, &attr);
	pthread_condattr_destroy(&attr);
}

void looker_auth_release(struct looker_auth *a)
{
	explicit_bzero(a->token, sizeof(a->token));
	pthread_cond_destroy(&a->done);
	pthread_mutex_destroy(&a->lock);
}

/* When to renew a token that lives that long: early, but never in the first half of its life,
 * else a short-lived one would be renewed with each call. */
static int64_t renew_after_ms(int64_t life_ms)
{
	int64_t left_ms = life_ms * RENEW_LEFT_PERCENT / 100;

	if (left_ms < RENEW_LEFT_MS)
		left_ms = RENEW_LEFT_MS;
	if (left_ms > life_ms / 2)
		left_ms = life_ms / 2;
	return life_ms - left_ms;
}

/* Looker answers a wrong id or secret with 404, and a wrong base URL too. */
static bool refused(const struct http_response *rs)
{
	return rs->status == 400 || rs->status == 401 || rs->status == 403 || rs->status == 404;
}

/* The token of a login's answer. */
static bool read_token(const struct looker *lk, const struct json_object *o, const char **ret_token,
		       int64_t *ret_life_ms, struct err *e)
{
	const char *token = json_str(o, "access_token");
	int64_t expires_in_s;

	if (token == NULL || token[0] == '\0' || strlen(token) >= LOOKER_TOKEN_MAX_BYTES ||
	    strpbrk(token, "\r\n") != NULL)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s answered the login without a token",
			       lk->config->name);
	expires_in_s = json_int_or(o, "expires_in", EXPIRES_IN_OTHERWISE_S);
	if (expires_in_s < 1 || expires_in_s > EXPIRES_IN_MAX_S)
		expires_in_s = EXPIRES_IN_OTHERWISE_S;
	*ret_token = token;
	*ret_life_ms = expires_in_s * 1000;
	return true;
}

static bool read_reply(TALLOC_CTX *ctx, const struct looker *lk, const struct http_response *rs,
		       struct json_object **ret, struct err *e)
{
	if (refused(rs))
		return err_set(e, ERR_AUTH,
			       "Looker at %s refused the client id and secret (or the API base "
			       "URL is wrong)",
			       lk->config->name);
	if (rs->status != 200) {
		looker_reply_error(lk, rs, e);
		return err_wrap(e, "login");
	}
	return looker_reply_json(ctx, lk, rs, ret, e) || err_wrap(e, "login");
}

/* The bot's own login, with client id and secret. */
static bool own_login(TALLOC_CTX *ctx, const struct looker *lk, int64_t deadline_ms,
		      struct json_object **ret, struct err *e)
{
	static const struct http_header headers[] = {
		{ "Content-Type", "application/x-www-form-urlencoded" },
		{ "Accept", "application/json" },
	};
	struct http_request rq = {
		.method = "POST",
		.url = mem_printf(ctx, "%s/login", lk->config->api_url),
		.headers = headers,
		.n_headers = sizeof(headers) / sizeof(headers[0]),
		.deadline_ms = deadline_ms,
		.max_bytes = LOOKER_LOGIN_MAX_BYTES,
		.tls = lk->tls,
	};
	struct http_response *rs;
	char *body = mem_strdup(ctx, "");

	form_append(&body, "client_id", lk->config->client_id);
	form_append(&body, "client_secret", lk->config->client_secret);
	rq.body = body;
	rq.body_len = strlen(body);
	if (!http_send(ctx, &rq, &rs, e)) {
		/* One token more does no harm: a login whose answer was lost is safe to repeat. */
		if (e->kind == ERR_UNKNOWN)
			e->kind = ERR_TEMPORARY;
		return err_wrap(e, "Looker at %s is not reachable", lk->config->name);
	}
	return read_reply(ctx, lk, rs, ret, e);
}

static bool login(TALLOC_CTX *ctx, const struct looker *lk, int64_t deadline_ms,
		  const char **ret_token, int64_t *ret_life_ms, struct err *e)
{
	struct json_object *o;

	if (lk->auth->user_id != NULL ? !looker_as_login(ctx, lk, deadline_ms, &o, e)
				      : !own_login(ctx, lk, deadline_ms, &o, e))
		return false;
	return read_token(lk, o, ret_token, ret_life_ms, e);
}

/* With the lock held. */
static void keep_token(struct looker_auth *a, const char *token, int64_t life_ms, int64_t asked_ms)
{
	size_t len = strlen(token);

	memcpy(a->token, token, len + 1);
	a->generation++;
	a->renew_at_ms = asked_ms + renew_after_ms(life_ms);
	a->expires_at_ms = asked_ms + life_ms;
}

/* With the lock held, which is given up while Looker is asked. */
static void run_login(struct looker *lk, int64_t deadline_ms)
{
	struct looker_auth *a = lk->auth;
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct err failure = { .kind = ERR_NONE };
	const char *token = NULL;
	int64_t life_ms = 0;
	int64_t asked_ms = clock_mono_ms();
	bool ok;

	a->busy = true;
	pthread_mutex_unlock(&a->lock);
	ok = login(ctx, lk, deadline_ms, &token, &life_ms, &failure);
	pthread_mutex_lock(&a->lock);
	if (ok)
		keep_token(a, token, life_ms, asked_ms);
	else
		a->renew_at_ms = clock_deadline_ms(RENEW_AGAIN_MS);
	a->failure = failure;
	a->out_of_time = !ok && clock_left_ms(deadline_ms) == 0;
	a->round++;
	a->busy = false;
	pthread_cond_broadcast(&a->done);
	talloc_free(ctx);
}

/* With the lock held: waits for the login that another thread makes. */
static bool wait_login(struct looker *lk, int64_t deadline_ms, struct err *e)
{
	struct looker_auth *a = lk->auth;
	struct timespec until = clock_timespec(deadline_ms);
	uint64_t round = a->round;

	while (a->round == round) {
		if (clock_left_ms(deadline_ms) == 0)
			return err_set(e, ERR_TEMPORARY, "no time left for the login at %s",
				       lk->config->name);
		pthread_cond_timedwait(&a->done, &a->lock, &until);
	}
	/* Its failure is ours too, unless it only had less time than we have. */
	if (a->failure.kind != ERR_NONE && !a->out_of_time) {
		*e = a->failure;
		return false;
	}
	return true;
}

static bool alive(const struct looker_auth *a)
{
	return a->token[0] != '\0' && clock_left_ms(a->expires_at_ms) > 0;
}

/* With the lock held, until there is a live token. */
static bool provide(struct looker *lk, int64_t deadline_ms, struct err *e)
{
	struct looker_auth *a = lk->auth;

	if (alive(a) && !a->busy && clock_left_ms(a->renew_at_ms) == 0)
		run_login(lk, deadline_ms); /* on failure the old one still serves */
	while (!alive(a)) {
		if (a->busy) {
			if (!wait_login(lk, deadline_ms, e))
				return false;
			continue;
		}
		run_login(lk, deadline_ms);
		if (a->failure.kind != ERR_NONE) {
			*e = a->failure;
			return false;
		}
	}
	return true;
}

bool looker_auth_get(struct looker *lk, int64_t deadline_ms, struct looker_token *ret,
		     struct err *e)
{
	struct looker_auth *a = lk->auth;
	bool ok;

	pthread_mutex_lock(&a->lock);
	ok = provide(lk, deadline_ms, e);
	if (ok) {
		memcpy(ret->text, a->token, sizeof(ret->text));
		ret->generation = a->generation;
	}
	pthread_mutex_unlock(&a->lock);
	return ok;
}

void looker_auth_drop(struct looker *lk, uint64_t generation)
{
	struct looker_auth *a = lk->auth;

	pthread_mutex_lock(&a->lock);
	if (a->generation == generation)
		a->token[0] = '\0';
	pthread_mutex_unlock(&a->lock);
}

/*
 * Google's access tokens: a service account signs a JSON Web Token and exchanges it (RFC 7523), a
 * machine of Google's asks its metadata server. Two threads that need a new one at once ask for
 * one each: that costs a call, and nobody waits for the other.
 */
#include "store/gcs_token.h"

#include "base/clock.h"
#include "base/form.h"
#include "base/json.h"
#include "base/mem.h"
#include "net/url.h"
#include "store/sign.h"

#define SCOPE "https://www.googleapis.com/auth/devstorage.full_control" /* with access rules */
#define GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define TOKEN_URI "https://oauth2.googleapis.com/token"
#define METADATA_HOST "metadata.google.internal"
#define METADATA_PATH "/computeMetadata/v1/instance/service-accounts/default/token"
#define CLAIMED_S 3600
#define LIFE_OTHERWISE_S 300
#define LIFE_MAX_S (24 * 3600)
#define RENEW_LEFT_S 60

static bool read_token(TALLOC_CTX *ctx, const struct http_response *rs, const char **ret,
		       int64_t *ret_life_s, struct err *e)
{
	struct json_object *o;

	if (!json_parse(ctx, rs->body, rs->body_len, &o, e)) {
		e->kind = ERR_BAD_REPLY;
		return err_wrap(e, "the answer with the access token");
	}
	const char *token = json_str_or(o, "access_token", "");
	int64_t life_s = json_int_or(o, "expires_in", LIFE_OTHERWISE_S);
	if (!token[0] || strlen(token) >= STORE_TOKEN_MAX_BYTES || strpbrk(token, "\r\n"))
		return err_set(e, ERR_BAD_REPLY, "the answer has no access token");
	*ret = token;
	*ret_life_s = life_s < 1 || life_s > LIFE_MAX_S ? LIFE_OTHERWISE_S : life_s;
	return true;
}

/* The assertion of who we are. */
static bool assertion(TALLOC_CTX *ctx, const struct json_object *key, const char *token_uri,
		      const char **ret, struct err *e)
{
	struct json_object *header = json_new_object(ctx), *claims = json_new_object(ctx);
	int64_t now_s = clock_now_ms() / 1000;

	json_set_str(header, "alg", "RS256");
	json_set_str(header, "typ", "JWT");
	json_set_str(header, "kid", json_str(key, "private_key_id"));
	json_set_str(claims, "iss", json_str(key, "client_email"));
	json_set_str(claims, "scope", SCOPE);
	json_set_str(claims, "aud", token_uri);
	json_set_int(claims, "iat", now_s);
	json_set_int(claims, "exp", now_s + CLAIMED_S);
	return sign_jwt(ctx, json_str_or(key, "private_key", ""), json_text(header),
			json_text(claims), ret, e);
}

/* The assertion lets its reader in for an hour: only over TLS, or to this machine. */
static bool is_private(TALLOC_CTX *ctx, const char *token_uri)
{
	struct url *u;
	struct err e;

	return url_parse(ctx, token_uri, &u, &e) &&
	       (strcmp(u->scheme, "https") == 0 || url_is_loopback(u));
}

static bool refused_key(TALLOC_CTX *ctx, const struct http_response *rs, struct err *e)
{
	struct json_object *o;
	const char *code = "";

	if (rs->status >= 500 || rs->status == 429)
		return err_set(e, ERR_TEMPORARY, "Google gives no access token now (status %d)",
			       rs->status);
	if (json_parse(ctx, rs->body, rs->body_len, &o, e))
		code = json_str_or(o, "error", "");
	return err_set(e, ERR_AUTH,
		       "Google refused the key in GOOGLE_CLOUD_CREDENTIALS_JSON (%s); it was "
		       "deleted, or this machine's clock is wrong",
		       strcmp(code, "invalid_grant") == 0
			       ? code
			       : mem_printf(ctx, "status %d", rs->status));
}

static bool by_key(TALLOC_CTX *ctx, const char *json, int64_t deadline_ms,
		   struct http_response **ret, struct err *e)
{
	static const struct http_header headers[] = {
		{ "content-type", "application/x-www-form-urlencoded" },
	};
	struct http_request rq = { .method = "POST",
				   .headers = headers,
				   .n_headers = 1,
				   .deadline_ms = deadline_ms,
				   .max_bytes = STORE_ANSWER_MAX_BYTES };
	char *body = mem_strdup(ctx, "");
	struct json_object *key;
	const char *jwt;

	if (!json_parse(ctx, json, strlen(json), &key, e))
		return err_wrap(e, "GOOGLE_CLOUD_CREDENTIALS_JSON");
	rq.url = json_str_or(key, "token_uri", TOKEN_URI);
	if (!is_private(ctx, rq.url))
		return err_set(
			e, ERR_BAD_INPUT,
			"the token_uri in GOOGLE_CLOUD_CREDENTIALS_JSON is no https address");
	if (!assertion(ctx, key, rq.url, &jwt, e))
		return false;
	form_append(&body, "grant_type", GRANT);
	form_append(&body, "assertion", jwt);
	rq.body = body;
	rq.body_len = strlen(body);
	if (!http_send(ctx, &rq, ret, e))
		return err_wrap(e, "the access token");
	return (*ret)->status == 200 || refused_key(ctx, *ret, e);
}

static bool by_machine(TALLOC_CTX *ctx, const char *host, int64_t deadline_ms,
		       struct http_response **ret, struct err *e)
{
	static const struct http_header headers[] = { { "metadata-flavor", "Google" } };
	struct http_request rq = {
		.method = "GET",
		.url = mem_printf(ctx, "http://%s" METADATA_PATH, host ? host : METADATA_HOST),
		.headers = headers,
		.n_headers = 1,
		.deadline_ms = deadline_ms,
		.max_bytes = STORE_ANSWER_MAX_BYTES,
	};

	if (!http_send(ctx, &rq, ret, e))
		return err_wrap(e, "there is no GOOGLE_CLOUD_CREDENTIALS_JSON, and the metadata "
				   "server does not answer");
	if ((*ret)->status == 200)
		return true;
	return err_set(e, (*ret)->status >= 500 ? ERR_TEMPORARY : ERR_AUTH,
		       "the machine's metadata server gives no access token (status %d): it has "
		       "no service account; set GOOGLE_CLOUD_CREDENTIALS_JSON",
		       (*ret)->status);
}

static bool kept(TALLOC_CTX *ctx, struct store *s, const char **ret)
{
	pthread_mutex_lock(&s->lock);
	bool lives = s->token[0] && clock_mono_ms() < s->token_until_ms;
	if (lives)
		*ret = mem_strdup(ctx, s->token);
	pthread_mutex_unlock(&s->lock);
	return lives;
}

static void keep(struct store *s, const char *token, int64_t life_s)
{
	int64_t left_s = life_s > 2 * RENEW_LEFT_S ? life_s - RENEW_LEFT_S : life_s / 2;

	pthread_mutex_lock(&s->lock);
	memcpy(s->token, token, strlen(token) + 1);
	s->token_until_ms = clock_mono_ms() + left_s * 1000;
	pthread_mutex_unlock(&s->lock);
}

bool gcs_token_get(TALLOC_CTX *ctx, struct store *s, int64_t deadline_ms, const char **ret,
		   struct err *e)
{
	const struct config *c = s->config;
	struct http_response *rs;
	int64_t life_s = 0;

	if (kept(ctx, s, ret))
		return true;
	bool ok = c->gcs_credentials_json
			  ? by_key(ctx, c->gcs_credentials_json, deadline_ms, &rs, e)
			  : by_machine(ctx, c->gce_metadata_host, deadline_ms, &rs, e);
	if (!ok || !read_token(ctx, rs, ret, &life_s, e)) {
		if (e->kind == ERR_UNKNOWN)
			e->kind = ERR_TEMPORARY; /* one token more does no harm */
		return err_wrap(e, "%s", store_name(s));
	}
	keep(s, *ret, life_s);
	return true;
}

void gcs_token_drop(struct store *s, const char *token)
{
	pthread_mutex_lock(&s->lock);
	if (strcmp(s->token, token) == 0)
		s->token[0] = '\0';
	pthread_mutex_unlock(&s->lock);
}

/*
 * Slack's Web API and response_url: one call is one HTTP exchange, its answer judged by the table
 * in errors.c. Bodies are always forms, blocks and metadata as JSON inside them, because every
 * method takes that. It retries nothing, renders nothing and keeps no state beside the token.
 */
#include "slack/api.h"

#include "base/clock.h"
#include "base/form.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/http.h"
#include "net/url.h"
#include "slack/inbound.h"

#define ANSWER_MAX_BYTES (1024 * 1024)
#define HISTORY_MAX_BYTES (8 * 1024 * 1024) /* 100 messages with their blocks */
#define HISTORY_PAGES_MAX 3
#define RATE_DEFAULT_MS 1000 /* "ratelimited" without a Retry-After */
#define DETAIL_MAX_CHARS 200
#define EVENT_TYPE "looker_delivery"

struct slack_api {
	const char *base_url;
	const char *authorization;
};

struct slack_api *slack_api_new(TALLOC_CTX *ctx, const char *base_url, const char *token)
{
	struct slack_api *api = mem_zero(ctx, struct slack_api);
	api->base_url = mem_strdup(api, base_url);
	api->authorization = mem_printf(api, "Bearer %s", token);
	return api;
}

/* What a call changes. Then a failure after sending may mean that it was done. */
enum effect { READS, WRITES };

struct call {
	const struct slack_api *api;
	const char *method;
	enum effect effect;
	int64_t deadline_ms;
	size_t max_bytes;
	struct slack_outcome *outcome; /* may be NULL */
	bool secret_path;	       /* a response_url: error pages like to repeat the path */
};

static bool rate_limited(struct err *e, const struct http_response *rs, const char *text)
{
	int64_t wait_ms = rs->retry_after_ms >= 0 ? rs->retry_after_ms : RATE_DEFAULT_MS;
	err_set(e, ERR_RATE_LIMITED, "%s", text);
	e->not_before_ms = clock_now_ms() + wait_ms;
	return false;
}

/* Doubtful for what writes: it may be done. What only reads can simply be asked again. */
static bool doubtful(const struct call *c, struct err *e, const char *text)
{
	return err_set(e, c->effect == WRITES ? ERR_UNKNOWN : ERR_TEMPORARY, "Slack (%s): %s",
		       c->method, text);
}

/* What Slack says beside the code: the missing scope, the pointer into the blocks. */
static const char *detail_of(TALLOC_CTX *ctx, const struct json_object *answer)
{
	const char *needed = json_str(answer, "needed");
	if (needed)
		return mem_printf(ctx, "needed: %s", needed);
	struct json_object *messages =
		json_array_at(json_object_at(answer, "response_metadata"), "messages");
	struct json_object *first = json_item(messages, 0);
	return json_object_is_type(first, json_type_string) ? json_object_get_string(first) : NULL;
}

/* An answer that says no. */
static bool refuse(TALLOC_CTX *ctx, const struct call *c, const struct http_response *rs,
		   const struct json_object *answer, struct err *e)
{
	const char *code = json_str_or(answer, "error", "without a code");
	const struct slack_error *known = slack_error_find(code);
	const char *detail = detail_of(ctx, answer);
	char *text = mem_printf(ctx, "%s (Slack, %s: %s)", known->sentence, c->method, code);
	if (detail)
		mem_appendf(&text, " %s", text_cut(ctx, detail, DETAIL_MAX_CHARS));
	if (c->outcome) {
		c->outcome->remedy = known->remedy;
		snprintf(c->outcome->code, sizeof(c->outcome->code), "%s", code);
	}
	if (known->kind == ERR_RATE_LIMITED)
		return rate_limited(e, rs, text);
	if (known->kind == ERR_UNKNOWN && c->effect == READS)
		return err_set(e, ERR_TEMPORARY, "%s", text);
	return err_set(e, known->kind, "%s", text);
}

static char *describe(TALLOC_CTX *ctx, const struct call *c, const struct http_response *rs)
{
	return c->secret_path ? mem_printf(ctx, "HTTP %d", rs->status) : http_describe(ctx, rs);
}

static void clear_outcome(struct slack_outcome *outcome)
{
	if (outcome)
		*outcome = (struct slack_outcome){ .remedy = SLACK_REMEDY_NONE };
}

/* Sends; any answer but 429 and 5xx comes back. */
static bool exchange(TALLOC_CTX *ctx, const struct call *c, struct http_request *rq,
		     struct http_response **ret, struct err *e)
{
	rq->method = "POST";
	rq->deadline_ms = c->deadline_ms;
	rq->max_bytes = c->max_bytes;
	clear_outcome(c->outcome);
	struct http_response *rs = NULL;
	if (!http_send(ctx, rq, &rs, e)) {
		/* An answer that cannot be read may still be a yes. */
		if (e->kind == ERR_BAD_REPLY && c->effect == WRITES)
			e->kind = ERR_UNKNOWN;
		return err_wrap(e, "Slack (%s)", c->method);
	}
	if (rs->status == 429) {
		if (c->outcome)
			snprintf(c->outcome->code, sizeof(c->outcome->code), "ratelimited");
		return rate_limited(e, rs, slack_error_find("ratelimited")->sentence);
	}
	if (rs->status >= 500)
		return doubtful(c, e, describe(ctx, c, rs));
	*ret = rs;
	return true;
}

static bool call(TALLOC_CTX *ctx, const struct call *c, const char *form, struct json_object **ret,
		 struct http_response **ret_rs, struct err *e)
{
	struct http_header headers[] = {
		{ "Authorization", c->api->authorization },
		{ "Content-Type", "application/x-www-form-urlencoded" },
	};
	struct http_request rq = {
		.url = mem_printf(ctx, "%s%s", c->api->base_url, c->method),
		.headers = headers,
		.n_headers = sizeof(headers) / sizeof(headers[0]),
		.body = form,
		.body_len = strlen(form),
	};
	struct http_response *rs = NULL;
	struct json_object *answer = NULL;
	struct err ignored;
	if (!exchange(ctx, c, &rq, &rs, e))
		return false;
	bool json = json_parse(ctx, rs->body, rs->body_len, &answer, &ignored) &&
		    json_object_is_type(answer, json_type_object);
	if (!json && rs->status == 200)
		return doubtful(c, e, "the answer is not JSON");
	if (!json)
		return err_set(e, ERR_BAD_REPLY, "Slack (%s): %s", c->method,
			       http_describe(ctx, rs));
	if (!json_bool_or(answer, "ok", false))
		return refuse(ctx, c, rs, answer, e);
	*ret = answer;
	if (ret_rs)
		*ret_rs = rs;
	return true;
}

static void append_if(char **form, const char *name, const char *value)
{
	if (value)
		form_append(form, name, value);
}

static void append_message(char **form, struct json_object *message)
{
	struct json_object *blocks = json_array_at(message, "blocks");
	form_append(form, "text", json_str_or(message, "text", ""));
	if (blocks)
		form_append(form, "blocks", json_text(blocks));
	/* Else Slack would fetch the links to Looker, and get a login page. */
	form_append(form, "unfurl_links", "false");
	form_append(form, "unfurl_media", "false");
}

static void append_delivery(TALLOC_CTX *ctx, char **form, const char *delivery_id)
{
	if (!delivery_id)
		return;
	struct json_object *metadata = json_new_object(ctx), *payload = json_object_new_object();
	json_set_str(payload, "delivery_id", delivery_id);
	json_set_str(metadata, "event_type", EVENT_TYPE);
	json_set(metadata, "event_payload", payload);
	form_append(form, "metadata", json_text(metadata));
}

bool slack_api_post(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		    const char *channel, const char *thread_ts, struct json_object *message,
		    const char *delivery_id, struct slack_posted *ret,
		    struct slack_outcome *outcome, struct err *e)
{
	struct call c = { .api = api,
			  .method = "chat.postMessage",
			  .effect = WRITES,
			  .deadline_ms = deadline_ms,
			  .max_bytes = ANSWER_MAX_BYTES,
			  .outcome = outcome };
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;
	form_append(&form, "channel", channel);
	append_if(&form, "thread_ts", thread_ts);
	append_message(&form, message);
	append_delivery(ctx, &form, delivery_id);
	if (!call(ctx, &c, form, &answer, NULL, e))
		return false;
	ret->channel = mem_strdup(ctx, json_str_or(answer, "channel", channel));
	ret->ts = mem_strdup(ctx, json_str_or(answer, "ts", ""));
	return true;
}

bool slack_api_post_ephemeral(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			      const char *channel, const char *user, struct json_object *message,
			      struct slack_outcome *outcome, struct err *e)
{
	struct call c = {
		api, "chat.postEphemeral", WRITES, deadline_ms, ANSWER_MAX_BYTES, outcome
	};
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;
	form_append(&form, "channel", channel);
	form_append(&form, "user", user);
	append_message(&form, message);
	return call(ctx, &c, form, &answer, NULL, e);
}

/* A final refusal by a response_url (facts: HTTP 404, sometimes with JSON that has a code). */
static bool refuse_hook(TALLOC_CTX *ctx, const struct call *c, const struct http_response *rs,
			const struct json_object *answer, struct err *e)
{
	const char *code = json_str(answer, "error");
	if (code && slack_error_find(code)->remedy == SLACK_REMEDY_SIMPLER)
		return refuse(ctx, c, rs, answer, e);
	if (c->outcome)
		snprintf(c->outcome->code, sizeof(c->outcome->code), "%s", code ? code : "");
	return err_set(e, ERR_NOT_FOUND, "Slack no longer takes an answer there (%s)",
		       code ? code : describe(ctx, c, rs));
}

bool slack_api_respond(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *response_url, bool in_channel, struct json_object *message,
		       struct slack_outcome *outcome, struct err *e)
{
	struct call c = { .api = api,
			  .method = "response_url",
			  .secret_path = true,
			  .effect = WRITES,
			  .deadline_ms = deadline_ms,
			  .max_bytes = ANSWER_MAX_BYTES,
			  .outcome = outcome };
	struct http_header headers[] = { { "Content-Type", "application/json; charset=utf-8" } };
	struct json_object *body = json_new_object(ctx), *answer = NULL;
	struct http_response *rs = NULL;
	struct err ignored;
	clear_outcome(outcome);
	/* It came in from outside: never let it choose whom we talk to. */
	if (!slack_inbound_hook_ok(response_url, api->base_url))
		return err_set(e, ERR_BAD_INPUT, "response_url is not an address of Slack's");
	json_set_str(body, "text", json_str_or(message, "text", ""));
	if (json_array_at(message, "blocks"))
		json_set(body, "blocks", json_object_get(json_array_at(message, "blocks")));
	json_set_str(body, "response_type", in_channel ? "in_channel" : "ephemeral");
	json_set_bool(body, "replace_original", false);
	const char *text = json_text(body);
	struct http_request rq = {
		.url = response_url,
		.headers = headers,
		.n_headers = 1,
		.body = text,
		.body_len = strlen(text),
	};
	if (!exchange(ctx, &c, &rq, &rs, e))
		return false;
	/* "ok" as text, or {"ok":true}. */
	bool json = json_parse(ctx, rs->body, rs->body_len, &answer, &ignored) &&
		    json_object_is_type(answer, json_type_object);
	if (rs->status == 200 && !(json && !json_bool_or(answer, "ok", true)))
		return true;
	return refuse_hook(ctx, &c, rs, json ? answer : NULL, e);
}

/* The ts of the message that carries our delivery id, or NULL. */
static const char *ts_of_delivery(struct json_object *messages, const char *delivery_id)
{
	for (size_t i = 0; i < json_len(messages); i++) {
		struct json_object *message = json_item(messages, i);
		struct json_object *metadata = json_object_at(message, "metadata");
		const char *id =
			json_str_or(json_object_at(metadata, "event_payload"), "delivery_id", "");
		if (strcmp(json_str_or(metadata, "event_type", ""), EVENT_TYPE) == 0 &&
		    strcmp(id, delivery_id) == 0)
			return json_str(message, "ts");
	}
	return NULL;
}

static char *find_form(TALLOC_CTX *ctx, const char *channel, const char *thread_ts,
		       int64_t oldest_ms, const char *cursor)
{
	char *form = mem_strdup(ctx, "");
	form_append(&form, "channel", channel);
	append_if(&form, "ts", thread_ts);
	form_append(&form, "oldest",
		    mem_printf(ctx, "%lld.%06d", (long long)(oldest_ms / 1000),
			       (int)(oldest_ms % 1000) * 1000));
	form_append(&form, "inclusive", "true");
	form_append(&form, "limit", "100");
	form_append(&form, "include_all_metadata", "true");
	append_if(&form, "cursor", cursor);
	return form;
}

bool slack_api_find(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		    const char *channel, const char *thread_ts, const char *delivery_id,
		    int64_t oldest_ms, const char **ret_ts, struct err *e)
{
	const char *method = thread_ts ? "conversations.replies" : "conversations.history";
	struct call c = { .api = api,
			  .method = method,
			  .effect = READS,
			  .deadline_ms = deadline_ms,
			  .max_bytes = HISTORY_MAX_BYTES };
	const char *cursor = NULL;
	for (int page = 0; page < HISTORY_PAGES_MAX; page++) {
		struct json_object *answer = NULL;
		char *form = find_form(ctx, channel, thread_ts, oldest_ms, cursor);
		if (!call(ctx, &c, form, &answer, NULL, e)) {
			/* A channel that we cannot look into is no proof of absence. */
			if (e->kind == ERR_NOT_FOUND)
				e->kind = ERR_FORBIDDEN;
			return false;
		}
		const char *ts = ts_of_delivery(json_array_at(answer, "messages"), delivery_id);
		cursor =
			json_str_or(json_object_at(answer, "response_metadata"), "next_cursor", "");
		if (ts || !*cursor) {
			*ret_ts = mem_strdup(ctx, ts);
			return true;
		}
	}
	return err_set(e, ERR_FORBIDDEN, "Slack (%s): too many messages since then to look through",
		       method);
}

bool slack_api_auth_test(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 struct slack_identity *ret, struct err *e)
{
	struct call c = { .api = api,
			  .method = "auth.test",
			  .effect = READS,
			  .deadline_ms = deadline_ms,
			  .max_bytes = ANSWER_MAX_BYTES,
			  .outcome = NULL };
	struct json_object *a = NULL;
	struct http_response *rs = NULL;
	if (!call(ctx, &c, "", &a, &rs, e))
		return false;
	*ret = (struct slack_identity){
		.team = mem_strdup(ctx, json_str(a, "team")),
		.team_id = mem_strdup(ctx, json_str(a, "team_id")),
		.user = mem_strdup(ctx, json_str(a, "user")),
		.user_id = mem_strdup(ctx, json_str(a, "user_id")),
		.bot_id = mem_strdup(ctx, json_str(a, "bot_id")),
		.enterprise_id = mem_strdup(ctx, json_str(a, "enterprise_id")),
		.url = mem_strdup(ctx, json_str(a, "url")),
		.scopes = mem_strdup(ctx, http_header_get(rs, "x-oauth-scopes")),
	};
	return true;
}

/*
 * Slack's Web API and response_url, method by method; the exchange itself is in api_call.c. Bodies
 * are always forms, blocks and metadata as JSON inside them, because every method takes that. It
 * retries nothing, renders nothing and keeps no state beside the token.
 */
#include "slack/api.h"

#include "base/clock.h"
#include "base/form.h"
#include "base/mem.h"
#include "net/url.h"
#include "slack/api_call.h"
#include "slack/inbound.h"

#define HISTORY_MAX_BYTES (8 * 1024 * 1024) /* 100 messages with their blocks */
#define HISTORY_PAGES_MAX 3
#define EVENT_TYPE "looker_delivery"

struct slack_api *slack_api_new(TALLOC_CTX *ctx, const char *base_url, const char *token)
{
	struct slack_api *api = mem_zero(ctx, struct slack_api);
	api->base_url = mem_strdup(api, base_url);
	api->authorization = mem_printf(api, "Bearer %s", token);
	return api;
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

/* A call that may have been done when its answer is lost. */
static struct slack_call writing(const struct slack_api *api, const char *method,
				 int64_t deadline_ms, struct slack_outcome *outcome)
{
	return slack_call_to(api, method, SLACK_WRITES, deadline_ms, outcome);
}

bool slack_api_post(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		    const char *channel, const char *thread_ts, struct json_object *message,
		    const char *delivery_id, struct slack_posted *ret,
		    struct slack_outcome *outcome, struct err *e)
{
	struct slack_call c = writing(api, "chat.postMessage", deadline_ms, outcome);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;
	form_append(&form, "channel", channel);
	append_if(&form, "thread_ts", thread_ts);
	append_message(&form, message);
	/* Else Slack would fetch the links to Looker, and get a login page. */
	form_append(&form, "unfurl_links", "false");
	form_append(&form, "unfurl_media", "false");
	append_delivery(ctx, &form, delivery_id);
	if (!slack_call_form(ctx, &c, form, &answer, NULL, e))
		return false;
	ret->channel = mem_strdup(ctx, json_str_or(answer, "channel", channel));
	ret->ts = mem_strdup(ctx, json_str_or(answer, "ts", ""));
	return true;
}

bool slack_api_update(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *channel, const char *ts, struct json_object *message,
		      const char *delivery_id, struct slack_outcome *outcome, struct err *e)
{
	struct slack_call c = writing(api, "chat.update", deadline_ms, outcome);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;
	form_append(&form, "channel", channel);
	form_append(&form, "ts", ts);
	append_message(&form, message);
	/* What becomes of the old blocks when only a text comes is said both ways: none, in words.
	 */
	if (!json_array_at(message, "blocks"))
		form_append(&form, "blocks", "[]");
	append_delivery(ctx, &form, delivery_id);
	return slack_call_form(ctx, &c, form, &answer, NULL, e);
}

bool slack_api_delete(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *channel, const char *ts, struct err *e)
{
	struct slack_call c = writing(api, "chat.delete", deadline_ms, NULL);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;
	form_append(&form, "channel", channel);
	form_append(&form, "ts", ts);
	return slack_call_form(ctx, &c, form, &answer, NULL, e);
}

bool slack_api_post_ephemeral(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			      const char *channel, const char *thread_ts, const char *user,
			      struct json_object *message, struct slack_outcome *outcome,
			      struct err *e)
{
	struct slack_call c = writing(api, "chat.postEphemeral", deadline_ms, outcome);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;
	form_append(&form, "channel", channel);
	append_if(&form, "thread_ts", thread_ts);
	form_append(&form, "user", user);
	append_message(&form, message);
	return slack_call_form(ctx, &c, form, &answer, NULL, e);
}

/* A final refusal by a response_url (facts: HTTP 404, sometimes with JSON that has a code). */
static bool refuse_hook(TALLOC_CTX *ctx, const struct slack_call *c, const struct http_response *rs,
			const struct json_object *answer, struct err *e)
{
	const char *code = json_str(answer, "error");
	if (code && slack_error_find(code)->remedy == SLACK_REMEDY_SIMPLER)
		return slack_call_refuse(ctx, c, rs, answer, e);
	if (c->outcome)
		snprintf(c->outcome->code, sizeof(c->outcome->code), "%s", code ? code : "");
	return err_set(e, ERR_NOT_FOUND, "Slack no longer takes an answer there (%s)",
		       code ? code : slack_call_describe(ctx, c, rs));
}

static bool send_to_hook(TALLOC_CTX *ctx, struct slack_call *c, const char *response_url,
			 struct json_object *body, struct err *e)
{
	struct http_header headers[] = { { "Content-Type", "application/json; charset=utf-8" } };
	struct json_object *answer = NULL;
	struct http_response *rs = NULL;
	struct err ignored;
	slack_call_clear(c->outcome);
	/* It came in from outside: never let it choose whom we talk to. */
	if (!slack_inbound_hook_ok(response_url, c->api->base_url))
		return err_set(e, ERR_BAD_INPUT, "response_url is not an address of Slack's");
	const char *text = json_text(body);
	struct http_request rq = {
		.url = response_url,
		.headers = headers,
		.n_headers = 1,
		.body = text,
		.body_len = strlen(text),
	};
	if (!slack_call_send(ctx, c, &rq, &rs, e))
		return false;
	/* "ok" as text, or {"ok":true}. */
	bool json = json_parse(ctx, rs->body, rs->body_len, &answer, &ignored) &&
		    json_object_is_type(answer, json_type_object);
	if (rs->status == 200 && !(json && !json_bool_or(answer, "ok", true)))
		return true;
	return refuse_hook(ctx, c, rs, json ? answer : NULL, e);
}

static struct slack_call hook_call(const struct slack_api *api, int64_t deadline_ms,
				   struct slack_outcome *outcome)
{
	struct slack_call c = writing(api, "response_url", deadline_ms, outcome);

	c.secret_path = true;
	return c;
}

static struct json_object *hook_body(TALLOC_CTX *ctx, struct json_object *message)
{
	struct json_object *body = json_new_object(ctx);

	json_set_str(body, "text", json_str_or(message, "text", ""));
	if (json_array_at(message, "blocks"))
		json_set(body, "blocks", json_object_get(json_array_at(message, "blocks")));
	return body;
}

bool slack_api_respond(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *response_url, bool in_channel, const char *thread_ts,
		       struct json_object *message, struct slack_outcome *outcome, struct err *e)
{
	struct slack_call c = hook_call(api, deadline_ms, outcome);
	struct json_object *body = hook_body(ctx, message);

	json_set_str(body, "response_type", in_channel ? "in_channel" : "ephemeral");
	json_set_bool(body, "replace_original", false);
	if (in_channel) /* Slack takes it only so */
		json_set_str(body, "thread_ts", thread_ts);
	return send_to_hook(ctx, &c, response_url, body, e);
}

bool slack_api_replace(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *response_url, struct json_object *message,
		       struct slack_outcome *outcome, struct err *e)
{
	struct slack_call c = hook_call(api, deadline_ms, outcome);
	struct json_object *body = hook_body(ctx, message);

	json_set_bool(body, "replace_original", true);
	return send_to_hook(ctx, &c, response_url, body, e);
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
	struct slack_call c = { .api = api,
				.method = method,
				.effect = SLACK_READS,
				.deadline_ms = deadline_ms,
				.max_bytes = HISTORY_MAX_BYTES };
	const char *cursor = NULL;
	for (int page = 0; page < HISTORY_PAGES_MAX; page++) {
		struct json_object *answer = NULL;
		char *form = find_form(ctx, channel, thread_ts, oldest_ms, cursor);
		if (!slack_call_form(ctx, &c, form, &answer, NULL, e)) {
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
	struct slack_call c = slack_call_to(api, "auth.test", SLACK_READS, deadline_ms, NULL);
	struct json_object *a = NULL;
	struct http_response *rs = NULL;
	if (!slack_call_form(ctx, &c, "", &a, &rs, e))
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

/*
 * One exchange with Slack and what its answer means: HTTP status, `ok`, the table of errors.c. It
 * knows no method and retries nothing.
 */
#include "slack/api_call.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define RATE_DEFAULT_MS 1000 /* "ratelimited" without a Retry-After */
#define DETAIL_MAX_CHARS 200

struct slack_call slack_call_to(const struct slack_api *api, const char *method,
				enum slack_effect effect, int64_t deadline_ms,
				struct slack_outcome *outcome)
{
	return (struct slack_call){
		.api = api,
		.method = method,
		.effect = effect,
		.deadline_ms = deadline_ms,
		.max_bytes = SLACK_ANSWER_MAX_BYTES,
		.outcome = outcome,
	};
}

static bool rate_limited(struct err *e, const struct http_response *rs, const char *text)
{
	int64_t wait_ms = rs->retry_after_ms >= 0 ? rs->retry_after_ms : RATE_DEFAULT_MS;
	err_set(e, ERR_RATE_LIMITED, "%s", text);
	e->not_before_ms = clock_now_ms() + wait_ms;
	return false;
}

/* Doubtful for what writes: it may be done. All else can simply be asked again. */
static bool doubtful(const struct slack_call *c, struct err *e, const char *text)
{
	return err_set(e, c->effect == SLACK_WRITES ? ERR_UNKNOWN : ERR_TEMPORARY, "Slack (%s): %s",
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

/* "[ERROR] unsupported type: data_table [json-pointer:/blocks/1/type]" blames the type; a pointer
 * to anywhere else the content. */
static enum slack_blame blame_of_message(const char *message)
{
	static const char blocks[] = "/blocks/";
	const char *p = strstr(message, "json-pointer:");

	if (!p)
		return SLACK_BLAME_UNSAID;
	p += strlen("json-pointer:");
	if (strncmp(p, blocks, strlen(blocks)) != 0)
		return SLACK_BLAME_CONTENT;
	p += strlen(blocks);
	p += strspn(p, "0123456789");
	return strncmp(p, "/type]", 6) == 0 ? SLACK_BLAME_TYPE : SLACK_BLAME_CONTENT;
}

/* The strongest of what the messages say; what is too long is content without a pointer, too. */
static enum slack_blame blame_of(const struct json_object *answer, const char *code)
{
	enum slack_blame blame = strncmp(code, "invalid_", strlen("invalid_")) == 0
					 ? SLACK_BLAME_UNSAID
					 : SLACK_BLAME_CONTENT;
	struct json_object *messages =
		json_array_at(json_object_at(answer, "response_metadata"), "messages");

	for (size_t i = 0; i < json_len(messages); i++) {
		struct json_object *message = json_item(messages, i);
		enum slack_blame one = json_object_is_type(message, json_type_string)
					       ? blame_of_message(json_object_get_string(message))
					       : SLACK_BLAME_UNSAID;

		if (one == SLACK_BLAME_TYPE)
			return one;
		blame = one == SLACK_BLAME_CONTENT ? one : blame;
	}
	return blame;
}

/* An answer that says no. */
bool slack_call_refuse(TALLOC_CTX *ctx, const struct slack_call *c, const struct http_response *rs,
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
		c->outcome->blame = blame_of(answer, code);
		snprintf(c->outcome->code, sizeof(c->outcome->code), "%s", code);
	}
	if (known->kind == ERR_RATE_LIMITED)
		return rate_limited(e, rs, text);
	if (known->kind == ERR_UNKNOWN && c->effect != SLACK_WRITES)
		return err_set(e, ERR_TEMPORARY, "%s", text);
	return err_set(e, known->kind, "%s", text);
}

char *slack_call_describe(TALLOC_CTX *ctx, const struct slack_call *c,
			  const struct http_response *rs)
{
	return c->secret_path ? mem_printf(ctx, "HTTP %d", rs->status) : http_describe(ctx, rs);
}

void slack_call_clear(struct slack_outcome *outcome)
{
	if (outcome)
		*outcome = (struct slack_outcome){ .remedy = SLACK_REMEDY_NONE };
}

bool slack_call_send(TALLOC_CTX *ctx, const struct slack_call *c, struct http_request *rq,
		     struct http_response **ret, struct err *e)
{
	rq->method = "POST";
	rq->deadline_ms = c->deadline_ms;
	rq->max_bytes = c->max_bytes;
	slack_call_clear(c->outcome);
	struct http_response *rs = NULL;
	if (!http_send(ctx, rq, &rs, e)) {
		/* An answer that cannot be read may still be a yes. */
		if (e->kind == ERR_BAD_REPLY && c->effect == SLACK_WRITES)
			e->kind = ERR_UNKNOWN;
		if (e->kind == ERR_UNKNOWN && c->effect != SLACK_WRITES)
			e->kind = ERR_TEMPORARY;
		return err_wrap(e, "Slack (%s)", c->method);
	}
	if (rs->status == 429) {
		if (c->outcome)
			snprintf(c->outcome->code, sizeof(c->outcome->code), "ratelimited");
		return rate_limited(e, rs, slack_error_find("ratelimited")->sentence);
	}
	if (rs->status >= 500)
		return doubtful(c, e, slack_call_describe(ctx, c, rs));
	*ret = rs;
	return true;
}

bool slack_call_form(TALLOC_CTX *ctx, const struct slack_call *c, const char *form,
		     struct json_object **ret, struct http_response **ret_rs, struct err *e)
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
	if (!slack_call_send(ctx, c, &rq, &rs, e))
		return false;
	bool json = json_parse(ctx, rs->body, rs->body_len, &answer, &ignored) &&
		    json_object_is_type(answer, json_type_object);
	if (!json && rs->status == 200)
		return doubtful(c, e, "the answer is not JSON");
	if (!json)
		return err_set(e, ERR_BAD_REPLY, "Slack (%s): %s", c->method,
			       http_describe(ctx, rs));
	if (!json_bool_or(answer, "ok", false))
		return slack_call_refuse(ctx, c, rs, answer, e);
	*ret = answer;
	if (ret_rs)
		*ret_rs = rs;
	return true;
}

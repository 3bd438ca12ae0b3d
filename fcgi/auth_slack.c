/*
 * Whether a request came from Slack: by signature when SLACK_SIGNING_SECRET is set, else by the old
 * verification token. Without either nothing is let in; the person at Slack reads why. ssl_check
 * is Slack asking whether we are there: it is answered, and nothing else of the request is used.
 */
#include "fcgi/handlers.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "slack/verify.h"

/* The first sentence is the original bot's. */
#define NOT_CONFIGURED                                                                             \
	"This bot cannot accept slash commands until `SLACK_SLASH_COMMAND_TOKEN` is configured. "  \
	"For an app of today set `SLACK_SIGNING_SECRET` instead: it stands under "                 \
	"*Basic Information* of the app at api.slack.com."

static bool any(const char *const *secrets)
{
	for (size_t i = 0; i < CONFIG_ROTATION; i++)
		if (secrets[i])
			return true;
	return false;
}

/* Exactly "1": anything else with that field goes the normal way. */
static bool is_ssl_check(const struct request *rq)
{
	const char *value = rq->form ? form_get(rq->form, "ssl_check") : NULL;

	return value && strcmp(value, "1") == 0;
}

static void answer_not_configured(struct request *rq, struct response *rs)
{
	struct json_object *o = json_new_object(rq);

	json_set_str(o, "response_type", "ephemeral");
	json_set_str(o, "text", NOT_CONFIGURED);
	response_ok(rs, mem_strdup(rq, json_text(o)));
	rs->note = "neither SLACK_SIGNING_SECRET nor SLACK_SLASH_COMMAND_TOKEN is set";
}

/* The caller learns that it was refused; what exactly was wrong is for the owner's log. */
static bool refuse(struct request *rq, struct response *rs, const char *reason, const struct err *e)
{
	response_refuse(rq, rs, 401, reason);
	rs->note = mem_strdup(rq, e->text);
	return false;
}

static bool check_signature(struct request *rq, const struct config *config, struct response *rs)
{
	struct err e;

	return slack_verify_signature(config->slack_signing_secrets, CONFIG_ROTATION,
				      request_header(rq, "X-Slack-Request-Timestamp"),
				      request_header(rq, "X-Slack-Signature"), rq->body,
				      rq->body_len, clock_now_ms(), &e) ||
	       refuse(rq, rs, "This request does not carry a valid signature by Slack.", &e);
}

static bool check_token(struct request *rq, const struct config *config, const char *token,
			struct response *rs)
{
	struct err e;

	return slack_verify_token(config->slack_slash_tokens, CONFIG_ROTATION, token, &e) ||
	       refuse(rq, rs, "This request does not carry the verification token of this bot.",
		      &e);
}

bool auth_slack(struct request *rq, const struct config *config, struct response *rs)
{
	request_parse_form(rq);
	if (is_ssl_check(rq)) {
		response_ok(rs, "");
		return false;
	}
	if (any(config->slack_signing_secrets))
		return check_signature(rq, config, rs);
	if (!any(config->slack_slash_tokens)) {
		answer_not_configured(rq, rs);
		return false;
	}
	if (!rq->form) {
		response_refuse(rq, rs, 400, rq->form_problem);
		return false;
	}
	return check_token(rq, config, form_get(rq->form, "token"), rs);
}

/* JSON, once `parse` has run. Nobody reads a sentence here: what cannot be proved is refused. */
static bool auth_json(struct request *rq, const struct config *config, struct response *rs,
		      void (*parse)(struct request *rq))
{
	if (any(config->slack_signing_secrets)) {
		if (!check_signature(rq, config, rs))
			return false;
		parse(rq);
		return true;
	}
	parse(rq);
	if (!rq->json) {
		response_refuse(rq, rs, 400, rq->json_problem);
		return false;
	}
	return check_token(rq, config, json_str(rq->json, "token"), rs);
}

bool auth_slack_event(struct request *rq, const struct config *config, struct response *rs)
{
	return auth_json(rq, config, rs, request_parse_json);
}

static void parse_payload(struct request *rq)
{
	request_parse_json_field(rq, "payload");
}

bool auth_slack_action(struct request *rq, const struct config *config, struct response *rs)
{
	request_parse_form(rq);
	if (is_ssl_check(rq)) {
		response_ok(rs, "");
		return false;
	}
	return auth_json(rq, config, rs, parse_payload);
}

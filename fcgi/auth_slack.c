/*
 * Whether a form came from Slack: by signature when SLACK_SIGNING_SECRET is set, else by the old
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
static void refuse(struct request *rq, struct response *rs, const char *reason, const struct err *e)
{
	response_refuse(rq, rs, 401, reason);
	rs->note = mem_strdup(rq, e->text);
}

bool auth_slack(struct request *rq, const struct config *config, struct response *rs)
{
	const char *timestamp = request_header(rq, "X-Slack-Request-Timestamp");
	const char *signature = request_header(rq, "X-Slack-Signature");
	struct err e;

	request_parse_form(rq);
	if (is_ssl_check(rq)) {
		response_ok(rs, "");
		return false;
	}
	if (any(config->slack_signing_secrets)) {
		if (slack_verify_signature(config->slack_signing_secrets, CONFIG_ROTATION,
					   timestamp, signature, rq->body, rq->body_len,
					   clock_now_ms(), &e))
			return true;
		refuse(rq, rs, "This request does not carry a valid signature by Slack.", &e);
		return false;
	}
	if (!any(config->slack_slash_tokens)) {
		answer_not_configured(rq, rs);
		return false;
	}
	if (!rq->form) {
		response_refuse(rq, rs, 400, rq->form_problem);
		return false;
	}
	if (slack_verify_token(config->slack_slash_tokens, CONFIG_ROTATION,
			       form_get(rq->form, "token"), &e))
		return true;
	refuse(rq, rs, "This request does not carry the verification token of this bot.", &e);
	return false;
}

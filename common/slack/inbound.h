/*
 * One struct for whatever comes in from Slack: slash command today; event, press, RTM and Socket
 * Mode frames when their issues come. It travels in the job's body as JSON.
 */
#ifndef SLACK_INBOUND_H
#define SLACK_INBOUND_H

#include <stdbool.h>
#include <talloc.h>

#include "base/err.h"
#include "base/form.h"
#include "base/json.h"

#define SLACK_TEXT_MAX_CHARS 4000 /* of a command's text; intake refuses more, in words */

enum slack_inbound_kind { SLACK_INBOUND_SLASH };

struct slack_inbound {
	enum slack_inbound_kind kind;
	const char *team_id;
	const char *channel_id;
	const char *user_id;
	const char *command;	  /* "/looker" */
	const char *text;	  /* as Slack sent it, valid UTF-8 */
	const char *response_url; /* NULL when absent */
	const char *trigger_id;	  /* NULL when absent */
	const char *thread_ts;	  /* NULL outside threads */
};

/* ERR_BAD_INPUT names the field: command, channel_id, user_id and team_id must be there. */
bool slack_inbound_from_form(TALLOC_CTX *ctx, const struct form *f, struct slack_inbound **ret,
			     struct err *e) ERR_MUST_CHECK;

/* To and from a job body. The verification token is not part of it. */
struct json_object *slack_inbound_save(TALLOC_CTX *ctx, const struct slack_inbound *in);
bool slack_inbound_load(TALLOC_CTX *ctx, const struct json_object *o, struct slack_inbound **ret,
			struct err *e) ERR_MUST_CHECK;

/*
 * What the person meant: Slack's escapes decoded once, <url|label> and <mailto:…|…> reduced to
 * their text, <@U…|name> and <#C…|name> to @name and #name, smart quotes straightened, bold marks
 * that enclose words dropped, white space trimmed and folded outside quotes. Case is kept. The
 * invisible characters of mrkdwn_add_text are taken out again: an answer's value can be pasted.
 */
char *slack_inbound_clean(TALLOC_CTX *ctx, const char *text);

/* Hosts a response_url may have: hooks.slack.com, hooks.slack-gov.com over https, or the origin of
 * `api_url` (GovSlack, tests). */
bool slack_inbound_hook_ok(const char *response_url, const char *api_url);

#endif

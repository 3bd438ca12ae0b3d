/*
 * One struct for whatever comes in from Slack, over HTTP, Socket Mode or RTM: slash command,
 * message, link, press, event. It travels in the job's body as JSON.
 */
#ifndef SLACK_INBOUND_H
#define SLACK_INBOUND_H

#include <stdbool.h>
#include <talloc.h>

#include "base/err.h"
#include "base/form.h"
#include "base/json.h"

#define SLACK_TEXT_MAX_CHARS 4000  /* of a command's text; intake refuses more, in words */
#define SLACK_LINKS_MAX 10	   /* of one message; what comes after is left alone */
#define SLACK_FIELD_MAX_CHARS 3000 /* of what is typed into one: Slack's limit */
#define SLACK_FIELDS_MAX 100	   /* of a modal: as many as Slack has blocks in it */

enum slack_inbound_kind {
	SLACK_INBOUND_SLASH,
	SLACK_INBOUND_MENTION, /* a message that begins with the bot's name */
	SLACK_INBOUND_DM,      /* a message to the bot */
	SLACK_INBOUND_LINKS,   /* a message with links, as Slack's link_shared or as its text */
	SLACK_INBOUND_PRESS,   /* of a button in a message of ours, or in a modal: `view_id` */
	SLACK_INBOUND_SUBMIT,  /* of a modal: `view_id`, `fields` */
	SLACK_INBOUND_OPTIONS, /* somebody types into a long list: `text`; answered at once */
	SLACK_INBOUND_HOME,    /* somebody opened the App Home */
	SLACK_INBOUND_JOINED,  /* somebody came into a channel: the bot itself, when `own` */
	SLACK_INBOUND_CHANNEL, /* a channel has another name, or other companies in it */
	SLACK_INBOUND_MOVED,   /* a channel has another id: `channel_id`, before `old_channel_id` */
	SLACK_INBOUND_PERSON,  /* somebody's account has changed */
	SLACK_INBOUND_REVOKED, /* the bot's token is no longer good */
	SLACK_INBOUND_LIMITED, /* Slack left events out: too many in a minute */
	SLACK_INBOUND_NOTHING, /* not for us: `why` */
	SLACK_INBOUND_KINDS
};

/* What is absent is NULL. */
struct slack_inbound {
	enum slack_inbound_kind kind;
	const char *team_id;
	const char *channel_id;
	const char *user_id;
	const char *command; /* "/looker"; "" when nothing stands before the text; never NULL */
	const char *text;    /* as Slack sent it, without the bot's name, valid UTF-8; never NULL */
	const char *response_url;
	const char *trigger_id;
	const char *thread_ts; /* outside threads: NULL */
	const char *event_id;
	const char *ts; /* of the message; with a press: of the one that holds the button */
	const char *unfurl_id;
	const char *source;	  /* of a link_shared; NULL: the links are those of a text */
	const char *const *links; /* exactly as Slack wrote them, "&amp;" and all */
	size_t n_links;
	const char *action_id, *value;	 /* of the button; within a modal: its private_metadata */
	const char *action_ts;		 /* of a press, a visit to App Home, a joining */
	const char *view_id, *view_hash; /* of the modal */
	struct json_object *fields;	 /* of the modal: block id -> text, cut at one more than
					    Slack allows; NULL outside of modals */
	const char *old_channel_id;
	const char *why;
	bool own;	/* the person is the bot itself */
	bool ephemeral; /* the button's message is */
	bool shared;	/* Slack says that the channel is shared with another company */
};

/* ERR_BAD_INPUT names the field: command, channel_id, user_id and team_id must be there. */
bool slack_inbound_from_form(TALLOC_CTX *ctx, const struct form *f, struct slack_inbound **ret,
			     struct err *e) ERR_MUST_CHECK;

/* The same as Socket Mode brings it: an object with the form's names. */
bool slack_inbound_from_slash(TALLOC_CTX *ctx, const struct json_object *payload,
			      struct slack_inbound **ret, struct err *e) ERR_MUST_CHECK;

/*
 * A body of the Events API (event_callback, app_rate_limited). `self` is the bot's user id where
 * the body does not name it (or NULL). The bot's own messages, those of other bots, edits, hidden
 * ones and all subtypes but file_share and thread_broadcast are NOTHING.
 */
bool slack_inbound_from_event(TALLOC_CTX *ctx, const struct json_object *payload, const char *self,
			      struct slack_inbound **ret, struct err *e) ERR_MUST_CHECK;

/* An interactive payload: block_actions and interactive_message are a PRESS, view_submission is a
 * SUBMIT, block_suggestion within a modal is OPTIONS, all others NOTHING. */
bool slack_inbound_from_action(TALLOC_CTX *ctx, const struct json_object *payload,
			       struct slack_inbound **ret, struct err *e) ERR_MUST_CHECK;

/* A frame of RTM whose type is `message`, judged as an event of that type. */
bool slack_inbound_from_rtm(TALLOC_CTX *ctx, const struct json_object *frame, const char *team_id,
			    const char *self, struct slack_inbound **ret,
			    struct err *e) ERR_MUST_CHECK;

/* To and from a job body. The verification token is not part of it. */
struct json_object *slack_inbound_save(TALLOC_CTX *ctx, const struct slack_inbound *in);
bool slack_inbound_load(TALLOC_CTX *ctx, const struct json_object *o, struct slack_inbound **ret,
			struct err *e) ERR_MUST_CHECK;

/* As it would be typed, for an example or an error: "/looker sales", or "sales" to a mention. */
char *slack_inbound_typed(TALLOC_CTX *ctx, const struct slack_inbound *in, const char *words);

/*
 * What the person meant: Slack's escapes decoded once, <url|label> and <mailto:…|…> reduced to
 * their text, <@U…|name> and <#C…|name> to @name and #name, smart quotes straightened, bold marks
 * that enclose words dropped, white space trimmed and folded outside quotes. Case is kept. The
 * invisible characters of mrkdwn_add_text are taken out again: an answer's value can be pasted.
 */
char *slack_inbound_clean(TALLOC_CTX *ctx, const char *text);

/* The address that one of `links` stands for: Slack's escapes undone. chat.unfurl wants the link.
 */
char *slack_inbound_address(TALLOC_CTX *ctx, const char *link);

/* Hosts a response_url may have: hooks.slack.com, hooks.slack-gov.com over https, or the origin of
 * `api_url` (GovSlack, tests). */
bool slack_inbound_hook_ok(const char *response_url, const char *api_url);

#endif

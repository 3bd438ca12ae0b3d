/*
 * Who is asking: Slack's facts about a person, kept for ten minutes for all processes, and whether
 * that person may use the bot. What Slack cannot say is a no.
 */
#ifndef BOT_PEOPLE_H
#define BOT_PEOPLE_H

#include "bot/bot.h"

struct person {
	const char *id;
	const char *name;  /* display name, else real name */
	const char *email; /* NULL: not visible */
	bool email_confirmed;
	bool bot, deleted, guest, stranger;
	bool own; /* a member of our team or organisation, guests too */
};

/* users.info, or what is kept of it. ERR_NOT_FOUND, ERR_FORBIDDEN: Slack will not say;
 * ERR_TEMPORARY and ERR_RATE_LIMITED: not now. */
bool people_get(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms, const char *user_id,
		struct person **ret, struct err *e) ERR_MUST_CHECK;

/* NULL when the person may ask; else the refusal, in the original bot's words (mrkdwn). Errors are
 * those of people_get that may pass; all others are a refusal. */
bool people_may_ask(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms, const char *user_id,
		    const char **ret_refusal, struct err *e) ERR_MUST_CHECK;

/* The next one who asks is looked up again. */
bool people_forget(struct bot *bot, const char *user_id, struct err *e) ERR_MUST_CHECK;

/* Who the bot itself is: auth.test, kept for a day for all processes. */
bool people_self(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms, struct slack_identity *ret,
		 struct err *e) ERR_MUST_CHECK;

/* The same, asked now: whether Slack takes the token. */
bool people_ask_self(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms,
		     struct slack_identity *ret, struct err *e) ERR_MUST_CHECK;

/* Its user id if that is known already, without asking Slack; else NULL. */
const char *people_self_id(TALLOC_CTX *ctx, struct bot *bot);

#endif

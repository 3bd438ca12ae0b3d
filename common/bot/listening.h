/*
 * How the bot listens on Slack's WebSocket: told by the relay every few seconds, read by whoever
 * wants to know. A relay that has not told for 15 s is deaf.
 */
#ifndef BOT_LISTENING_H
#define BOT_LISTENING_H

#include "bot/bot.h"

enum listening_state {
	LISTENING_SILENT,     /* no relay has told anything */
	LISTENING_CONNECTING, /* deaf, and trying */
	LISTENING_OPEN,
	LISTENING_REFUSED,    /* deaf, until the owner mends what `reason` says */
	LISTENING_NOT_NEEDED, /* Slack comes over HTTP, and nothing else is set */
	LISTENING_STATES
};

struct listening {
	enum listening_state state;
	const char *way;    /* "Socket Mode", "RTM" */
	const char *reason; /* of being deaf, in words; or NULL */
	int64_t since_ms;   /* unix */
	int64_t connections;
	int64_t elsewhere; /* connections of this app that are not ours: they take their share */
};

bool listening_tell(TALLOC_CTX *ctx, struct bot *bot, const struct listening *l,
		    struct err *e) ERR_MUST_CHECK;
bool listening_get(TALLOC_CTX *ctx, struct bot *bot, struct listening *ret,
		   struct err *e) ERR_MUST_CHECK;

/* Slack says that the bot's token is no longer good, or that it leaves events out for a while. The
 * former is told by listening_reason until a token is taken again, which whoever gets a good
 * auth.test says: what was noted before it was asked counts no more. */
bool listening_note_revoked(struct bot *bot, struct err *e) ERR_MUST_CHECK;
bool listening_note_limited(struct bot *bot, struct err *e) ERR_MUST_CHECK;
bool listening_is_revoked(TALLOC_CTX *ctx, struct bot *bot);
void listening_end_revoked(struct bot *bot);

/* For /readyz: NULL, or a sentence that says what is deaf and who can mend it. */
const char *listening_reason(TALLOC_CTX *ctx, struct bot *bot);

#endif

/*
 * Slack's Web API and response_url. Each call is one HTTP exchange with a deadline; the error's
 * kind and the code's meaning come from one table (slack/errors.c).
 */
#ifndef SLACK_API_H
#define SLACK_API_H

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"
#include "base/json.h"

struct slack_api; /* immutable after new: shared by all threads */

struct slack_api *slack_api_new(TALLOC_CTX *ctx, const char *base_url, const char *token);

/* What to do about a code beside what its kind says. */
enum slack_remedy {
	SLACK_REMEDY_NONE,
	SLACK_REMEDY_SIMPLER, /* the blocks were refused: next form of the ladder */
	SLACK_REMEDY_HOOK,    /* may not post there: use the response_url */
	SLACK_REMEDY_OWNER,   /* token or scopes: only the app's owner can mend it */
};

struct slack_error {
	const char *code;
	enum err_kind kind;
	enum slack_remedy remedy;
	const char *sentence; /* for people: what is wrong and who can mend it */
};

/* Never NULL: an unknown code gives ERR_BAD_REPLY and a sentence that quotes it (valid until this
 * thread asks for the next unknown one). */
const struct slack_error *slack_error_find(const char *code);

/* What a refusal of blocks is about, as far as Slack says. */
enum slack_blame {
	SLACK_BLAME_UNSAID,
	SLACK_BLAME_TYPE,    /* this type of block, whatever it holds */
	SLACK_BLAME_CONTENT, /* what this message holds */
};

/* What came of a call beside true or false: valid after both. */
struct slack_outcome {
	char code[64]; /* Slack's error code, "" when none */
	enum slack_remedy remedy;
	enum slack_blame blame; /* with SIMPLER */
};

struct slack_posted {
	const char *channel; /* the real id */
	const char *ts;
};

/*
 * chat.postMessage. `message` is slack_message_encode's object. thread_ts and delivery_id may be
 * NULL; delivery_id goes into the message's metadata, to be found again by slack_api_find.
 * Unfurling is off. ERR_RATE_LIMITED carries not_before_ms. ERR_UNKNOWN: it may have been posted.
 */
bool slack_api_post(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		    const char *channel, const char *thread_ts, struct json_object *message,
		    const char *delivery_id, struct slack_posted *ret,
		    struct slack_outcome *outcome, struct err *e) ERR_MUST_CHECK;

/*
 * chat.update: text and blocks of our own message become these; the same again changes nothing.
 * Slack takes texts up to 4,000 characters here (msg_too_long). ERR_NOT_FOUND: it is gone;
 * ERR_FORBIDDEN: it can no longer be changed.
 */
bool slack_api_update(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *channel, const char *ts, struct json_object *message,
		      const char *delivery_id, struct slack_outcome *outcome,
		      struct err *e) ERR_MUST_CHECK;

/* chat.delete, of our own message. ERR_NOT_FOUND: it is gone already. */
bool slack_api_delete(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *channel, const char *ts, struct err *e) ERR_MUST_CHECK;

/*
 * A message to a response_url: to all in the channel (in the thread, unless NULL), or to the asker
 * alone. `used` up or expired (any final non-200) is ERR_NOT_FOUND, refused blocks are
 * ERR_BAD_INPUT with REMEDY_SIMPLER.
 */
bool slack_api_respond(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *response_url, bool in_channel, const char *thread_ts,
		       struct json_object *message, struct slack_outcome *outcome,
		       struct err *e) ERR_MUST_CHECK;

/* The message that held the pressed button becomes this one. Errors as above. */
bool slack_api_replace(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *response_url, struct json_object *message,
		       struct slack_outcome *outcome, struct err *e) ERR_MUST_CHECK;

/* chat.postEphemeral: where there is no response_url. thread_ts may be NULL. */
bool slack_api_post_ephemeral(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			      const char *channel, const char *thread_ts, const char *user,
			      struct json_object *message, struct slack_outcome *outcome,
			      struct err *e) ERR_MUST_CHECK;

/*
 * Looks for a message with our delivery_id in the metadata, in the channel (or thread) since
 * oldest_ms (unix): conversations.history or .replies. *ret_ts is NULL when it is not there.
 * ERR_FORBIDDEN: the history scope is missing, nobody can tell.
 */
bool slack_api_find(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		    const char *channel, const char *thread_ts, const char *delivery_id,
		    int64_t oldest_ms, const char **ret_ts, struct err *e) ERR_MUST_CHECK;

struct slack_identity {
	const char *team, *team_id, *user, *user_id, *bot_id, *enterprise_id, *url;
	const char *scopes; /* x-oauth-scopes, or NULL */
};

/* auth.test. */
bool slack_api_auth_test(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 struct slack_identity *ret, struct err *e) ERR_MUST_CHECK;

#endif

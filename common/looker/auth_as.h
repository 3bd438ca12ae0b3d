/*
 * Acting as another Looker user: POST /login/{user_id} with the bot's token gives a token with
 * that user's rights. Needs the Admin role (facts: Looker's API page of login_user); Looker (Google
 * Cloud core) refuses it for people. Each login makes a new token, so they are kept in memory.
 */
#ifndef LOOKER_AUTH_AS_H
#define LOOKER_AUTH_AS_H

#include "looker/api.h"

#define LOOKER_AS_MAX 1000 /* users an instance whose tokens are kept; the longest unused goes */

/* Why Looker does not let the bot's account be somebody. */
enum looker_as_refusal {
	LOOKER_AS_FAILED,   /* none of these: an error as any call has them */
	LOOKER_AS_NO_RIGHT, /* the bot's account lacks the Admin role */
	LOOKER_AS_CORE,	    /* Looker (Google Cloud core): nobody can */
	LOOKER_AS_GONE,	    /* no such user; Looker may also hide a missing right so */
};

/* What a failure of looker_as, or of a call through its handle, was. */
enum looker_as_refusal looker_as_refusal(const struct err *e);

/*
 * A handle whose calls have the rights of the user, logged in. It lives as long as ctx, and may be
 * freed after `lk`, but not used. ERR_FORBIDDEN and ERR_NOT_FOUND are refusals, in words.
 */
bool looker_as(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *user_id,
	       struct looker **ret, struct err *e) ERR_MUST_CHECK;

#endif

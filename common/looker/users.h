/* Looker's users: who has an e-mail address. */
#ifndef LOOKER_USERS_H
#define LOOKER_USERS_H

#include "looker/api.h"

#define LOOKER_EMAIL_MAX_BYTES 254 /* RFC 5321; what is longer is nobody's */

struct looker_user {
	const char *id;
	const char *name;  /* shown; the e-mail when Looker has none */
	const char *email; /* NULL when not visible */
};

/* How many enabled users have an address. */
enum looker_users_found {
	LOOKER_USERS_ONE,
	LOOKER_USERS_NONE,
	LOOKER_USERS_DISABLED, /* only disabled ones */
	LOOKER_USERS_SEVERAL,  /* or the search gives too many to be sure of one */
	LOOKER_USERS_HIDDEN,   /* the account may not see the addresses of others */
};

/*
 * GET /users/search by e-mail. The address must be the whole of the user's, but for the case of
 * ASCII letters: in Looker's search "_" and "%" stand for anything, so a hit alone says nothing.
 * *ret is written for LOOKER_USERS_ONE. Needs a handle that may see all users (Admin).
 */
bool looker_users_find(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *email,
		       enum looker_users_found *ret_found, struct looker_user *ret,
		       struct err *e) ERR_MUST_CHECK;

/* GET /user: whose handle it is. */
bool looker_users_me(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		     struct looker_user *ret, struct err *e) ERR_MUST_CHECK;

/* Whether the account sees the address of any user but `me`, as looker_users_find needs it. */
bool looker_users_visible(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			  const struct looker_user *me, bool *ret, struct err *e) ERR_MUST_CHECK;

#endif

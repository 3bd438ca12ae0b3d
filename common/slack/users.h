/* What Slack knows of a person: users.info. */
#ifndef SLACK_USERS_H
#define SLACK_USERS_H

#include "slack/api.h"

/* Texts are NULL when Slack does not say. */
struct slack_user {
	const char *id;
	const char *name;  /* display name, else real name, else the old user name */
	const char *email; /* profile.email: needs users:read.email */
	const char *team_id;
	const char *enterprise_id; /* of the user, or of the organisation they belong to */
	const char *const *teams;  /* all workspaces of theirs that Slack names */
	size_t n_teams;
	bool bot, deleted, stranger;
	bool guest; /* single-channel or multi-channel */
	bool email_unconfirmed;
};

/* ERR_NOT_FOUND: user_not_found; ERR_FORBIDDEN: user_not_visible, or the scope users:read is
 * missing. Belongs to ctx. */
bool slack_users_info(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *user_id, struct slack_user **ret, struct err *e) ERR_MUST_CHECK;

/* The same from an answer's `user`. */
struct slack_user *slack_user_read(TALLOC_CTX *ctx, const struct json_object *user);

#endif

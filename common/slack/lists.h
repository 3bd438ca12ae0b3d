/*
 * The workspace's channels and people, page by page (conversations.list, users.list), and the
 * direct message with a person (conversations.open).
 */
#ifndef SLACK_LISTS_H
#define SLACK_LISTS_H

#include "slack/api.h"
#include "slack/users.h"

struct slack_listed_channel {
	const char *id, *name;
	bool member; /* the bot is */
};

/* One page, *ret_cursor is "" at the end; cursor NULL or "": the first. Channels: public ones, and
 * private ones that the bot is in; archived ones are left out. Without groups:read the private
 * ones are missing. ERR_RATE_LIMITED carries not_before_ms; ERR_BAD_INPUT: the cursor is too old,
 * begin again. */
bool slack_list_channels(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 const char *cursor, bool with_private, struct slack_listed_channel **ret,
			 size_t *ret_n, const char **ret_cursor, struct err *e) ERR_MUST_CHECK;

struct slack_listed_person {
	const char *id;
	const char *handle;  /* the old user name */
	const char *display; /* or the real name; NULL when there is none */
	const char *email;   /* NULL without users:read.email */
	const struct slack_user *user;
};

/* People who can be written to: no bots, guests, or deactivated accounts. */
bool slack_list_people(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *cursor, struct slack_listed_person **ret, size_t *ret_n,
		       const char **ret_cursor, struct err *e) ERR_MUST_CHECK;

#endif

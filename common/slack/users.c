/*
 * users.info as a struct. Slack writes the same fact in several places (on Enterprise Grid above
 * all); they are brought together here, and judged nowhere: who may ask is bot/people.c.
 */
#include "slack/users.h"

#include "base/form.h"
#include "base/mem.h"
#include "slack/api_call.h"

#define TEAMS_MAX 1000 /* of one person, in each of the two lists */

static void add_teams(struct slack_user *u, struct json_object *list)
{
	size_t n = json_len(list) < TEAMS_MAX ? json_len(list) : TEAMS_MAX;
	const char **teams = mem_array(u, const char *, u->n_teams + n);

	for (size_t i = 0; i < u->n_teams; i++)
		teams[i] = u->teams[i];
	for (size_t i = 0; i < n; i++) {
		struct json_object *id = json_item(list, i);
		if (json_object_is_type(id, json_type_string))
			teams[u->n_teams++] = mem_strdup(u, json_object_get_string(id));
	}
	u->teams = teams;
}

/* The first that is there and not empty; NULL when none is. */
static const char *first_of(const char *a, const char *b, const char *c)
{
	const char *const all[] = { a, b, c };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i] && all[i][0])
			return all[i];
	}
	return NULL;
}

struct slack_user *slack_user_read(TALLOC_CTX *ctx, const struct json_object *user)
{
	struct slack_user *u = mem_zero(ctx, struct slack_user);
	struct json_object *profile = json_object_at(user, "profile");
	struct json_object *org = json_object_at(user, "enterprise_user");

	u->id = mem_strdup(u, json_str(user, "id"));
	u->name = mem_strdup(u, first_of(json_str(profile, "display_name"),
					 first_of(json_str(user, "real_name"),
						  json_str(profile, "real_name"), NULL),
					 json_str(user, "name")));
	u->email = mem_strdup(u, first_of(json_str(profile, "email"), NULL, NULL));
	u->team_id = mem_strdup(u, json_str(user, "team_id"));
	u->enterprise_id = mem_strdup(
		u, first_of(json_str(org, "enterprise_id"), json_str(user, "enterprise_id"), NULL));
	add_teams(u, json_array_at(user, "teams"));
	add_teams(u, json_array_at(org, "teams"));
	u->bot = json_bool_or(user, "is_bot", false);
	u->deleted = json_bool_or(user, "deleted", false);
	u->stranger = json_bool_or(user, "is_stranger", false);
	u->guest = json_bool_or(user, "is_restricted", false) ||
		   json_bool_or(user, "is_ultra_restricted", false);
	u->email_unconfirmed = !json_bool_or(user, "is_email_confirmed", true);
	return u;
}

bool slack_users_info(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *user_id, struct slack_user **ret, struct err *e)
{
	struct slack_call c = slack_call_to(api, "users.info", SLACK_READS, deadline_ms, NULL);
	struct json_object *answer = NULL;
	char *form = mem_strdup(ctx, "");

	form_append(&form, "user", user_id);
	if (!slack_call_form(ctx, &c, form, &answer, NULL, e))
		return false;
	struct json_object *user = json_object_at(answer, "user");
	if (!user)
		return err_set(e, ERR_BAD_REPLY, "Slack (users.info): the answer has no user");
	*ret = slack_user_read(ctx, user);
	return true;
}

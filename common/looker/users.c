/* Users by their e-mail address. Looker only narrows down; which of its hits counts is decided
 * here. */
#include "looker/users.h"

#include <string.h>
#include <strings.h>

#include "base/form.h"
#include "base/mem.h"

#define HITS_MAX 100 /* more than that is no search for one address */
#define SEEN_MAX 50  /* users looked at to see whether addresses are visible */
#define USER_MAX_BYTES (64 * 1024)
#define USERS_MAX_BYTES (1024 * 1024)
#define FIELDS "id,display_name,email,is_disabled"

static void read_user(TALLOC_CTX *ctx, const struct json_object *o, struct looker_user *ret)
{
	const char *name = json_str_or(o, "display_name", "");

	ret->id = json_id(ctx, o, "id");
	ret->email = mem_strdup(ctx, json_str(o, "email"));
	ret->name = name[0] != '\0' ? mem_strdup(ctx, name) : ret->email;
}

static bool search(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *wanted,
		   size_t max, struct json_object **ret, struct err *e)
{
	char *path = mem_printf(ctx, "/users/search?fields=%s&limit=%zu%s",
				form_escape(ctx, FIELDS), max, wanted);

	if (!looker_get(ctx, lk, deadline_ms, path, USERS_MAX_BYTES, ret, e))
		return err_wrap(e, "the search for a user");
	if (!json_object_is_type(*ret, json_type_array))
		return err_set(e, ERR_BAD_REPLY,
			       "Looker at %s sent something else than a list of users",
			       looker_name(lk));
	return true;
}

/* Anything else would be something else to Looker's search: a word ("NOT NULL"), a list. */
static bool is_address(const char *email)
{
	const char *at = strchr(email, '@');

	return at != NULL && at != email && at[1] != '\0' && strpbrk(email, " \t\r\n,") == NULL &&
	       strlen(email) <= LOOKER_EMAIL_MAX_BYTES;
}

/* What the hits say about the address. */
static enum looker_users_found sift(TALLOC_CTX *ctx, const struct json_object *list,
				    const char *email, struct looker_user *ret)
{
	size_t n_hidden = 0, n_disabled = 0, n = 0;

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json_object *o = json_item(list, i);
		struct looker_user user;

		read_user(ctx, o, &user);
		/* Looker heeds the address only for who may see it, and every hit has one then. */
		n_hidden += user.email == NULL;
		/* ASCII case only: Unicode's would make one of two addresses. */
		if (user.id == NULL || user.email == NULL || strcasecmp(user.email, email) != 0)
			continue;
		if (json_bool_or(o, "is_disabled", false)) {
			n_disabled++;
			continue;
		}
		*ret = user;
		n++;
	}
	if (n_hidden > 0)
		return LOOKER_USERS_HIDDEN;
	if (n > 1 || json_len(list) > HITS_MAX)
		return LOOKER_USERS_SEVERAL;
	if (n == 1)
		return LOOKER_USERS_ONE;
	return n_disabled > 0 ? LOOKER_USERS_DISABLED : LOOKER_USERS_NONE;
}

bool looker_users_find(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *email,
		       enum looker_users_found *ret_found, struct looker_user *ret, struct err *e)
{
	struct json_object *list;

	if (!is_address(email)) {
		*ret_found = LOOKER_USERS_NONE;
		return true;
	}
	char *wanted = mem_printf(ctx, "&email=%s", form_escape(ctx, email));
	if (!search(ctx, lk, deadline_ms, wanted, HITS_MAX + 1, &list, e))
		return false;
	*ret_found = sift(ctx, list, email, ret);
	return true;
}

bool looker_users_me(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		     struct looker_user *ret, struct err *e)
{
	char *path = mem_printf(ctx, "/user?fields=%s", form_escape(ctx, FIELDS));
	struct json_object *o;

	if (!looker_get(ctx, lk, deadline_ms, path, USER_MAX_BYTES, &o, e))
		return err_wrap(e, "the bot's own user");
	read_user(ctx, o, ret);
	if (ret->id == NULL)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s does not say who the bot is",
			       looker_name(lk));
	return true;
}

bool looker_users_visible(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			  const struct looker_user *me, bool *ret, struct err *e)
{
	struct json_object *list;
	bool seen = false;

	if (!search(ctx, lk, deadline_ms, "", SEEN_MAX, &list, e))
		return false;
	for (size_t i = 0; i < json_len(list) && !seen; i++) {
		struct looker_user user;

		read_user(ctx, json_item(list, i), &user);
		seen = user.id != NULL && strcmp(user.id, me->id) != 0 && user.email != NULL;
	}
	*ret = seen;
	return true;
}

/*
 * Pages of channels and people, brought down to the few fields that names are looked up by. Who may
 * ask for what is kept elsewhere (bot/directory.c).
 */
#include "slack/lists.h"

#include "base/form.h"
#include "base/mem.h"
#include "slack/api_call.h"

#define PAGE_SIZE "500"
#define PAGE_MAX_BYTES (8 * 1024 * 1024) /* a person is 2 kB or so */
#define ANSWER_MAX_BYTES (1024 * 1024)
#define SLACKBOT "USLACKBOT" /* no bot user by its flags */

/* Calls it; *ret is the list `key`. */
static bool get_page(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		     const char *method, char *form, const char *cursor, const char *key,
		     struct json_object **ret, const char **ret_cursor, struct err *e)
{
	struct slack_call c = { .api = api,
				.method = method,
				.effect = SLACK_READS,
				.deadline_ms = deadline_ms,
				.max_bytes = PAGE_MAX_BYTES };
	struct json_object *answer = NULL;

	form_append(&form, "limit", PAGE_SIZE);
	if (cursor && cursor[0])
		form_append(&form, "cursor", cursor);
	if (!slack_call_form(ctx, &c, form, &answer, NULL, e))
		return false;
	*ret = json_array_at(answer, key);
	if (!*ret)
		return err_set(e, ERR_BAD_REPLY, "Slack (%s): the answer has no %s", method, key);
	*ret_cursor = mem_strdup(
		ctx, json_str_or(json_object_at(answer, "response_metadata"), "next_cursor", ""));
	return true;
}

bool slack_list_channels(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 const char *cursor, bool with_private, struct slack_listed_channel **ret,
			 size_t *ret_n, const char **ret_cursor, struct err *e)
{
	struct json_object *list;
	char *form = mem_strdup(ctx, "");
	size_t n = 0;

	form_append(&form, "types",
		    with_private ? "public_channel,private_channel" : "public_channel");
	form_append(&form, "exclude_archived", "true");
	if (!get_page(ctx, api, deadline_ms, "conversations.list", form, cursor, "channels", &list,
		      ret_cursor, e))
		return false;
	*ret = mem_array(ctx, struct slack_listed_channel, json_len(list));
	for (size_t i = 0; i < json_len(list); i++) {
		struct json_object *o = json_item(list, i);
		struct slack_listed_channel c = {
			.id = mem_strdup(ctx, json_str(o, "id")),
			.name = mem_strdup(ctx, json_str(o, "name")),
			.member = json_bool_or(o, "is_member", false),
		};

		if (c.id && c.name && !json_bool_or(o, "is_archived", false))
			(*ret)[n++] = c;
	}
	*ret_n = n;
	return true;
}

bool slack_list_people(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *cursor, struct slack_listed_person **ret, size_t *ret_n,
		       const char **ret_cursor, struct err *e)
{
	struct json_object *list;
	size_t n = 0;

	if (!get_page(ctx, api, deadline_ms, "users.list", mem_strdup(ctx, ""), cursor, "members",
		      &list, ret_cursor, e))
		return false;
	*ret = mem_array(ctx, struct slack_listed_person, json_len(list));
	for (size_t i = 0; i < json_len(list); i++) {
		struct json_object *o = json_item(list, i);
		struct slack_user *u = slack_user_read(ctx, o);

		if (!u->id || u->bot || u->deleted || u->guest || u->stranger ||
		    strcmp(u->id, SLACKBOT) == 0)
			continue;
		(*ret)[n++] = (struct slack_listed_person){
			.id = u->id,
			.handle = mem_strdup(ctx, json_str(o, "name")),
			.display = u->name,
			.email = u->email_unconfirmed ? NULL : u->email,
			.user = u,
		};
	}
	*ret_n = n;
	return true;
}

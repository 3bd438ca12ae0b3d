/*
 * conversations.info as a struct, .open and .join. What follows from it is bot/channels.c.
 */
#include "slack/channels.h"

#include "base/form.h"
#include "base/mem.h"
#include "slack/api_call.h"

bool slack_channels_info(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 const char *channel_id, struct slack_channel *ret, struct err *e)
{
	struct slack_call c =
		slack_call_to(api, "conversations.info", SLACK_READS, deadline_ms, NULL);
	struct json_object *answer = NULL;
	char *form = mem_strdup(ctx, "");

	form_append(&form, "channel", channel_id);
	if (!slack_call_form(ctx, &c, form, &answer, NULL, e))
		return false;
	struct json_object *channel = json_object_at(answer, "channel");
	if (!channel)
		return err_set(e, ERR_BAD_REPLY,
			       "Slack (conversations.info): the answer has no channel");
	*ret = (struct slack_channel){
		.name = mem_strdup(ctx, json_str(channel, "name")),
		.im = json_bool_or(channel, "is_im", false),
		.private = json_bool_or(channel, "is_private", false),
		.ext_shared = json_bool_or(channel, "is_ext_shared", false),
		.ext_shared_pending = json_bool_or(channel, "is_pending_ext_shared", false),
	};
	return true;
}

static bool enter(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		  const char *method, const char *name, const char *value, const char **ret_id,
		  struct err *e)
{
	struct slack_call c = slack_call_to(api, method, SLACK_REPEATS, deadline_ms, NULL);
	struct json_object *answer = NULL;
	char *form = mem_strdup(ctx, "");

	form_append(&form, name, value);
	if (!slack_call_form(ctx, &c, form, &answer, NULL, e))
		return false;
	*ret_id = json_str(json_object_at(answer, "channel"), "id");
	return *ret_id ||
	       err_set(e, ERR_BAD_REPLY, "Slack (%s): the answer has no channel", method);
}

bool slack_channels_open(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 const char *user_id, const char **ret, struct err *e)
{
	return enter(ctx, api, deadline_ms, "conversations.open", "users", user_id, ret, e);
}

bool slack_channels_join(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 const char *channel_id, struct err *e)
{
	const char *id;

	return enter(ctx, api, deadline_ms, "conversations.join", "channel", channel_id, &id, e);
}

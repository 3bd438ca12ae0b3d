/*
 * Interactive payloads: what was pressed, where, by whom. Of today's shape (block_actions) and the
 * legacy one (interactive_message); all others are acknowledged and are nothing.
 */
#include "base/mem.h"
#include "slack/inbound_private.h"

/* Whose button it is decides job_press; here is only where to find things. */
static const struct inbound_source payload_rows[] = {
	{ "channel_id", "channel.id" },
	{ "channel_id", "container.channel_id" },
	{ "user_id", "user.id" },
	/* Null for an action of an organisation's level. */
	{ "team_id", "team.id" },
	{ "team_id", "user.team_id" },
	{ "ts", "container.message_ts" },
	{ "ts", "message.ts" },
	{ "ts", "message_ts" },
	{ "thread_ts", "message.thread_ts" },
	{ "thread_ts", "container.thread_ts" },
	{ "thread_ts", "original_message.thread_ts" },
	{ "response_url", "response_url" },
	{ "trigger_id", "trigger_id" },
};

static const struct inbound_source action_rows[] = {
	{ "action_id", "action_id" },	      { "action_id", "name" },	    { "value", "value" },
	{ "value", "selected_option.value" }, { "action_ts", "action_ts" },
};

static const struct inbound_source legacy_rows[] = { { "action_ts", "action_ts" } };

static const struct inbound_source option_rows[] = { { "value", "value" } };

/* The first of the actions: today there is one. */
static struct json_object *first_action(const struct json_object *payload)
{
	struct json_object *actions = json_array_at(payload, "actions");

	for (size_t i = 0; i < json_len(actions); i++)
		if (json_object_is_type(json_item(actions, i), json_type_object))
			return json_item(actions, i);
	return NULL;
}

static bool read_press(struct slack_inbound *in, const struct json_object *payload, bool legacy,
		       struct err *e)
{
	struct json_object *action = first_action(payload);
	struct json_object *option = json_item(json_array_at(action, "selected_options"), 0);

	if (!inbound_read(in, payload, payload_rows, INBOUND_N_OF(payload_rows), e) ||
	    !inbound_read(in, action, action_rows, INBOUND_N_OF(action_rows), e) ||
	    !inbound_read(in, option, option_rows, INBOUND_N_OF(option_rows), e) ||
	    (legacy && !inbound_read(in, payload, legacy_rows, INBOUND_N_OF(legacy_rows), e)))
		return false;
	in->ephemeral =
		legacy ? !json_object_at(payload, "original_message") &&
				 !json_bool_or(payload, "is_app_unfurl", false)
		       : json_bool_or(json_object_at(payload, "container"), "is_ephemeral", false);
	if (in->thread_ts && in->ts && strcmp(in->thread_ts, in->ts) == 0)
		in->thread_ts = NULL;
	if (!in->channel_id &&
	    strcmp(json_str_or(json_object_at(payload, "container"), "type", ""), "view") == 0) {
		inbound_nothing(in, "pressed outside of messages");
		return true;
	}
	return inbound_complete(in, e);
}

bool slack_inbound_from_action(TALLOC_CTX *ctx, const struct json_object *payload,
			       struct slack_inbound **ret, struct err *e)
{
	const char *type = json_str(payload, "type");
	struct slack_inbound *in;
	bool legacy;

	if (!type)
		return err_set(e, ERR_BAD_INPUT, "type is missing");
	in = inbound_new(ctx, SLACK_INBOUND_PRESS);
	legacy = strcmp(type, "interactive_message") == 0;
	if (!legacy && strcmp(type, "block_actions") != 0) {
		inbound_nothing(in, "payload %s", inbound_type(in, payload));
	} else if (!read_press(in, payload, legacy, e)) {
		talloc_free(in);
		return false;
	}
	*ret = in;
	return true;
}

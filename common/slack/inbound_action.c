/*
 * Interactive payloads: what was pressed, where, by whom, of today's shape (block_actions) and the
 * legacy one (interactive_message); what was sent with a modal, or typed into a list of one. All
 * others are acknowledged and are nothing.
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

/* Of a modal. Whose key it has is bot/modal's matter. */
static const struct inbound_source view_rows[] = {
	{ "user_id", "user.id" },
	{ "team_id", "team.id" },
	{ "team_id", "user.team_id" },
	{ "team_id", "view.app_installed_team_id" },
	{ "view_id", "view.id" },
	{ "view_hash", "view.hash" },
	{ "value", "view.private_metadata" },
	{ "trigger_id", "trigger_id" },
};

static const struct inbound_source view_action_rows[] = {
	{ "action_id", "action_id" },
	{ "action_ts", "action_ts" },
};

static const struct inbound_source typed_rows[] = {
	{ "action_id", "action_id" },
	{ "text", "value" },
};

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
	return inbound_complete(in, e);
}

static bool read_legacy_press(struct slack_inbound *in, const struct json_object *payload,
			      struct err *e)
{
	return read_press(in, payload, true, e);
}

/* --- modals --- */

static bool is_modal(const struct json_object *payload)
{
	return strcmp(json_str_or(json_object_at(payload, "view"), "type", ""), "modal") == 0;
}

/* What an element of a form holds: typed, or chosen from a list. */
static const char *value_of_element(const struct json_object *element)
{
	const char *typed = json_str(element, "value");

	return typed ? typed : json_str(json_object_at(element, "selected_option"), "value");
}

/* {"block": {"action": {"type": …, "value": …}}}: our blocks have one element each. */
static void read_fields(struct slack_inbound *in, const struct json_object *payload)
{
	struct json_object *values =
		json_object_at(json_object_at(json_object_at(payload, "view"), "state"), "values");

	inbound_add_field(in, "", NULL);
	if (!values)
		return;
	json_object_object_foreach(values, block_id, block)
	{
		if (!json_object_is_type(block, json_type_object))
			continue;
		json_object_object_foreach(block, action_id, element)
		{
			(void)action_id;
			inbound_add_field(in, block_id, value_of_element(element));
		}
	}
}

static bool read_view(struct slack_inbound *in, const struct json_object *payload, struct err *e)
{
	return inbound_read(in, payload, view_rows, INBOUND_N_OF(view_rows), e);
}

static bool read_submit(struct slack_inbound *in, const struct json_object *payload, struct err *e)
{
	in->kind = SLACK_INBOUND_SUBMIT;
	if (!read_view(in, payload, e))
		return false;
	read_fields(in, payload);
	return inbound_complete(in, e);
}

/* In the App Home, say, or in a modal. */
static bool read_view_press(struct slack_inbound *in, const struct json_object *payload,
			    struct err *e)
{
	if (!is_modal(payload)) {
		inbound_nothing(in, "pressed outside of messages");
		return true;
	}
	if (!read_view(in, payload, e) || !inbound_read(in, first_action(payload), view_action_rows,
							INBOUND_N_OF(view_action_rows), e))
		return false;
	read_fields(in, payload);
	return inbound_complete(in, e);
}

static bool read_typed(struct slack_inbound *in, const struct json_object *payload, struct err *e)
{
	if (!is_modal(payload)) {
		inbound_nothing(in, "payload %s outside of modals", inbound_type(in, payload));
		return true;
	}
	in->kind = SLACK_INBOUND_OPTIONS;
	return read_view(in, payload, e) &&
	       inbound_read(in, payload, typed_rows, INBOUND_N_OF(typed_rows), e) &&
	       inbound_complete(in, e);
}

static bool read_block_actions(struct slack_inbound *in, const struct json_object *payload,
			       struct err *e)
{
	const struct json_object *container = json_object_at(payload, "container");

	return json_object_at(payload, "view") ||
			       strcmp(json_str_or(container, "type", ""), "view") == 0
		       ? read_view_press(in, payload, e)
		       : read_press(in, payload, false, e);
}

static const struct {
	const char *type;
	bool (*read)(struct slack_inbound *in, const struct json_object *payload, struct err *e);
} payloads[] = {
	{ "block_actions", read_block_actions },
	{ "interactive_message", read_legacy_press },
	{ "view_submission", read_submit },
	{ "block_suggestion", read_typed },
};

static bool read_payload(struct slack_inbound *in, const struct json_object *payload,
			 const char *type, struct err *e)
{
	for (size_t i = 0; i < INBOUND_N_OF(payloads); i++)
		if (strcmp(payloads[i].type, type) == 0)
			return payloads[i].read(in, payload, e);
	inbound_nothing(in, "payload %s", inbound_type(in, payload));
	return true;
}

bool slack_inbound_from_action(TALLOC_CTX *ctx, const struct json_object *payload,
			       struct slack_inbound **ret, struct err *e)
{
	const char *type = json_str(payload, "type");
	struct slack_inbound *in;

	if (!type)
		return err_set(e, ERR_BAD_INPUT, "type is missing");
	in = inbound_new(ctx, SLACK_INBOUND_PRESS);
	if (!read_payload(in, payload, type, e)) {
		talloc_free(in);
		return false;
	}
	*ret = in;
	return true;
}

/* An interactive payload, and the same bytes as a slash command of Socket Mode. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "fuzz_inbound.h"

/* What somebody typed into a form: short enough, and text. */
static void check_fields(struct json_object *fields)
{
	if (!fields)
		return;
	FUZZ_CHECK(json_object_object_length(fields) <= SLACK_FIELDS_MAX);
	json_object_object_foreach(fields, name, value)
	{
		FUZZ_CHECK(name[0] && text_chars(name) <= 255);
		FUZZ_CHECK(json_object_is_type(value, json_type_string));
		fuzz_check_utf8(json_object_get_string(value));
		FUZZ_CHECK(text_chars(json_object_get_string(value)) <= SLACK_FIELD_MAX_CHARS + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = NULL;
	struct json_object *o = NULL;
	struct err e;

	if (json_parse(ctx, (const char *)data, size, &o, &e)) {
		if (slack_inbound_from_action(ctx, o, &in, &e)) {
			fuzz_check_inbound(ctx, in);
			bool modal = in->kind == SLACK_INBOUND_SUBMIT ||
				     in->kind == SLACK_INBOUND_OPTIONS;
			FUZZ_CHECK(modal || in->kind == SLACK_INBOUND_PRESS ||
				   in->kind == SLACK_INBOUND_NOTHING);
			FUZZ_CHECK(!modal || (in->view_id && in->user_id && in->team_id));
			FUZZ_CHECK(in->kind != SLACK_INBOUND_OPTIONS || in->action_id);
			FUZZ_CHECK(in->kind != SLACK_INBOUND_PRESS ||
				   ((in->channel_id || in->view_id) && in->user_id && in->team_id &&
				    in->action_id));
			FUZZ_CHECK((in->fields != NULL) ==
				   (in->kind == SLACK_INBOUND_SUBMIT ||
				    (in->kind == SLACK_INBOUND_PRESS && in->view_id)));
			check_fields(in->fields);
			FUZZ_CHECK(!in->value || text_chars(in->value) <= 2000);
		} else {
			fuzz_check_error(&e, ERR_BAD_INPUT);
		}
		if (slack_inbound_from_slash(ctx, o, &in, &e)) {
			fuzz_check_inbound(ctx, in);
			FUZZ_CHECK(in->kind == SLACK_INBOUND_SLASH && in->command[0]);
		} else {
			fuzz_check_error(&e, ERR_BAD_INPUT);
		}
	}
	talloc_free(ctx);
	return 0;
}

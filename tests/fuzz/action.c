/* An interactive payload, and the same bytes as a slash command of Socket Mode. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "fuzz_inbound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = NULL;
	struct json_object *o = NULL;
	struct err e;

	if (json_parse(ctx, (const char *)data, size, &o, &e)) {
		if (slack_inbound_from_action(ctx, o, &in, &e)) {
			fuzz_check_inbound(ctx, in);
			FUZZ_CHECK(in->kind == SLACK_INBOUND_PRESS ||
				   in->kind == SLACK_INBOUND_NOTHING);
			FUZZ_CHECK(in->kind == SLACK_INBOUND_NOTHING ||
				   (in->channel_id && in->user_id && in->team_id && in->action_id));
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

/*
 * A body of the Events API, and the same bytes as a frame of RTM. Nothing that a bot or the bot
 * itself wrote is ever asked or expanded.
 */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "fuzz_inbound.h"

#define SELF "UBOT"

static void check(TALLOC_CTX *ctx, const struct slack_inbound *in, const struct json_object *event)
{
	bool asks = in->kind == SLACK_INBOUND_MENTION || in->kind == SLACK_INBOUND_DM;

	fuzz_check_inbound(ctx, in);
	FUZZ_CHECK(in->kind != SLACK_INBOUND_SLASH && in->kind != SLACK_INBOUND_PRESS);
	if (asks) {
		FUZZ_CHECK(in->channel_id && in->user_id && in->team_id && in->ts);
		FUZZ_CHECK(!json_get(event, "bot_id") && !json_get(event, "edited"));
		FUZZ_CHECK(in->kind != SLACK_INBOUND_DM || in->text[0] != '/');
	}
	FUZZ_CHECK((in->kind == SLACK_INBOUND_LINKS) == (in->n_links > 0) ||
		   in->kind == SLACK_INBOUND_NOTHING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = NULL;
	struct json_object *o = NULL;
	struct err e;

	if (json_parse(ctx, (const char *)data, size, &o, &e)) {
		if (slack_inbound_from_event(ctx, o, SELF, &in, &e))
			check(ctx, in, json_object_at(o, "event"));
		else
			fuzz_check_error(&e, ERR_BAD_INPUT);
		if (slack_inbound_from_event(ctx, o, NULL, &in, &e))
			check(ctx, in, json_object_at(o, "event"));
		if (slack_inbound_from_rtm(ctx, o, "T1", SELF, &in, &e)) {
			check(ctx, in, o);
			FUZZ_CHECK(in->kind == SLACK_INBOUND_NOTHING || !in->user_id ||
				   strcmp(in->user_id, SELF) != 0);
		} else {
			fuzz_check_error(&e, ERR_BAD_INPUT);
		}
	}
	talloc_free(ctx);
	return 0;
}

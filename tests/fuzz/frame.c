/*
 * A frame of Slack's WebSocket, in both ways of listening: it always means exactly one thing, what
 * is taken down survives the job's body, and every envelope's acknowledgement is short, whole JSON
 * with its id.
 */
#include "rtm-relay/rtm.h"
#include "rtm-relay/socket_mode.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"

#define BODY "{\"response_type\":\"in_channel\"}"

static const struct slack_connect who = { .self_id = "U0BOT", .team_id = "T0001" };

static void check_saved(TALLOC_CTX *ctx, const struct slack_inbound *in)
{
	const char *text = json_text(slack_inbound_save(ctx, in));
	struct slack_inbound *again = NULL;
	struct json_object *o = NULL;
	struct err e;

	FUZZ_CHECK(json_parse(ctx, text, strlen(text), &o, &e));
	if (in->kind == SLACK_INBOUND_NOTHING) /* never a job */
		return;
	FUZZ_CHECK(slack_inbound_load(ctx, o, &again, &e));
	FUZZ_CHECK(in->kind == again->kind && in->n_links == again->n_links);
}

static void check_ack(TALLOC_CTX *ctx, const struct frame *f, const char *body)
{
	const char *ack = socket_mode_ack(ctx, f, body);
	struct json_object *o = NULL;
	struct err e;

	FUZZ_CHECK(strlen(ack) < SOCKET_MODE_ACK_MAX_BYTES);
	FUZZ_CHECK(json_parse(ctx, ack, strlen(ack), &o, &e));
	FUZZ_CHECK(strcmp(json_str_or(o, "envelope_id", ""), f->envelope_id) == 0);
	FUZZ_CHECK(f->takes_payload || !json_get(o, "payload"));
}

static void check(TALLOC_CTX *ctx, const struct way *way, const char *text, size_t len)
{
	struct frame f;

	way->judge(ctx, text, len, &who, &f);
	fuzz_check_utf8(f.type);
	FUZZ_CHECK(f.kind >= FRAME_NOTHING && f.kind <= FRAME_BROKEN);
	FUZZ_CHECK((f.in != NULL) == (f.kind == FRAME_ITEM));
	bool silent = f.kind == FRAME_NOTHING || f.kind == FRAME_HELLO || f.kind == FRAME_ITEM;
	FUZZ_CHECK(silent || (f.why && *f.why));
	if (f.why)
		fuzz_check_utf8(f.why);
	if (f.in)
		check_saved(ctx, f.in);
	if (way == &rtm) {
		FUZZ_CHECK(!f.envelope_id);
		return;
	}
	FUZZ_CHECK((f.envelope_id != NULL) == (f.kind == FRAME_ITEM || f.kind == FRAME_NOTED));
	if (!f.envelope_id)
		return;
	check_ack(ctx, &f, BODY);
	check_ack(ctx, &f, "");
	check_ack(ctx, &f, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	/* The WebSocket client hands on valid UTF-8 that ends in NUL. */
	const char *text = text_clean(ctx, (const char *)data, size);

	check(ctx, &socket_mode, text, strlen(text));
	check(ctx, &rtm, text, strlen(text));
	talloc_free(ctx);
	return 0;
}

/*
 * The body of a schedule's webhook, from the bytes to Slack's message: whatever comes, it is
 * refused with a sentence, or its rows make a message that Slack takes in every form.
 */
#include "looker/webhook.h"

#include "base/mem.h"
#include "fuzz.h"
#include "looker/result.h"
#include "render/render.h"

#define ROWS_MAX 201

static void check_optional(const char *s)
{
	if (s)
		fuzz_check_utf8(s);
}

static void check_result(TALLOC_CTX *ctx, const struct looker_webhook *w)
{
	const struct json_object *vis_config = json_object_at(w->query, "vis_config");
	struct looker_vis vis = looker_vis_read(ctx, vis_config);
	struct render_about about = { .title = w->title ? w->title : "title",
				      .link = w->url,
				      .base_url = "https://shop.example.com" };
	struct slack_message *m = slack_message_new(ctx);
	struct render_outcome outcome;
	struct looker_result *r;
	struct err e;

	FUZZ_CHECK(w->detail != NULL);
	FUZZ_CHECK(json_len(json_array_at(w->detail, "data")) <= ROWS_MAX);
	if (!looker_result_read(ctx, w->detail, vis_config, ROWS_MAX, &r, &e))
		return;
	render_result(m, r, &vis, &about, &outcome);
	fuzz_check_all_forms(ctx, m, FUZZ_LIMITS_AND_TEXT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *body = mem_array(ctx, char, size + 1);
	struct looker_webhook *w = NULL;
	struct err e;

	if (size > 0)
		memcpy(body, data, size);
	if (!looker_webhook_read(ctx, body, size, ROWS_MAX, &w, &e)) {
		fuzz_check_error(&e, ERR_BAD_INPUT);
		talloc_free(ctx);
		return 0;
	}
	check_optional(w->type);
	check_optional(w->title);
	check_optional(w->plan_id);
	check_optional(w->plan_type);
	check_optional(w->url);
	check_optional(w->query_id);
	check_optional(w->channel);
	fuzz_check_utf8(w->format);
	check_optional(w->message);
	FUZZ_CHECK(w->planned || w->alert || w->kind != LOOKER_WEBHOOK_EMPTY);
	if (w->kind == LOOKER_WEBHOOK_FILE)
		FUZZ_CHECK(w->bytes != NULL && w->len > 0 && w->extension != NULL);
	if (w->kind == LOOKER_WEBHOOK_RESULT)
		check_result(ctx, w);
	talloc_free(ctx);
	return 0;
}

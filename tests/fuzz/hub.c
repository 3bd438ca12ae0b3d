/*
 * The body of a data action, from the bytes to Slack's message: whatever comes, it is refused with
 * a sentence, or its words make a message in which nothing pings or hides a link.
 */
#include "looker/hub.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "bot/schedule_job.h"
#include "fuzz.h"
#include "looker/alert.h"

#define WORDS_MAX_CHARS 4000

static void check_optional(const char *s)
{
	if (s)
		fuzz_check_utf8(s);
}

static void check_alert(TALLOC_CTX *ctx, const char *body, size_t size)
{
	struct json_object *o;
	const struct looker_alert *a;
	struct err e;

	if (!json_parse(ctx, body, size, &o, &e))
		return;
	a = looker_alert_read(ctx, o);
	if (!a)
		return;
	FUZZ_CHECK(a->value || a->threshold);
	check_optional(a->title);
	check_optional(a->description);
	check_optional(a->field);
	check_optional(a->value);
	check_optional(a->threshold);
	check_optional(a->condition);
	check_optional(a->url);
	FUZZ_CHECK(json_len(a->filters) <= 20);
}

static void check_message(TALLOC_CTX *ctx, const char *words)
{
	const struct schedule_job j = {
		.looker = "l",
		.words = text_cut(ctx, words, WORDS_MAX_CHARS),
		.bare = true,
	};
	struct slack_message *m = schedule_job_message(ctx, &j, 0, NULL);

	fuzz_check_mrkdwn(slack_message_text(m));
	fuzz_check_all_forms(ctx, m, FUZZ_LIMITS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "message", "channel", "search" };
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *body = mem_array(ctx, char, size + 1);
	struct looker_hub_call call;
	struct err e;

	if (size > 0)
		memcpy(body, data, size);
	if (!looker_hub_read(ctx, body, size, &call, &e))
		fuzz_check_error(&e, ERR_BAD_INPUT);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = NULL;

		if (!looker_hub_value(ctx, &call, names[i], &value, &e)) {
			fuzz_check_error(&e, ERR_BAD_INPUT);
			continue;
		}
		check_optional(value);
		if (value && i == 0)
			check_message(ctx, value);
	}
	check_alert(ctx, body, size);
	talloc_free(ctx);
	return 0;
}

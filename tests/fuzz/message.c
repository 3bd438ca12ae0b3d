/*
 * A saved message, as it lies in a job's progress: what loads is within Slack's limits in every
 * form, and is the same when it is saved and loaded again. Its mrkdwn is ours and not looked into.
 */
#include "base/mem.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_message *m = NULL;
	struct json_object *o = NULL;
	struct err e;
	if (json_parse(ctx, (const char *)data, size, &o, &e)) {
		if (slack_message_load(ctx, o, &m, &e)) {
			fuzz_check_all_forms(ctx, m, FUZZ_LIMITS);
			FUZZ_CHECK(strcmp(slack_message_text(m), json_str_or(o, "text", "?")) == 0);
		} else {
			fuzz_check_error(&e, ERR_BAD_INPUT);
		}
	}
	talloc_free(ctx);
	return 0;
}

/*
 * A slash command from its form to a worker: what the job's body keeps is what came, and the
 * cleaned text is text: no markup's length grows, nothing invisible stays, blanks are folded.
 */
#include "slack/inbound.h"

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_saved(TALLOC_CTX *ctx, const struct slack_inbound *in)
{
	const char *text = json_text(slack_inbound_save(ctx, in));
	struct slack_inbound *again = NULL;
	struct json_object *o = NULL;
	struct err e;
	FUZZ_CHECK(strstr(text, "\"token\"") == NULL);
	FUZZ_CHECK(json_parse(ctx, text, strlen(text), &o, &e));
	FUZZ_CHECK(slack_inbound_load(ctx, o, &again, &e));
	FUZZ_CHECK(same(in->team_id, again->team_id) && same(in->channel_id, again->channel_id));
	FUZZ_CHECK(same(in->user_id, again->user_id) && same(in->command, again->command));
	FUZZ_CHECK(same(in->text, again->text) && same(in->response_url, again->response_url));
	FUZZ_CHECK(same(in->trigger_id, again->trigger_id));
	FUZZ_CHECK(same(in->thread_ts, again->thread_ts));
}

static void check_folded(const char *s)
{
	const char *close;
	for (; *s; s++) {
		if (*s == '"' && (close = strchr(s + 1, '"')) != NULL)
			s = close;
		else
			FUZZ_CHECK(s[0] != ' ' || s[1] != ' ');
	}
}

static void check_clean(TALLOC_CTX *ctx, const char *text)
{
	static const char *const gone[] = { "\u200b", "\u2060", "\ufeff", "“", "’", "\u00a0" };
	char *clean = slack_inbound_clean(ctx, text);
	fuzz_check_utf8(clean);
	FUZZ_CHECK(strlen(clean) <= strlen(text));
	FUZZ_CHECK(strcmp(clean, text_trim(ctx, clean)) == 0);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		FUZZ_CHECK(strstr(clean, gone[i]) == NULL);
	check_folded(clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = NULL;
	struct form *f = NULL;
	struct err e;
	check_clean(ctx, text_clean(ctx, (const char *)data, size));
	if (form_parse(ctx, (const char *)data, size, &f, &e) &&
	    slack_inbound_from_form(ctx, f, &in, &e)) {
		FUZZ_CHECK(in->command[0] && in->channel_id[0] && in->user_id[0] && in->team_id[0]);
		FUZZ_CHECK(text_chars(in->command) <= 255);
		check_saved(ctx, in);
		check_clean(ctx, in->text);
	} else {
		fuzz_check_error(&e, ERR_BAD_INPUT);
	}
	talloc_free(ctx);
	return 0;
}

/*
 * What a person wrote below an answer: it is words, or values with a name, or no follow-up; nothing
 * of what was written gets lost but the words, and reading the values alone gives the same values.
 */
#include "bot/followup.h"

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "slack/inbound.h"

static void check(TALLOC_CTX *ctx, const char *text)
{
	struct followup f, again;
	bool any = false;

	if (!followup_read(ctx, text, &f))
		return;
	for (size_t i = 0; i < FOLLOWUP_WORDS; i++)
		any = any || f.words[i];
	fuzz_check_utf8(f.values);
	FUZZ_CHECK(strlen(f.values) <= strlen(text));
	FUZZ_CHECK(any || f.values[0] != '\0');
	FUZZ_CHECK((f.name != NULL) == (f.values[0] != '\0'));
	if (!f.name)
		return;
	fuzz_check_utf8(f.name);
	FUZZ_CHECK(f.name[0] != '\0' && strlen(f.name) < strlen(f.values));
	FUZZ_CHECK(followup_read(ctx, f.values, &again));
	FUZZ_CHECK(strcmp(again.values, f.values) == 0 && strcmp(again.name, f.name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);

	check(ctx, slack_inbound_clean(ctx, text_clean(ctx, (const char *)data, size)));
	talloc_free(ctx);
	return 0;
}

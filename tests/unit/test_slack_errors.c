/* The table of Slack's error codes: complete, unambiguous, and useful to a person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "slack/errors_private.h"
#include "test_slack_fixture.h"

/* error-codes.txt: Slack's method references and the facts, one code a line. */
static void test_all_codes_are_known(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *line = fixture(ctx, "error-codes.txt");
	size_t n = 0;
	(void)state;
	while (*line) {
		size_t len = strcspn(line, "\n");
		char *code = mem_strndup(ctx, line, len);
		const struct slack_error *found = slack_error_find(code);
		if (found->kind == ERR_BAD_REPLY && strstr(found->sentence, "I do not know"))
			fail_msg("not in the table: %s", code);
		assert_string_equal(found->code, code);
		line += len + (line[len] == '\n');
		n++;
	}
	assert_true(n > 100);
	talloc_free(ctx);
}

static void test_every_entry(void **state)
{
	size_t n = 0;
	const struct slack_error *all = slack_errors(&n);
	(void)state;
	for (size_t i = 0; i < n; i++) {
		/* The first of two with one code would hide the second. */
		assert_ptr_equal(slack_error_find(all[i].code), &all[i]);
		assert_int_not_equal(all[i].kind, ERR_NONE);
		assert_true(strlen(all[i].sentence) > 20);
		assert_int_equal(all[i].sentence[strlen(all[i].sentence) - 1], '.');
	}
}

static void test_meanings(void **state)
{
	static const struct {
		const char *code;
		enum err_kind kind;
		enum slack_remedy remedy;
		const char *words;
	} cases[] = {
		{ "not_in_channel", ERR_FORBIDDEN, SLACK_REMEDY_HOOK, "/invite" },
		{ "channel_not_found", ERR_NOT_FOUND, SLACK_REMEDY_HOOK, "/invite" },
		{ "invalid_blocks", ERR_BAD_INPUT, SLACK_REMEDY_SIMPLER, "simpler" },
		{ "invalid_attachments", ERR_BAD_INPUT, SLACK_REMEDY_SIMPLER, "simpler" },
		{ "msg_blocks_too_long", ERR_BAD_INPUT, SLACK_REMEDY_SIMPLER, "too long" },
		{ "invalid_auth", ERR_AUTH, SLACK_REMEDY_OWNER, "SLACK_API_KEY" },
		{ "missing_scope", ERR_FORBIDDEN, SLACK_REMEDY_OWNER, "owner" },
		{ "ratelimited", ERR_RATE_LIMITED, SLACK_REMEDY_NONE, "slow down" },
		{ "rate_limited", ERR_RATE_LIMITED, SLACK_REMEDY_NONE, "slow down" },
		{ "internal_error", ERR_UNKNOWN, SLACK_REMEDY_NONE, "trouble" },
		{ "is_archived", ERR_FORBIDDEN, SLACK_REMEDY_NONE, "archived" },
		{ "no_such_code_today", ERR_BAD_REPLY, SLACK_REMEDY_NONE, "no_such_code_today" },
		{ "", ERR_BAD_REPLY, SLACK_REMEDY_NONE, "do not know" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct slack_error *found = slack_error_find(cases[i].code);
		assert_int_equal(found->kind, cases[i].kind);
		assert_int_equal(found->remedy, cases[i].remedy);
		assert_non_null(strstr(found->sentence, cases[i].words));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_codes_are_known),
		cmocka_unit_test(test_every_entry),
		cmocka_unit_test(test_meanings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

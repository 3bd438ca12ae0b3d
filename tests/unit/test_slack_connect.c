/* Whom a WebSocket may lead to, and which refusals end the trying. The calls themselves are tested
 * end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "slack/connect.h"

#define API "https://slack.com/api/"

static void test_addresses(void **state)
{
	static const struct {
		const char *url, *api;
		bool ok;
	} cases[] = {
		{ "wss://wss-primary.slack.com/link/?ticket=x", API, true },
		{ "wss://slack.com/link", API, true },
		{ "wss://wss.slack-gov.com/link", API, true },
		{ "wss://wss.slack.com:8443/link", API, true },
		{ "wss://slack.example.com/link", "https://slack.example.com/api/", true },
		{ "ws://127.0.0.1:3334/link", "http://127.0.0.1:3334/api/", true },
		{ "ws://localhost:1/link", "http://localhost:3334/api/", true },
		{ "ws://wss-primary.slack.com/link", API, false },
		{ "ws://slack.example.com/link", "http://slack.example.com/api/", false },
		{ "ws://127.0.0.1:3334/link", API, false },
		{ "wss://slack.com.example.com/link", API, false },
		{ "wss://notslack.com/link", API, false },
		{ "wss://slack.com@example.com/link", API, false },
		{ "wss://other.example.com/link", "https://slack.example.com/api/", false },
		{ "wss://a.slack.example.com/link", "https://slack.example.com/api/", false },
		{ "https://wss-primary.slack.com/link", API, false },
		{ "", API, false },
		{ "wss://", API, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool ok = slack_connect_url_ok(cases[i].url, cases[i].api);
		if (ok != cases[i].ok)
			print_message("%s with %s\n", cases[i].url, cases[i].api);
		assert_int_equal(ok, cases[i].ok);
	}
}

static void test_long_address(void **state)
{
	char *url = mem_strdup(NULL, "wss://wss-primary.slack.com/link/?ticket=");

	(void)state;
	for (int i = 0; i < 9000; i++)
		mem_append(&url, "x");
	assert_false(slack_connect_url_ok(url, API));
	talloc_free(url);
}

/* By the table of errors.c: a code that moves to another kind shows here. */
static void test_final(void **state)
{
	static const struct {
		const char *code;
		bool final;
	} cases[] = {
		{ "invalid_auth", true },	    { "account_inactive", true },
		{ "token_revoked", true },	    { "not_authed", true },
		{ "forbidden_team", true },	    { "not_allowed_token_type", true },
		{ "missing_scope", true },	    { "method_deprecated", true },
		{ "user_removed_from_team", true }, { "team_disabled", true },
		{ "insecure_request", true },	    { "rtm_connect_required", true },
		{ "ratelimited", false },	    { "internal_error", false },
		{ "migration_in_progress", false }, { "team_added_to_org", false },
		{ "service_unavailable", false },   { "something_new", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct err e = { .kind = slack_error_find(cases[i].code)->kind };
		if (slack_connect_is_final(&e) != cases[i].final)
			print_message("%s\n", cases[i].code);
		assert_int_equal(slack_connect_is_final(&e), cases[i].final);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_long_address),
		cmocka_unit_test(test_final),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Signatures against Slack's own example, and all the ways in which a request may be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "slack/verify.h"
#include "test_slack_fixture.h"

struct known {
	TALLOC_CTX *ctx;
	const char *secret, *timestamp, *signature, *body;
	int64_t now_ms;
};

static int set_up(void **state)
{
	struct known *k = calloc(1, sizeof(*k));
	struct json_object *o = NULL;
	struct err e;
	k->ctx = mem_ctx(NULL);
	char *text = fixture(k->ctx, "signature-known-answer.json");
	assert_true(json_parse(k->ctx, text, strlen(text), &o, &e));
	k->secret = json_str(o, "signing_secret");
	k->timestamp = json_str(o, "timestamp");
	k->signature = json_str(o, "signature");
	k->body = fixture(k->ctx, json_str(o, "body_file"));
	k->now_ms = strtoll(k->timestamp, NULL, 10) * 1000;
	*state = k;
	return 0;
}

static int tear_down(void **state)
{
	struct known *k = *state;
	talloc_free(k->ctx);
	free(k);
	return 0;
}

static bool verify(const struct known *k, struct err *e)
{
	const char *secrets[] = { NULL, k->secret };
	return slack_verify_signature(secrets, 2, k->timestamp, k->signature, k->body,
				      strlen(k->body), k->now_ms, e);
}

static void test_known_answer(void **state)
{
	struct known *k = *state;
	struct err e;
	assert_true(verify(k, &e));
}

static void test_window(void **state)
{
	static const struct {
		int64_t off_s;
		bool ok;
	} cases[] = { { 0, true },    { 300, true },   { -300, true },
		      { 301, false }, { -301, false }, { 86400, false } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct known k = *(struct known *)*state;
		struct err e = { 0 };
		k.now_ms += cases[i].off_s * 1000;
		assert_int_equal(verify(&k, &e), cases[i].ok);
		if (!cases[i].ok) {
			assert_int_equal(e.kind, ERR_AUTH);
			assert_non_null(strstr(e.text, "clock"));
		}
	}
}

static void test_wrong_requests(void **state)
{
	const struct known *good = *state;
	const struct {
		const char *secret, *timestamp, *signature, *body;
	} cases[] = {
		{ .secret = "8f742231b10e8888abcd99yyyzzz85a6" },
		{ .secret = "" },
		{ .timestamp = "1531420617" },
		{ .timestamp = "+1531420618" },
		{ .timestamp = " 1531420618" },
		{ .timestamp = "1531420618 " },
		{ .timestamp = "1531420618.0" },
		{ .timestamp = "-1" },
		{ .timestamp = "" },
		{ .timestamp = "99999999999999999999999" },
		{ .signature = "" },
		{ .signature = "v0=" },
		{ .signature = good->signature + 3 },
		{ .signature = mem_printf(good->ctx, "v1%s", good->signature + 2) },
		{ .signature = mem_printf(good->ctx, "%s00", good->signature) },
		{ .signature = mem_strndup(good->ctx, good->signature, 66) },
		{ .signature = mem_printf(good->ctx, "%.66sg", good->signature) },
		{ .signature = mem_printf(good->ctx, "%.66s4", good->signature) },
		{ .body = "token=x" },
		{ .body = "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct known k = *good;
		struct err e = { 0 };
		k.secret = cases[i].secret ? cases[i].secret : k.secret;
		k.timestamp = cases[i].timestamp ? cases[i].timestamp : k.timestamp;
		k.signature = cases[i].signature ? cases[i].signature : k.signature;
		k.body = cases[i].body ? cases[i].body : k.body;
		if (verify(&k, &e))
			fail_msg("case %zu was taken", i);
		assert_int_equal(e.kind, ERR_AUTH);
		assert_null(strstr(e.text, good->secret));
		assert_null(strstr(e.text, good->signature + 3));
	}
}

static void test_missing_headers(void **state)
{
	struct known k = *(struct known *)*state;
	struct err e;
	k.timestamp = NULL;
	assert_false(verify(&k, &e));
	k = *(struct known *)*state;
	k.signature = NULL;
	assert_false(verify(&k, &e));
	k.secret = NULL;
	assert_false(verify(&k, &e));
	assert_non_null(strstr(e.text, "no signing secret"));
	assert_false(slack_verify_signature(NULL, 0, "1", "v0=", "", 0, 0, &e));
}

/* While a secret is rotated, either counts. */
static void test_two_secrets(void **state)
{
	const struct known *k = *state;
	const char *both[2][2] = { { k->secret, "other" }, { "other", k->secret } };
	struct err e;
	for (size_t i = 0; i < 2; i++)
		assert_true(slack_verify_signature(both[i], 2, k->timestamp, k->signature, k->body,
						   strlen(k->body), k->now_ms, &e));
}

static void test_token(void **state)
{
	static const struct {
		const char *tokens[2];
		const char *token;
		bool ok;
	} cases[] = {
		{ { "abc", NULL }, "abc", true }, { { "abc", "def" }, "def", true },
		{ { NULL, "def" }, "def", true }, { { "abc", NULL }, "abd", false },
		{ { "abc", NULL }, "ab", false }, { { "abc", NULL }, "abcd", false },
		{ { "abc", NULL }, "", false },	  { { "abc", NULL }, NULL, false },
		{ { "", NULL }, "", false },	  { { NULL, NULL }, "abc", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		assert_int_equal(slack_verify_token(cases[i].tokens, 2, cases[i].token, &e),
				 cases[i].ok);
		if (!cases[i].ok)
			assert_int_equal(e.kind, ERR_AUTH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_known_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_window, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wrong_requests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_headers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_secrets, set_up, tear_down),
		cmocka_unit_test(test_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

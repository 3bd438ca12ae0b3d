/* Data actions: which links are some, the call that is made at most once, Looker's answers in all
 * their shapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/http.h"
#include "test_looker_action.h"

static bool perform(struct looker_performed *ret, struct err *e)
{
	return looker_action_perform(fake.ctx, fake.lk, looker_fake_deadline(), parse(ACTION), NULL,
				     ret, e);
}

/* --- what is an action --- */

static void test_label(void **state)
{
	static const struct {
		const char *action, *label;
	} cases[] = {
		{ "{\"label\":\"Close ticket\"}", "Close ticket" },
		{ "{\"label\":\"  a\\nb\\tc \"}", "a b c" },
		{ "{\"label\":\"\"}", "Action" },
		{ "{\"label\":7}", "Action" },
		{ "{}", "Action" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(looker_action_label(fake.ctx, parse(cases[i].action)),
				    cases[i].label);
	char *many = mem_printf(fake.ctx, "{\"label\":\"%0200d\"}", 7);
	assert_int_equal(text_chars(looker_action_label(fake.ctx, parse(many))), 75);
}

static void test_is(void **state)
{
	(void)state;
	assert_true(looker_action_is(parse(ACTION)));
	assert_false(looker_action_is(parse("{\"type\":\"measure_default\",\"url\":\"/x\"}")));
	assert_false(looker_action_is(parse("\"action\"")));
	assert_false(looker_action_is(parse("[]")));
	assert_false(looker_action_is(NULL));
	char *large = mem_printf(fake.ctx, "{\"type\":\"action\",\"x\":\"%033000d\"}", 1);
	assert_false(looker_action_is(parse(large)));
	assert_false(looker_action_asks(parse(ACTION)));
	assert_false(looker_action_asks(parse("{\"form\":[],\"form_url\":\"\"}")));
	assert_false(looker_action_asks(parse("{\"form\":null,\"form_url\":null}")));
	assert_true(looker_action_asks(parse("{\"form_url\":\"https://h.example/f\"}")));
	assert_true(looker_action_asks(parse("{\"form\":[{\"name\":\"a\"}]}")));
}

/* --- performing --- */

static void test_sent(void **state)
{
	struct looker_performed p;
	struct err e;

	(void)state;
	path.body = "{\"webhook_id\":\"0af\",\"success\":true,\"refresh_query\":true,"
		    "\"validation_errors\":null,\"message\":\"Sent\"}";
	assert_true(perform(&p, &e));
	assert_string_equal(fake.last_body, "{\"action\":" ACTION ",\"form_values\":{}}");
	assert_true(p.success);
	assert_true(p.refresh);
	assert_string_equal(p.message, "Sent");
	assert_int_equal(p.n_faults, 0);
	assert_true(looker_action_perform(fake.ctx, fake.lk, looker_fake_deadline(), parse(ACTION),
					  parse("{\"why\":\"a \\\"b\\\"\"}"), &p, &e));
	assert_non_null(strstr(fake.last_body, "\"form_values\":{\"why\":\"a \\\"b\\\"\"}"));
}

static void test_answers(void **state)
{
	/* fault: "field=message", or NULL */
	static const struct {
		const char *body;
		bool success;
		const char *message, *fault;
		size_t n_faults;
	} cases[] = {
		{ "{\"success\":true}", true, NULL, NULL, 0 },
		{ "{\"success\":true,\"message\":\" \"}", true, NULL, NULL, 0 },
		{ "{\"success\":false,\"message\":\"No\"}", false, "No", NULL, 0 },
		{ "{\"success\":false,\"validation_errors\":{}}", false, NULL, NULL, 0 },
		{ "{\"success\":false,\"validation_errors\":{\"message\":\"Bad\",\"errors\":[]}}",
		  false, "Bad", NULL, 0 },
		{ "{\"success\":false,\"validation_errors\":{\"message\":\"Bad\"}}", false, "Bad",
		  NULL, 0 },
		{ "{\"success\":false,\"validation_errors\":{\"message\":\"Bad\",\"errors\":"
		  "[{\"field\":\"why\",\"code\":null,\"message\":\"Too "
		  "short\"},{\"code\":\"x\"}]}}",
		  false, "Bad", "why=Too short", 2 },
		{ "{\"success\":false,\"validation_errors\":[{\"field\":\"a\",\"message\":\"b\"}]}",
		  false, NULL, "a=b", 1 },
		{ "{\"success\":false,\"validation_errors\":{\"channel\":\"No such channel\","
		  "\"n\":1}}",
		  false, NULL, "channel=No such channel", 1 },
		{ "{\"success\":false,\"validation_errors\":\"odd\"}", false, NULL, NULL, 0 },
		{ "{\"success\":false,\"validation_errors\":{\"errors\":[null,1,\"x\"]}}", false,
		  NULL, "=is not accepted", 3 },
	};
	struct looker_performed p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		path.body = cases[i].body;
		if (!perform(&p, &e))
			fail_msg("%s: %s", path.body, e.text);
		assert_int_equal(p.success, cases[i].success);
		if (cases[i].message)
			assert_string_equal(p.message, cases[i].message);
		else
			assert_null(p.message);
		assert_int_equal(p.n_faults, cases[i].n_faults);
		if (cases[i].fault)
			assert_string_equal(mem_printf(fake.ctx, "%s=%s", p.faults[0].field,
						       p.faults[0].message),
					    cases[i].fault);
	}
}

/* Which failures prove that nothing was done. */
static void test_once(void **state)
{
	static const struct {
		int status;
		const char *type, *body;
		size_t missing;
		enum err_kind kind;
	} cases[] = {
		{ 400, NULL, "{\"message\":\"no such action\"}", 0, ERR_BAD_INPUT },
		{ 403, NULL, "{\"message\":\"no\"}", 0, ERR_FORBIDDEN },
		{ 404, NULL, "{\"message\":\"Not found\"}", 0, ERR_NOT_FOUND },
		{ 422, NULL, "{\"message\":\"bad\"}", 0, ERR_BAD_INPUT },
		{ 429, NULL, "{}", 0, ERR_RATE_LIMITED },
		{ 500, NULL, "{\"message\":\"oops\"}", 0, ERR_UNKNOWN },
		{ 502, "text/html", "<p>Bad gateway</p>", 0, ERR_UNKNOWN },
		{ 504, "text/html", "<p>Time-out</p>", 0, ERR_UNKNOWN },
		{ 200, "text/html", "<p>hello</p>", 0, ERR_UNKNOWN },
		{ 200, NULL, "", 0, ERR_UNKNOWN },
		{ 200, NULL, "{\"success\":tr", 0, ERR_UNKNOWN },
		{ 200, NULL, "{\"success\":true}", 50, ERR_UNKNOWN }, /* the line died */
		{ 200, NULL, "{}", 0, ERR_UNKNOWN },
		{ 200, NULL, "[true]", 0, ERR_UNKNOWN },
		{ 204, NULL, "", 0, ERR_UNKNOWN },
		{ 0, NULL, NULL, 0, ERR_UNKNOWN }, /* closed without a word */
	};
	struct looker_performed p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int before = atomic_load(&fake.calls);

		path.status = cases[i].status;
		path.type = cases[i].type;
		path.body = cases[i].body;
		path.missing = cases[i].missing;
		assert_false(perform(&p, &e));
		if (e.kind != cases[i].kind)
			fail_msg("case %zu: %s: %s", i, err_kind_name(e.kind), e.text);
		assert_int_equal(atomic_load(&fake.calls), before + 1);
	}
}

/* A refused token proves that nothing was done: once more with a new one. */
static void test_token(void **state)
{
	struct looker_performed p;
	struct err e;

	(void)state;
	path.body = "{\"success\":true}";
	fake.refuse = 1;
	assert_true(perform(&p, &e));
	assert_int_equal(atomic_load(&fake.calls), 2);
	assert_int_equal(atomic_load(&fake.logins), 2);
}

static void test_nobody_there(void **state)
{
	struct looker_performed p;
	struct err e;

	(void)state;
	path.body = "{\"success\":true}";
	assert_true(perform(&p, &e)); /* there is a token now */
	httpd_stop(fake.httpd);
	fake.httpd = NULL;
	assert_false(perform(&p, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
}

/* --- a time-out --- */

static atomic_bool released;
static atomic_int held;

/* Gives a token, and then no answer until the test is over. */
static void hold(void *arg, const struct httpd_request *rq, struct httpd_answer *ret)
{
	(void)arg;
	ret->status = 200;
	ret->body = "{\"access_token\":\"tok\",\"token_type\":\"Bearer\",\"expires_in\":3600}";
	if (strcmp(rq->path, "/api/4.0/login") == 0)
		return;
	atomic_fetch_add(&held, 1);
	while (!atomic_load(&released))
		clock_sleep_until(clock_deadline_ms(10));
}

static void test_no_answer_in_time(void **state)
{
	struct httpd *httpd = httpd_start(hold, NULL);
	struct config_looker config = fake.config;
	struct looker_performed p;
	struct err e;

	(void)state;
	config.api_url = mem_printf(fake.ctx, "http://127.0.0.1:%d/api/4.0", httpd_port(httpd));
	struct looker *lk = looker_new(fake.ctx, &config, true, NULL);
	assert_true(looker_login(fake.ctx, lk, looker_fake_deadline(), &e));
	assert_false(looker_action_perform(fake.ctx, lk, clock_deadline_ms(1500), parse(ACTION),
					   NULL, &p, &e));
	assert_int_equal(e.kind, ERR_UNKNOWN);
	assert_int_equal(atomic_load(&held), 1);
	atomic_store(&released, true);
	httpd_stop(httpd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_label, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_token, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_answer_in_time, set_up, tear_down),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

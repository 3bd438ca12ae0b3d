/* Token and calls against an in-process Looker: logins, 401, refusals, pages instead of data. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "looker_fake.h"
#include "net/http.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define THREADS 16
#define ME "/api/4.0/user"

static const struct looker_fake_path paths[] = {
	{ "GET", ME, 200, NULL, "{\"id\":\"7\"}", 0 },
	{ "GET", "/api/4.0/page", 404, "text/html; charset=utf-8",
	  "<html><body><h1>No such page</h1></body></html>", 0 },
	{ "GET", "/api/4.0/ok_page", 200, "text/html", "<p>Sign in</p>", 0 },
	{ "GET", "/api/4.0/cut", 200, NULL, "{\"id\":\"7\",\"ti", 0 },
	{ "GET", "/api/4.0/short", 200, NULL, "{\"id\":\"7\",\"ti", 1000 },
	{ "GET", "/api/4.0/closed", 0, NULL, "", 0 },
	{ "GET", "/api/4.0/denied", 403, NULL, "{\"message\":\"Database OAuth Error\"}", 0 },
	{ "GET", "/api/4.0/busy", 503, "text/html", "<h1>Asleep</h1>", 0 },
	{ "GET", "/api/4.0/broken", 500, NULL, "{\"message\":\"An error has occurred.\"}", 0 },
	{ "GET", "/api/4.0/slow_down", 429, NULL, "{}", 0 },
	{ "GET", "/api/4.0/moved", 302, NULL, "", 0 },
	{ "GET", "/api/4.0/big", 200, NULL,
	  "{\"a\":25000000000000000000000,\"b\": -9999999999999999999 ,\"c\":9007199254740993,"
	  "\"d\":\"\\\"99999999999999999999999\",\"e\":0.250000000000000000000000000,"
	  "\"f\":[{\"g\":11111111111111111111}]}",
	  0 },
	{ "POST", "/api/4.0/bad", 400, NULL, "{\"message\":\"syntax error\"}", 0 },
	{ "POST", "/api/4.0/invalid", 422, NULL,
	  "{\"message\":\"Validation Failed\",\"errors\":[{\"field\":\"model\",\"code\":"
	  "\"missing_field\",\"message\":\"model must be specified\"},{\"field\":\"limit\","
	  "\"code\":\"invalid\"}]}",
	  0 },
};

static struct looker_fake fake;

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.paths = paths;
	fake.n_paths = COUNT(paths);
	looker_fake_start(&fake);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	looker_fake_stop(&fake);
	return 0;
}

static bool get(const char *path, struct json_object **ret, struct err *e)
{
	return looker_get(fake.ctx, fake.lk, looker_fake_deadline(), path, 4096, ret, e);
}

static void get_me(void)
{
	struct json_object *o;
	struct err e = { .kind = ERR_NONE };

	if (!get("/user", &o, &e))
		fail_msg("%s", e.text);
	assert_string_equal(json_str(o, "id"), "7");
}

static void test_one_login_for_many_calls(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		get_me();
	assert_int_equal(fake.logins, 1);
	assert_int_equal(fake.calls, 3);
	assert_string_equal(fake.last_login, "client_id=id%261&client_secret=sec%20ret");
}

static void test_401_once(void **state)
{
	(void)state;
	get_me();
	fake.refuse = 1;
	get_me();
	assert_int_equal(fake.logins, 2);
	assert_int_equal(fake.calls, 3);
	get_me();
	assert_int_equal(fake.logins, 2);
}

static void test_401_twice(void **state)
{
	struct json_object *o;
	struct err e;

	(void)state;
	fake.refuse = 99;
	assert_false(get("/user", &o, &e));
	assert_int_equal(e.kind, ERR_AUTH);
	assert_int_equal(fake.logins, 2);
	assert_int_equal(fake.calls, 2);
}

/* json-c would make 18446744073709551615 of the first one, without a word. */
static void test_big_integers(void **state)
{
	struct json_object *o;
	struct err e;

	(void)state;
	if (!get("/big", &o, &e))
		fail_msg("%s", e.text);
	assert_string_equal(json_str(o, "a"), "25000000000000000000000");
	assert_string_equal(json_str(o, "b"), "-9999999999999999999");
	assert_true(json_int_or(o, "c", 0) == 9007199254740993);
	assert_string_equal(json_str(o, "d"), "\"99999999999999999999999");
	assert_true(json_object_get_double(json_get(o, "e")) == 0.25);
	assert_string_equal(json_str(json_item(json_array_at(o, "f"), 0), "g"),
			    "11111111111111111111");
}

static void *ask(void *arg)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct json_object *o;
	struct err e;

	*(bool *)arg = looker_get(ctx, fake.lk, looker_fake_deadline(), "/user", 4096, &o, &e);
	talloc_free(ctx);
	return NULL;
}

/* Returns how many of the threads got their answer. */
static int ask_from_all(void)
{
	pthread_t threads[THREADS];
	bool ok[THREADS];
	int n = 0;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &ok[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		n += ok[i];
	}
	return n;
}

static void test_one_login_for_all_threads(void **state)
{
	(void)state;
	fake.login_ms = 200;
	assert_int_equal(ask_from_all(), THREADS);
	assert_int_equal(fake.logins, 1);
}

static void test_one_refusal_for_all_threads(void **state)
{
	(void)state;
	fake.login_ms = 300;
	fake.login_status = 404;
	fake.login_body = "{\"message\":\"Not found\"}";
	assert_int_equal(ask_from_all(), 0);
	assert_in_range(fake.logins, 1, 2); /* a thread may start only after the first refusal */
}

/* A renewal happens while the old token lives: no call fails, and one login more is made. */
static void test_early_renewal(void **state)
{
	int64_t until;

	(void)state;
	fake.expires_in_s = 2; /* renewed in its second half */
	get_me();
	get_me();
	assert_int_equal(fake.logins, 1);
	until = clock_deadline_ms(1200);
	clock_sleep_until(until);
	get_me();
	assert_int_equal(fake.logins, 2);
	assert_int_equal(fake.calls, 3); /* none of them was a 401 */
}

static void test_renewal_fails_while_token_lives(void **state)
{
	(void)state;
	fake.expires_in_s = 4;
	get_me();
	fake.login_status = 503;
	clock_sleep_until(clock_deadline_ms(2200));
	get_me();
	get_me();
	assert_int_equal(fake.logins, 2); /* tried once, then left alone */
}

static void test_deadline_while_another_logs_in(void **state)
{
	bool ok;
	struct err e;
	pthread_t thread;

	(void)state;
	fake.login_ms = 800;
	assert_int_equal(pthread_create(&thread, NULL, ask, &ok), 0);
	while (fake.logins == 0)
		clock_sleep_until(clock_deadline_ms(5));
	assert_false(looker_login(fake.ctx, fake.lk, clock_deadline_ms(100), &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	pthread_join(thread, NULL);
	assert_true(ok);
	assert_int_equal(fake.logins, 1);
}

static void test_login_refused(void **state)
{
	static const struct {
		int status;
		const char *type, *body;
		enum err_kind kind;
		const char *says;
	} cases[] = {
		{ 404, NULL, "{\"message\":\"Not found\"}", ERR_AUTH,
		  "Looker at shop.example.com refused the client id and secret (or the API base "
		  "URL is wrong)" },
		{ 404, "text/html", "<h1>Nope</h1>", ERR_AUTH, "refused the client id" },
		{ 403, "text/html", "<h1>Nope</h1>", ERR_AUTH, "refused the client id" },
		{ 502, "text/html", "<h1>Bad gateway</h1>", ERR_TEMPORARY,
		  "login: Looker at shop" },
		{ 429, NULL, "{}", ERR_RATE_LIMITED, "no more calls" },
		{ 200, "text/html", "<h1>Welcome</h1>", ERR_BAD_REPLY, "web page" },
		{ 200, NULL, "{}", ERR_BAD_REPLY, "without a token" },
		{ 200, NULL, "{\"access_token\":\"a\\r\\nb\"}", ERR_BAD_REPLY, "without a token" },
		{ 200, NULL, "{\"access", ERR_BAD_REPLY, "cannot be read" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e;

		fake.login_status = cases[i].status;
		fake.login_type = cases[i].type;
		fake.login_body = cases[i].body;
		assert_false(looker_login(fake.ctx, fake.lk, looker_fake_deadline(), &e));
		if (e.kind != cases[i].kind || strstr(e.text, cases[i].says) == NULL)
			fail_msg("case %zu: %s: %s", i, err_kind_name(e.kind), e.text);
		assert_null(strstr(e.text, "sec ret"));
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *path;
		enum err_kind kind;
		const char *says;
	} cases[] = {
		{ "/nothing", ERR_NOT_FOUND, "not found, or the Looker account may not see it" },
		{ "/page", ERR_BAD_REPLY, "web page" },
		{ "/page", ERR_BAD_REPLY, "No such page" },
		{ "/ok_page", ERR_BAD_REPLY, "Sign in" },
		{ "/cut", ERR_BAD_REPLY, "cannot be read" },
		{ "/short", ERR_TEMPORARY, "shop.example.com" },
		{ "/closed", ERR_TEMPORARY, "shop.example.com" },
		{ "/denied", ERR_FORBIDDEN, "Database OAuth Error" },
		{ "/busy", ERR_TEMPORARY, "Asleep" },
		{ "/broken", ERR_TEMPORARY, "An error has occurred." },
		{ "/moved", ERR_BAD_REPLY, "302" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_object *o;
		struct err e = { .kind = ERR_NONE };

		assert_false(get(cases[i].path, &o, &e));
		if (e.kind != cases[i].kind || strstr(e.text, cases[i].says) == NULL)
			fail_msg("%s: %s: %s", cases[i].path, err_kind_name(e.kind), e.text);
		assert_non_null(strstr(e.text, "shop.example.com"));
	}
}

static void test_rate_limited(void **state)
{
	struct json_object *o;
	struct err e;
	int64_t now = clock_now_ms();

	(void)state;
	assert_false(get("/slow_down", &o, &e));
	assert_int_equal(e.kind, ERR_RATE_LIMITED);
	assert_true(e.not_before_ms > now);
}

static void test_post_refused(void **state)
{
	struct json_object *o, *body = json_new_object(fake.ctx);
	struct err e;

	(void)state;
	json_set_str(body, "model", "shop");
	assert_false(looker_post(fake.ctx, fake.lk, looker_fake_deadline(), "/invalid", body, 4096,
				 &o, &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	assert_string_equal(e.text, "Looker at shop.example.com: Validation Failed: model: model "
				    "must be specified; limit: invalid");
	assert_string_equal(fake.last_body, "{\"model\":\"shop\"}");
	assert_false(
		looker_post(fake.ctx, fake.lk, looker_fake_deadline(), "/bad", body, 4096, &o, &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	assert_non_null(strstr(e.text, "syntax error"));
}

static void test_unreachable(void **state)
{
	struct json_object *o;
	struct err e;

	(void)state;
	httpd_stop(fake.httpd);
	fake.httpd = NULL;
	assert_false(get("/user", &o, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, "shop.example.com"));
}

static void test_links(void **state)
{
	static const struct {
		const char *url, *link;
	} cases[] = {
		{ "/looks/42", "https://shop.example.com/looks/42" },
		{ "/explore/x?f[a b]=1", "https://shop.example.com/explore/x?f[a b]=1" },
		{ "https://other.example.com/x", "https://other.example.com/x" },
		{ "HTTP://other.example.com/x", "HTTP://other.example.com/x" },
		{ "javascript:alert(1)", NULL },
		{ "data:text/html,x", NULL },
		{ "//evil.example.com/x", NULL },
		{ "/\\evil.example.com", NULL },
		{ "looks/42", NULL },
		{ "https://", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *link = looker_link(fake.ctx, looker_url(fake.lk), cases[i].url);

		if (cases[i].link == NULL)
			assert_null(link);
		else
			assert_string_equal(link, cases[i].link);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_login_for_many_calls),
		TEST(test_big_integers),
		TEST(test_401_once),
		TEST(test_401_twice),
		TEST(test_one_login_for_all_threads),
		TEST(test_one_refusal_for_all_threads),
		TEST(test_early_renewal),
		TEST(test_renewal_fails_while_token_lives),
		TEST(test_deadline_while_another_logs_in),
		TEST(test_login_refused),
		TEST(test_errors),
		TEST(test_rate_limited),
		TEST(test_post_refused),
		TEST(test_unreachable),
		TEST(test_links),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

/* Tokens of other users against an in-process Looker: one login for all who wait, refusals, a 401,
 * renewal, how many are kept. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "httpd.h"
#include "looker/auth_as.h"
#include "net/http.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define THREADS 16
#define LOGIN "/api/4.0/login"
#define NEEDS_LOGIN "{\"message\":\"Requires authentication.\",\"documentation_url\":\"\"}"

/* A token is "bot-N", or "as-USER-N" for another user: N is the newest login of whoever it is. */
static struct {
	/* set by the test */
	int as_status; /* of a login as another user; 0: 200 */
	const char *as_body;
	int expires_in_s; /* of its token; 0: 3600 */
	int login_ms;	  /* how long it takes */
	int refuse;	  /* so many calls with such a token are answered 401 */
	/* written by the server */
	atomic_int own_logins, as_logins;
	int calls;
	char last_path[4096];
	char answer[8192];
} fake;

static TALLOC_CTX *ctx;
static struct httpd *httpd;
static struct config_looker config;
static struct looker *own;

static void give_token(const char *who, int n, int expires_in_s, struct httpd_answer *ret)
{
	snprintf(fake.answer, sizeof(fake.answer),
		 "{\"access_token\":\"%s-%d\",\"token_type\":\"Bearer\",\"expires_in\":%d,"
		 "\"refresh_token\":null}",
		 who, n, expires_in_s != 0 ? expires_in_s : 3600);
	*ret = (struct httpd_answer){ .status = 200, .type = "application/json" };
	ret->body = fake.answer;
}

static void say(int status, const char *body, struct httpd_answer *ret)
{
	*ret = (struct httpd_answer){ .status = status, .type = "application/json", .body = body };
}

static bool is_bot(const struct httpd_request *rq)
{
	return strncmp(rq->authorization, "Bearer bot-", 11) == 0;
}

static void on_login_as(const struct httpd_request *rq, struct httpd_answer *ret)
{
	int n = atomic_fetch_add(&fake.as_logins, 1) + 1;
	char who[64];

	if (fake.login_ms > 0)
		clock_sleep_until(clock_deadline_ms(fake.login_ms));
	snprintf(who, sizeof(who), "as-%s", rq->path + strlen(LOGIN "/"));
	if (!is_bot(rq))
		say(401, NEEDS_LOGIN, ret);
	else if (rq->body[0] != '\0')
		say(400, "{\"message\":\"No body is taken\"}", ret);
	else if (fake.as_status != 0)
		say(fake.as_status, fake.as_body, ret);
	else
		give_token(who, n, fake.expires_in_s, ret);
}

/* Says whose token it was. */
static void on_user(const struct httpd_request *rq, struct httpd_answer *ret)
{
	fake.calls++;
	if (!is_bot(rq) && fake.refuse > 0) {
		fake.refuse--;
		say(401, NEEDS_LOGIN, ret);
		return;
	}
	snprintf(fake.answer, sizeof(fake.answer), "{\"id\":\"%s\"}", rq->authorization);
	say(200, fake.answer, ret);
}

static void on_request(void *arg, const struct httpd_request *rq, struct httpd_answer *ret)
{
	(void)arg;
	snprintf(fake.last_path, sizeof(fake.last_path), "%s", rq->path);
	if (strcmp(rq->path, LOGIN) == 0)
		give_token("bot", atomic_fetch_add(&fake.own_logins, 1) + 1, 0, ret);
	else if (strncmp(rq->path, LOGIN "/", strlen(LOGIN "/")) == 0)
		on_login_as(rq, ret);
	else
		on_user(rq, ret);
}

static int set_up(void **state)
{
	(void)state;
	static char url[64];

	memset(&fake, 0, sizeof(fake));
	ctx = mem_ctx(NULL);
	httpd = httpd_start(on_request, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/api/4.0", httpd_port(httpd));
	config = (struct config_looker){
		.name = "shop.example.com",
		.url = "https://shop.example.com",
		.api_url = url,
		.client_id = "id",
		.client_secret = "not-a-secret",
	};
	own = looker_new(ctx, &config, true, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	httpd_stop(httpd);
	talloc_free(ctx);
	return 0;
}

static int64_t soon(void)
{
	return clock_deadline_ms(20 * 1000);
}

static struct looker *as(TALLOC_CTX *owner, const char *user_id)
{
	struct looker *lk;
	struct err e = { .kind = ERR_NONE };

	if (!looker_as(owner, own, soon(), user_id, &lk, &e))
		fail_msg("as %s: %s", user_id, e.text);
	return lk;
}

/* The token that a call through the handle had. */
static const char *token_of(struct looker *lk)
{
	struct json_object *o;
	struct err e = { .kind = ERR_NONE };

	if (!looker_get(ctx, lk, soon(), "/user", 4096, &o, &e))
		fail_msg("%s", e.text);
	return json_str(o, "id");
}

/* --- tokens --- */

static void test_each_has_a_token_of_its_own(void **state)
{
	(void)state;
	struct looker *ada = as(ctx, "11"), *benji = as(ctx, "12");

	assert_string_equal(token_of(ada), "Bearer as-11-1");
	assert_string_equal(token_of(benji), "Bearer as-12-2");
	assert_string_equal(token_of(own), "Bearer bot-1");
	assert_string_equal(token_of(ada), "Bearer as-11-1");
	assert_string_equal(looker_name(benji), "shop.example.com");
}

static void test_the_token_outlives_the_handle(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		TALLOC_CTX *job = mem_ctx(NULL);

		assert_string_equal(token_of(as(job, "12")), "Bearer as-12-1");
		talloc_free(job);
	}
	assert_int_equal(fake.as_logins, 1);
}

static void test_handles_of_handles(void **state)
{
	struct looker *lk;
	struct err e;

	(void)state;
	assert_true(looker_as(ctx, as(ctx, "11"), soon(), "12", &lk, &e));
	assert_string_equal(token_of(lk), "Bearer as-12-2");
}

/* A generation of settings may go before the job that used it has freed its memory. */
static void test_the_handle_outlives_the_instance(void **state)
{
	TALLOC_CTX *job = mem_ctx(NULL);

	(void)state;
	as(job, "11");
	talloc_free(own);
	talloc_free(job);
	own = looker_new(ctx, &config, true, NULL);
	assert_string_equal(token_of(as(ctx, "11")), "Bearer as-11-2");
}

static void test_ids_are_escaped(void **state)
{
	(void)state;
	as(ctx, "1/../2?x");
	assert_string_equal(fake.last_path, LOGIN "/1%2F..%2F2%3Fx");
}

static void test_401_logs_in_again_once(void **state)
{
	struct looker *lk = as(ctx, "12");
	struct json_object *o;
	struct err e;

	(void)state;
	fake.refuse = 1;
	assert_string_equal(token_of(lk), "Bearer as-12-2");
	assert_int_equal(fake.calls, 2);
	assert_int_equal(fake.own_logins, 1);
	fake.refuse = 99;
	assert_false(looker_get(ctx, lk, soon(), "/user", 4096, &o, &e));
	assert_int_equal(e.kind, ERR_AUTH);
	assert_int_equal(fake.calls, 4);
	assert_int_equal(fake.as_logins, 3);
	fake.refuse = 0;
	assert_string_equal(token_of(own), "Bearer bot-1"); /* the bot's own token is as it was */
}

static void test_renewed_in_time(void **state)
{
	(void)state;
	fake.expires_in_s = 4; /* renewed in its second half */
	struct looker *lk = as(ctx, "12");

	assert_string_equal(token_of(lk), "Bearer as-12-1");
	clock_sleep_until(clock_deadline_ms(2200));
	assert_string_equal(token_of(lk), "Bearer as-12-2");
	assert_int_equal(fake.calls, 2); /* none of them was a 401 */
}

struct asker {
	pthread_t thread;
	const char *user_id;
	bool ok;
};

static void *ask(void *arg)
{
	struct asker *a = arg;
	TALLOC_CTX *job = mem_ctx(NULL);
	char *expected = mem_printf(job, "Bearer as-%s-", a->user_id);
	struct json_object *o;
	struct looker *lk;
	struct err e;

	a->ok = looker_as(job, own, soon(), a->user_id, &lk, &e) &&
		looker_get(job, lk, soon(), "/user", 4096, &o, &e) &&
		strncmp(json_str_or(o, "id", ""), expected, strlen(expected)) == 0;
	talloc_free(job);
	return NULL;
}

/* The server answers one request at a time, so its answers cannot be mixed up by itself. */
static void test_two_users_in_many_threads(void **state)
{
	struct asker askers[THREADS];

	(void)state;
	fake.login_ms = 100;
	for (int i = 0; i < THREADS; i++) {
		askers[i].user_id = i % 2 == 0 ? "11" : "12";
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(askers[i].thread, NULL);
		assert_true(askers[i].ok);
	}
	assert_int_equal(fake.as_logins, 2);
	assert_int_equal(fake.own_logins, 1);
}

static void test_the_longest_unused_goes(void **state)
{
	struct looker *held = as(ctx, "held");

	(void)state;
	as(mem_ctx(ctx), "first");
	for (int i = 0; i < LOOKER_AS_MAX; i++) {
		TALLOC_CTX *job = mem_ctx(ctx);

		as(job, mem_printf(job, "u%d", i));
		if (i % 100 == 0)
			as(job, "first");
		talloc_free(job);
	}
	assert_int_equal(fake.as_logins, LOOKER_AS_MAX + 2);
	as(ctx, "first"); /* used again and again: kept */
	as(ctx, "u500");
	assert_int_equal(fake.as_logins, LOOKER_AS_MAX + 2);
	as(ctx, "u0"); /* gone */
	assert_int_equal(fake.as_logins, LOOKER_AS_MAX + 3);
	assert_string_equal(token_of(held), "Bearer as-held-1"); /* works to its end */
	as(ctx, "held");
	assert_int_equal(fake.as_logins, LOOKER_AS_MAX + 4);
}

/* --- refusals --- */

static void test_refusals(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum err_kind kind;
		enum looker_as_refusal refusal;
		const char *says;
	} cases[] = {
		{ 403, "{\"message\":\"Unsupported in Looker (Google Cloud core)\"}", ERR_FORBIDDEN,
		  LOOKER_AS_CORE,
		  "shop.example.com is Looker (Google Cloud core), where nobody can log in as "
		  "another person" },
		{ 403, "{\"message\":\"Permission Denied\"}", ERR_FORBIDDEN, LOOKER_AS_NO_RIGHT,
		  "needs the Admin role" },
		{ 404, "{\"message\":\"Not found\"}", ERR_NOT_FOUND, LOOKER_AS_GONE,
		  "has no user 12" },
		{ 503, "{}", ERR_TEMPORARY, LOOKER_AS_FAILED, "login as another user: Looker at" },
		{ 429, "{}", ERR_RATE_LIMITED, LOOKER_AS_FAILED, "no more calls" },
		{ 200, "{}", ERR_BAD_REPLY, LOOKER_AS_FAILED, "without a token" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker *lk;
		struct err e;

		fake.as_status = cases[i].status;
		fake.as_body = cases[i].body;
		assert_false(looker_as(ctx, own, soon(), "12", &lk, &e));
		if (e.kind != cases[i].kind || looker_as_refusal(&e) != cases[i].refusal ||
		    strstr(e.text, cases[i].says) == NULL)
			fail_msg("case %zu: %s: %s", i, err_kind_name(e.kind), e.text);
		assert_null(strstr(e.text, "bot-"));
	}
	fake.as_status = 0; /* and no refusal lasts */
	as(ctx, "12");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_has_a_token_of_its_own),
		TEST(test_the_token_outlives_the_handle),
		TEST(test_handles_of_handles),
		TEST(test_the_handle_outlives_the_instance),
		TEST(test_ids_are_escaped),
		TEST(test_401_logs_in_again_once),
		TEST(test_renewed_in_time),
		TEST(test_two_users_in_many_threads),
		TEST(test_the_longest_unused_goes),
		TEST(test_refusals),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

/* A bot with a queue of its own and a scripted Slack: an answer for each method, and how often it
 * was called. */
#ifndef TEST_BOT_H
#define TEST_BOT_H

#include "test_queue.h"

#include "bot/bot.h"
#include "net/http.h"
#include "test_http_server.h"

#define TEST_METHODS 5
#define SELF "{\"ok\":true,\"team_id\":\"T1\",\"user_id\":\"UBOT\",\"bot_id\":\"B1\"}"
#define SELF_GRID "{\"ok\":true,\"team_id\":\"T1\",\"user_id\":\"UBOT\",\"enterprise_id\":\"E1\"}"

static struct test_method {
	const char *name;
	const char *_Atomic body; /* NULL: HTTP 503 */
	_Atomic int calls;
} test_methods[TEST_METHODS] = {
	{ .name = "/api/auth.test" },	       { .name = "/api/users.info" },
	{ .name = "/api/conversations.info" }, { .name = "/api/conversations.list" },
	{ .name = "/api/users.list" },
};

static inline struct test_method *test_method(const char *name)
{
	for (size_t i = 0; i < TEST_METHODS; i++) {
		if (strcmp(test_methods[i].name + strlen("/api/"), name) == 0)
			return &test_methods[i];
	}
	fail_msg("no method %s", name);
	return NULL;
}

static inline void says(const char *method, const char *body)
{
	test_method(method)->body = body;
}

static inline int calls(const char *method)
{
	return test_method(method)->calls;
}

static inline bool test_serve(struct server_conn *c, const char *path, int nth)
{
	(void)nth;
	for (size_t i = 0; i < TEST_METHODS; i++) {
		char answer[4096];
		const char *body = test_methods[i].body;

		if (strcmp(test_methods[i].name, path) != 0)
			continue;
		test_methods[i].calls++;
		snprintf(answer, sizeof(answer),
			 "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
			 "Content-Length: %zu\r\n\r\n%s",
			 body ? "200 OK" : "503 Down", body ? strlen(body) : 0, body ? body : "");
		server_say(c, answer);
		return true;
	}
	return false;
}

struct fixture {
	struct test_queue *t;
	TALLOC_CTX *ctx;
	struct server *s;
	struct config config;
	struct bot bot;
	int64_t deadline_ms;
	struct err e;
};

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (test_queue_setup((void **)&f->t) != 0)
		return -1;
	f->ctx = f->t;
	f->s = server_start(test_serve, NULL);
	f->config.slack_api_key = "xoxb-test-not-a-secret";
	f->bot = (struct bot){
		.config = &f->config,
		.queue = f->t->q,
		.slack = slack_api_new(f->t,
				       mem_printf(f->t, "http://127.0.0.1:%d/api/", f->s->port),
				       f->config.slack_api_key),
	};
	f->deadline_ms = clock_deadline_ms(TEST_LONG_MS);
	for (size_t i = 0; i < TEST_METHODS; i++) {
		test_methods[i].body = NULL;
		test_methods[i].calls = 0;
	}
	says("auth.test", SELF);
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	server_stop(f->s);
	int failed = test_queue_teardown((void **)&f->t);
	free(f);
	return failed;
}

static inline int run_group(const struct CMUnitTest *tests, size_t n)
{
	http_start();
	int failed = _cmocka_run_group_tests("bot", tests, n, NULL, NULL);
	http_stop();
	return failed;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif

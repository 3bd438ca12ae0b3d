/* The Web API against a server in this process: what is sent, and what each answer means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/form.h"
#include "net/http.h"
#include "slack/api.h"
#include "test_http_server.h"
#include "test_slack_fixture.h"

#define TOKEN "xoxb-1-SECRET"

/* What the server says next: the n-th answer to the n-th request, the last one for ever. */
static const char *const *answers;

static bool serve(struct server_conn *c, const char *path, int nth)
{
	(void)path;
	int i = 0;
	while (i + 1 < nth && answers[i + 1])
		i++;
	if (!*answers[i]) { /* the request is taken, and then nothing */
		server_reset(c);
		return false;
	}
	server_say(c, answers[i]);
	return strcasestr(answers[i], "Connection: close") == NULL;
}

struct fixture {
	TALLOC_CTX *ctx;
	struct server *s;
	struct slack_api *api;
	struct json_object *message;
	int64_t deadline_ms;
	struct slack_outcome outcome;
	struct err e;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->ctx = mem_ctx(NULL);
	f->s = server_start(serve, NULL);
	f->api = slack_api_new(f->ctx, mem_printf(f->ctx, "http://127.0.0.1:%d/api/", f->s->port),
			       TOKEN);
	f->message = json_new_object(f->ctx);
	json_set_str(f->message, "text", "a & b");
	f->deadline_ms = clock_deadline_ms(10000);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	server_stop(f->s);
	talloc_free(f->ctx);
	free(f);
	return 0;
}

/* An HTTP answer with a body. */
static const char *http(TALLOC_CTX *ctx, const char *status_and_headers, const char *body)
{
	return mem_printf(ctx, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status_and_headers,
			  strlen(body), body);
}

#define JSON_200 "200 OK\r\nContent-Type: application/json; charset=utf-8"

static void answer(struct fixture *f, const char *first, const char *second)
{
	const char **list = mem_array(f->ctx, const char *, 3);
	list[0] = first;
	list[1] = second;
	answers = list;
}

static struct form *sent_form(struct fixture *f)
{
	struct form *form = NULL;
	const char *body = strstr(f->s->last, "\r\n\r\n");
	struct err e;
	assert_non_null(body);
	assert_true(form_parse(f->ctx, body + 4, strlen(body + 4), &form, &e));
	return form;
}

static bool post(struct fixture *f, struct slack_posted *ret)
{
	f->e = (struct err){ 0 };
	return slack_api_post(f->ctx, f->api, f->deadline_ms, "C1", "1.5", f->message, "d-1", ret,
			      &f->outcome, &f->e);
}

static bool respond(struct fixture *f, bool in_channel)
{
	f->e = (struct err){ 0 };
	return slack_api_respond(f->ctx, f->api, f->deadline_ms,
				 mem_printf(f->ctx, "http://127.0.0.1:%d/hooks/SECRET", f->s->port),
				 in_channel, f->message, &f->outcome, &f->e);
}

static void test_post(void **state)
{
	struct fixture *f = *state;
	struct slack_posted posted = { 0 };
	struct json_object *blocks = json_object_new_array();
	json_object_array_add(blocks, json_object_new_string("b"));
	json_set(f->message, "blocks", blocks);
	answer(f, http(f->ctx, JSON_200, fixture(f->ctx, "chat.postMessage.success.json")), NULL);
	assert_true(post(f, &posted));
	assert_string_equal(posted.channel, "C123ABC456");
	assert_string_equal(posted.ts, "1503435956.000247");
	assert_string_equal(f->outcome.code, "");
	struct form *form = sent_form(f);
	assert_non_null(strstr(f->s->last, "POST /api/chat.postMessage HTTP/1.1\r\n"));
	assert_non_null(strstr(f->s->last, "Authorization: Bearer " TOKEN "\r\n"));
	assert_string_equal(form_get(form, "channel"), "C1");
	assert_string_equal(form_get(form, "thread_ts"), "1.5");
	assert_string_equal(form_get(form, "text"), "a & b");
	assert_string_equal(form_get(form, "blocks"), "[\"b\"]");
	assert_string_equal(form_get(form, "unfurl_links"), "false");
	assert_string_equal(form_get(form, "unfurl_media"), "false");
	assert_string_equal(form_get(form, "metadata"),
			    "{\"event_type\":\"looker_delivery\",\"event_payload\":"
			    "{\"delivery_id\":\"d-1\"}}");
	assert_null(form_get(form, "token"));
}

/* What chat.postMessage, and what a reading call, makes of each answer. */
static const struct refusal {
	const char *head, *body;
	enum err_kind post, read;
	enum slack_remedy remedy;
	const char *code, *words;
} refusals[] = {
	{ JSON_200, "{\"ok\":false,\"error\":\"not_in_channel\"}", ERR_FORBIDDEN, ERR_FORBIDDEN,
	  SLACK_REMEDY_HOOK, "not_in_channel", "/invite" },
	{ JSON_200,
	  "{\"ok\":false,\"error\":\"invalid_blocks\",\"response_metadata\":"
	  "{\"messages\":[\"[ERROR] no more than 50 items\"]}}",
	  ERR_BAD_INPUT, ERR_BAD_INPUT, SLACK_REMEDY_SIMPLER, "invalid_blocks", "50 items" },
	{ JSON_200, "{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"chat:write\"}",
	  ERR_FORBIDDEN, ERR_FORBIDDEN, SLACK_REMEDY_OWNER, "missing_scope", "chat:write" },
	{ JSON_200, "{\"ok\":false,\"error\":\"invalid_auth\"}", ERR_AUTH, ERR_AUTH,
	  SLACK_REMEDY_OWNER, "invalid_auth", "SLACK_API_KEY" },
	{ JSON_200, "{\"ok\":false,\"error\":\"fatal_error\"}", ERR_UNKNOWN, ERR_TEMPORARY,
	  SLACK_REMEDY_NONE, "fatal_error", "trouble" },
	{ JSON_200, "{\"ok\":false,\"error\":\"brand_new\"}", ERR_BAD_REPLY, ERR_BAD_REPLY,
	  SLACK_REMEDY_NONE, "brand_new", "brand_new" },
	{ JSON_200, "{\"ok\":false}", ERR_BAD_REPLY, ERR_BAD_REPLY, SLACK_REMEDY_NONE,
	  "without a code", "" },
	{ JSON_200, "[]", ERR_UNKNOWN, ERR_TEMPORARY, SLACK_REMEDY_NONE, "", "not JSON" },
	{ "200 OK\r\nContent-Type: text/html", "<h1>Log in to the guest network</h1>", ERR_UNKNOWN,
	  ERR_TEMPORARY, SLACK_REMEDY_NONE, "", "not JSON" },
	{ "500 No", "", ERR_UNKNOWN, ERR_TEMPORARY, SLACK_REMEDY_NONE, "", "HTTP 500" },
	{ "503 No\r\nContent-Type: text/html", "<b>Try later</b>", ERR_UNKNOWN, ERR_TEMPORARY,
	  SLACK_REMEDY_NONE, "", "Try later" },
	{ "403 No\r\nContent-Type: text/html", "<b>Proxy</b>", ERR_BAD_REPLY, ERR_BAD_REPLY,
	  SLACK_REMEDY_NONE, "", "HTTP 403" },
	{ "400 No", "{\"ok\":false,\"error\":\"is_archived\"}", ERR_FORBIDDEN, ERR_FORBIDDEN,
	  SLACK_REMEDY_NONE, "is_archived", "archived" },
	{ "302 No\r\nLocation: https://evil.example/", "", ERR_BAD_REPLY, ERR_BAD_REPLY,
	  SLACK_REMEDY_NONE, "", "HTTP 302" },
};

static void test_refusals(void **state)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		set_up(state);
		struct fixture *f = *state;
		struct slack_posted posted;
		struct slack_identity who;
		answer(f, http(f->ctx, r->head, r->body), NULL);
		assert_false(post(f, &posted));
		assert_int_equal(f->e.kind, r->post);
		assert_int_equal(f->outcome.remedy, r->remedy);
		assert_string_equal(f->outcome.code, r->code);
		assert_non_null(strstr(f->e.text, r->words));
		assert_null(strstr(f->e.text, "SECRET"));
		assert_false(slack_api_auth_test(f->ctx, f->api, f->deadline_ms, &who, &f->e));
		assert_int_equal(f->e.kind, r->read);
		assert_null(strstr(f->e.text, "SECRET"));
		tear_down(state);
	}
}

static void test_rate_limits(void **state)
{
	static const struct {
		const char *head, *body;
		int64_t wait_ms;
	} cases[] = {
		{ "429 Slow\r\nRetry-After: 30", "{\"ok\":false,\"error\":\"ratelimited\"}",
		  30000 },
		{ "429 Slow", "", 1000 },
		{ JSON_200, "{\"ok\":false,\"error\":\"rate_limited\"}", 1000 },
		{ JSON_200 "\r\nRetry-After: 7", "{\"ok\":false,\"error\":\"ratelimited\"}", 7000 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(state);
		struct fixture *f = *state;
		struct slack_posted posted;
		int64_t start_ms = clock_now_ms();
		answer(f, http(f->ctx, cases[i].head, cases[i].body), NULL);
		assert_false(post(f, &posted));
		assert_int_equal(f->e.kind, ERR_RATE_LIMITED);
		assert_in_range(f->e.not_before_ms - start_ms, cases[i].wait_ms,
				cases[i].wait_ms + 2000);
		assert_int_equal(server_requests(f->s), 1);
		assert_int_equal(f->outcome.remedy, SLACK_REMEDY_NONE);
		tear_down(state);
	}
}

static void test_no_answer(void **state)
{
	struct fixture *f = *state;
	struct slack_posted posted;
	answer(f, "", NULL);
	assert_false(post(f, &posted));
	assert_int_equal(f->e.kind, ERR_UNKNOWN);
	assert_string_equal(f->outcome.code, "");
	f->deadline_ms = clock_mono_ms() - 1;
	assert_false(post(f, &posted));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_int_equal(server_requests(f->s), 1);
}

static void test_respond(void **state)
{
	struct fixture *f = *state;
	struct err e;
	struct json_object *body = NULL;
	answer(f, http(f->ctx, "200 OK", "ok"), http(f->ctx, JSON_200, "{\"ok\":true}"));
	assert_true(respond(f, true));
	const char *sent = strstr(f->s->last, "\r\n\r\n") + 4;
	assert_null(strstr(f->s->last, "Authorization"));
	assert_non_null(strstr(f->s->last, "Content-Type: application/json"));
	assert_true(json_parse(f->ctx, sent, strlen(sent), &body, &e));
	assert_string_equal(json_text(body), "{\"text\":\"a & b\",\"response_type\":\"in_channel\","
					     "\"replace_original\":false}");
	assert_true(respond(f, false));
	assert_non_null(strstr(f->s->last, "\"response_type\":\"ephemeral\""));
}

static void test_respond_refused(void **state)
{
	static const struct {
		const char *head, *body;
		enum err_kind kind;
		enum slack_remedy remedy;
	} cases[] = {
		{ "404 No", "{\"ok\":false,\"error\":\"invalid_blocks\"}", ERR_BAD_INPUT,
		  SLACK_REMEDY_SIMPLER },
		{ "200 OK", "{\"ok\":false,\"error\":\"invalid_blocks\"}", ERR_BAD_INPUT,
		  SLACK_REMEDY_SIMPLER },
		{ "404 No", "{\"ok\":false,\"error\":\"expired_url\"}", ERR_NOT_FOUND,
		  SLACK_REMEDY_NONE },
		{ "404 No\r\nContent-Type: text/html", "<p>/hooks/SECRET is not here</p>",
		  ERR_NOT_FOUND, SLACK_REMEDY_NONE },
		{ "410 Gone", "used_url", ERR_NOT_FOUND, SLACK_REMEDY_NONE },
		{ "500 No\r\nContent-Type: text/html", "<p>/hooks/SECRET failed</p>", ERR_UNKNOWN,
		  SLACK_REMEDY_NONE },
		{ "429 No\r\nRetry-After: 100", "", ERR_RATE_LIMITED, SLACK_REMEDY_NONE },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(state);
		struct fixture *f = *state;
		answer(f, http(f->ctx, cases[i].head, cases[i].body), NULL);
		assert_false(respond(f, true));
		assert_int_equal(f->e.kind, cases[i].kind);
		assert_int_equal(f->outcome.remedy, cases[i].remedy);
		assert_null(strstr(f->e.text, "SECRET"));
		tear_down(state);
	}
}

static void test_respond_only_to_slack(void **state)
{
	struct fixture *f = *state;
	answer(f, http(f->ctx, "200 OK", "ok"), NULL);
	assert_false(slack_api_respond(f->ctx, f->api, f->deadline_ms, "https://evil.example/x",
				       true, f->message, &f->outcome, &f->e));
	assert_int_equal(f->e.kind, ERR_BAD_INPUT);
	assert_int_equal(server_requests(f->s), 0);
}

static void test_ephemeral(void **state)
{
	struct fixture *f = *state;
	answer(f, http(f->ctx, JSON_200, fixture(f->ctx, "chat.postEphemeral.success.json")),
	       http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"user_not_in_channel\"}"));
	assert_true(slack_api_post_ephemeral(f->ctx, f->api, f->deadline_ms, "C1", "U1", f->message,
					     &f->outcome, &f->e));
	assert_non_null(strstr(f->s->last, "POST /api/chat.postEphemeral "));
	assert_string_equal(form_get(sent_form(f), "user"), "U1");
	assert_false(slack_api_post_ephemeral(f->ctx, f->api, f->deadline_ms, "C1", "U1",
					      f->message, &f->outcome, &f->e));
	assert_int_equal(f->e.kind, ERR_FORBIDDEN);
}

#define FOUND                                                                                      \
	"{\"ok\":true,\"messages\":[{\"ts\":\"1.1\"},{\"ts\":\"1.2\",\"metadata\":{\"event_"       \
	"type\":"                                                                                  \
	"\"looker_delivery\",\"event_payload\":{\"delivery_id\":\"d-1\"}}}]}"
#define OTHERS                                                                                     \
	"{\"ok\":true,\"messages\":[{\"ts\":\"1.3\",\"metadata\":{\"event_type\":\"other\","       \
	"\"event_payload\":{\"delivery_id\":\"d-1\"}}},{\"ts\":\"1.4\",\"metadata\":"              \
	"{\"event_type\":\"looker_delivery\",\"event_payload\":{\"delivery_id\":\"d-2\"}}}]"
#define NO_MORE "}"
#define MORE ",\"response_metadata\":{\"next_cursor\":\"bmV4dA==\"}}"

static bool find(struct fixture *f, const char *thread_ts, const char **ret_ts)
{
	f->e = (struct err){ 0 };
	return slack_api_find(f->ctx, f->api, f->deadline_ms, "C1", thread_ts, "d-1", 1700000000123,
			      ret_ts, &f->e);
}

static void test_find(void **state)
{
	static const struct {
		const char *first, *second;
		const char *ts;
		int requests;
	} cases[] = {
		{ FOUND, NULL, "1.2", 1 },
		{ OTHERS NO_MORE, NULL, NULL, 1 },
		{ OTHERS MORE, FOUND, "1.2", 2 },
		{ OTHERS MORE, OTHERS NO_MORE, NULL, 2 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(state);
		struct fixture *f = *state;
		const char *ts = "untouched";
		answer(f, http(f->ctx, JSON_200, cases[i].first),
		       cases[i].second ? http(f->ctx, JSON_200, cases[i].second) : NULL);
		assert_true(find(f, NULL, &ts));
		if (cases[i].ts)
			assert_string_equal(ts, cases[i].ts);
		else
			assert_null(ts);
		assert_int_equal(server_requests(f->s), cases[i].requests);
		if (cases[i].requests == 2)
			assert_string_equal(form_get(sent_form(f), "cursor"), "bmV4dA==");
		tear_down(state);
	}
}

static void test_find_asks_for(void **state)
{
	struct fixture *f = *state;
	const char *ts = NULL;
	answer(f, http(f->ctx, JSON_200, FOUND), NULL);
	assert_true(find(f, NULL, &ts));
	struct form *form = sent_form(f);
	assert_non_null(strstr(f->s->last, "POST /api/conversations.history "));
	assert_string_equal(form_get(form, "include_all_metadata"), "true");
	assert_string_equal(form_get(form, "oldest"), "1700000000.123000");
	assert_string_equal(form_get(form, "limit"), "100");
	assert_null(form_get(form, "ts"));
	assert_true(find(f, "1.5", &ts));
	assert_non_null(strstr(f->s->last, "POST /api/conversations.replies "));
	assert_string_equal(form_get(sent_form(f), "ts"), "1.5");
}

/* Not being able to look is not the same as not being there. */
static void test_find_cannot_tell(void **state)
{
	static const char *const bodies[] = {
		"{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"channels:history\"}",
		"{\"ok\":false,\"error\":\"not_in_channel\"}",
		"{\"ok\":false,\"error\":\"channel_not_found\"}",
		OTHERS MORE,
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		set_up(state);
		struct fixture *f = *state;
		const char *ts = NULL;
		answer(f, http(f->ctx, JSON_200, bodies[i]), NULL);
		assert_false(find(f, NULL, &ts));
		assert_int_equal(f->e.kind, ERR_FORBIDDEN);
		assert_in_range(server_requests(f->s), 1, 3);
		tear_down(state);
	}
}

static void test_auth(void **state)
{
	struct fixture *f = *state;
	struct slack_identity who = { 0 };
	answer(f,
	       http(f->ctx, JSON_200 "\r\nX-OAuth-Scopes: chat:write,commands",
		    fixture(f->ctx, "auth.test.success-with-bot-token.json")),
	       http(f->ctx, JSON_200, fixture(f->ctx, "auth.test.error.json")));
	assert_true(slack_api_auth_test(f->ctx, f->api, f->deadline_ms, &who, &f->e));
	assert_string_equal(who.team, "Subarachnoid Workspace");
	assert_string_equal(who.team_id, "T0G9PQBBK");
	assert_string_equal(who.user_id, "W23456789");
	assert_string_equal(who.bot_id, "BZYBOTHED");
	assert_null(who.enterprise_id);
	assert_string_equal(who.scopes, "chat:write,commands");
	assert_false(slack_api_auth_test(f->ctx, f->api, f->deadline_ms, &who, &f->e));
	assert_int_equal(f->e.kind, ERR_AUTH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_post),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_rate_limits),
		TEST(test_no_answer),
		TEST(test_respond),
		cmocka_unit_test(test_respond_refused),
		TEST(test_respond_only_to_slack),
		TEST(test_ephemeral),
		cmocka_unit_test(test_find),
		TEST(test_find_asks_for),
		cmocka_unit_test(test_find_cannot_tell),
		TEST(test_auth),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

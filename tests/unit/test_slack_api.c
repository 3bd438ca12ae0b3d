/* Posting to Slack: what is sent, and what each answer means. */
#include "test_slack_api.h"

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
				 in_channel, NULL, f->message, &f->outcome, &f->e);
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
				       true, NULL, f->message, &f->outcome, &f->e));
	assert_int_equal(f->e.kind, ERR_BAD_INPUT);
	assert_int_equal(server_requests(f->s), 0);
}

static const char *sent_body(struct fixture *f)
{
	const char *body = strstr(f->s->last, "\r\n\r\n");
	assert_non_null(body);
	return body + 4;
}

/* A thread is for what all see; what only the presser sees is where the button was. */
static void test_hook_in_a_thread(void **state)
{
	struct fixture *f = *state;
	const char *url = mem_printf(f->ctx, "http://127.0.0.1:%d/hooks/SECRET", f->s->port);
	answer(f, http(f->ctx, "200 OK", "ok"), NULL);
	assert_true(slack_api_respond(f->ctx, f->api, f->deadline_ms, url, true, "1.5", f->message,
				      &f->outcome, &f->e));
	assert_string_equal(sent_body(f), "{\"text\":\"a & b\",\"response_type\":\"in_channel\","
					  "\"replace_original\":false,\"thread_ts\":\"1.5\"}");
	assert_true(slack_api_respond(f->ctx, f->api, f->deadline_ms, url, false, "1.5", f->message,
				      &f->outcome, &f->e));
	assert_string_equal(sent_body(f), "{\"text\":\"a & b\",\"response_type\":\"ephemeral\","
					  "\"replace_original\":false}");
}

static void test_replace(void **state)
{
	struct fixture *f = *state;
	const char *url = mem_printf(f->ctx, "http://127.0.0.1:%d/hooks/SECRET", f->s->port);
	answer(f, http(f->ctx, JSON_200, "{\"ok\":true}"),
	       http(f->ctx, "404 Not Found", "{\"ok\":false,\"error\":\"used_url\"}"));
	assert_true(
		slack_api_replace(f->ctx, f->api, f->deadline_ms, url, f->message, NULL, &f->e));
	assert_string_equal(sent_body(f), "{\"text\":\"a & b\",\"replace_original\":true}");
	assert_null(strstr(f->s->last, TOKEN));
	assert_false(
		slack_api_replace(f->ctx, f->api, f->deadline_ms, url, f->message, NULL, &f->e));
	assert_int_equal(f->e.kind, ERR_NOT_FOUND);
	assert_false(slack_api_replace(f->ctx, f->api, f->deadline_ms, "https://evil.example/x",
				       f->message, NULL, &f->e));
	assert_int_equal(f->e.kind, ERR_BAD_INPUT);
}

static void test_update_and_delete(void **state)
{
	struct fixture *f = *state;
	answer(f, http(f->ctx, JSON_200, "{\"ok\":true}"),
	       http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"message_not_found\"}"));
	assert_true(slack_api_update(f->ctx, f->api, f->deadline_ms, "C1", "1.5", f->message, "d-1",
				     &f->outcome, &f->e));
	assert_non_null(strstr(f->s->last, "POST /api/chat.update "));
	assert_string_equal(form_get(sent_form(f), "ts"), "1.5");
	assert_string_equal(form_get(sent_form(f), "text"), "a & b");
	assert_string_equal(form_get(sent_form(f), "blocks"), "[]"); /* none are left of the old */
	assert_non_null(strstr(form_get(sent_form(f), "metadata"), "d-1"));
	assert_null(form_get(sent_form(f), "unfurl_links"));
	assert_false(slack_api_delete(f->ctx, f->api, f->deadline_ms, "C1", "1.5", &f->e));
	assert_int_equal(f->e.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(f->s->last, "POST /api/chat.delete "));
	assert_string_equal(form_get(sent_form(f), "channel"), "C1");
}

static void test_blame(void **state)
{
	static const struct {
		const char *code, *messages;
		enum slack_blame blame;
	} cases[] = {
		{ "invalid_blocks", "", SLACK_BLAME_UNSAID },
		{ "invalid_blocks", "\"[ERROR] no\",7", SLACK_BLAME_UNSAID },
		{ "invalid_blocks", "\"unsupported type: x [json-pointer:/blocks/12/type]\"",
		  SLACK_BLAME_TYPE },
		{ "invalid_blocks",
		  "\"[json-pointer:/blocks/1/rows/0]\",\"[json-pointer:/blocks/2/type]\"",
		  SLACK_BLAME_TYPE },
		{ "invalid_blocks", "\"[json-pointer:/blocks/1/rows/0/0/type]\"",
		  SLACK_BLAME_CONTENT },
		{ "invalid_attachments", "\"only_one_table_allowed [json-pointer:/blocks]\"",
		  SLACK_BLAME_CONTENT },
		{ "msg_blocks_too_long", "", SLACK_BLAME_CONTENT },
	};
	struct fixture *f = *state;
	struct slack_posted posted;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		answer(f,
		       http(f->ctx, JSON_200,
			    mem_printf(f->ctx,
				       "{\"ok\":false,\"error\":\"%s\",\"response_metadata\":"
				       "{\"messages\":[%s]}}",
				       cases[i].code, cases[i].messages)),
		       NULL);
		assert_false(post(f, &posted));
		assert_int_equal(f->outcome.remedy, SLACK_REMEDY_SIMPLER);
		assert_int_equal(f->outcome.blame, cases[i].blame);
	}
}

static void test_ephemeral(void **state)
{
	struct fixture *f = *state;
	answer(f, http(f->ctx, JSON_200, fixture(f->ctx, "chat.postEphemeral.success.json")),
	       http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"user_not_in_channel\"}"));
	assert_true(slack_api_post_ephemeral(f->ctx, f->api, f->deadline_ms, "C1", "1.5", "U1",
					     f->message, &f->outcome, &f->e));
	assert_non_null(strstr(f->s->last, "POST /api/chat.postEphemeral "));
	assert_string_equal(form_get(sent_form(f), "user"), "U1");
	assert_string_equal(form_get(sent_form(f), "thread_ts"), "1.5");
	assert_false(slack_api_post_ephemeral(f->ctx, f->api, f->deadline_ms, "C1", NULL, "U1",
					      f->message, &f->outcome, &f->e));
	assert_int_equal(f->e.kind, ERR_FORBIDDEN);
}

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
		TEST(test_hook_in_a_thread),
		TEST(test_replace),
		TEST(test_update_and_delete),
		TEST(test_blame),
		TEST(test_ephemeral),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

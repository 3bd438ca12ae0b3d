/* Asking Slack: whether a doubtful message is there, and who we are. */
#include "test_slack_api.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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

/* The action hub: its list, its forms for small, huge and missing directories, and data actions:
 * what is stored, what is refused in words, and what somebody who waits is told. */
#include "test_intake.h"

#include "base/json.h"
#include "bot/hub.h"
#include "bot/schedule_job.h"

#define TOKENS "LOOKER_WEBHOOK_TOKEN=a-token-not-a-secret"
#define PUBLIC "LOOKERBOT_PUBLIC_URL=https://bot.example.com/"

/* --- the list --- */

static void test_list(void **state)
{
	struct fixture *f = *state;
	struct json_object *o, *post;
	const char *list;
	struct err e;

	assert_false(hub_list(f->ctx, f->bot, &list, &e));
	assert_non_null(strstr(e.text, "LOOKERBOT_PUBLIC_URL is not set"));
	reload(f, PUBLIC);
	assert_true(hub_list(f->ctx, f->bot, &list, &e));
	assert_true(json_parse(f->ctx, list, strlen(list), &o, &e));
	post = json_item(json_array_at(o, "integrations"), 0);
	assert_string_equal(json_str(post, "name"), "post");
	assert_string_equal(json_str(post, "url"),
			    "https://bot.example.com/slack/post_from_query_action");
	assert_string_equal(json_str(post, "form_url"),
			    "https://bot.example.com/data_actions/hub_form");
	assert_int_equal(strncmp(json_str(post, "icon_data_uri"),
				 "data:image/svg+xml;base64,PHN2Zy",
				 strlen("data:image/svg+xml;base64,PHN2Zy")),
			 0);
	assert_int_equal(json_len(json_array_at(post, "supported_action_types")), 2);
	assert_non_null(json_array_at(post, "params"));
	assert_non_null(json_array_at(post, "required_fields"));
}

/* --- forms --- */

static void set_state(struct fixture *f, const char *key, const char *value)
{
	struct err e;

	assert_true(queue_state_set(f->bot->queue, key, value, strlen(value),
				    clock_now_ms() + 3600 * 1000, &e));
}

/* As directory.c stores it, in one page each. */
static void set_directory(struct fixture *f, const char *channels, const char *people)
{
	const int64_t now_ms = clock_now_ms();
	const char *key = mem_printf(f->ctx, "directory:%lld:", (long long)now_ms);

	set_state(f, mem_printf(f->ctx, "%schannels:0", key), channels);
	set_state(f, mem_printf(f->ctx, "%speople:0", key), people);
	set_state(f, "directory:head",
		  mem_printf(f->ctx,
			     "{\"began_ms\":%lld,\"anywhere\":false,\"channels\":{\"pages\":1},"
			     "\"people\":{\"pages\":1}}",
			     (long long)now_ms));
}

static struct json_object *get_form(struct fixture *f, enum hub_form_kind kind, const char *body)
{
	const char *form = hub_form(f->ctx, f->bot, kind, body, strlen(body));
	struct json_object *o;
	struct err e;

	assert_true(json_parse(f->ctx, form, strlen(form), &o, &e));
	assert_true(json_object_is_type(o, json_type_array));
	return o;
}

/* "name:type[=default][*][(option,…)]", joined by blanks; * is required. */
static char *describe(struct fixture *f, struct json_object *form)
{
	char *text = mem_strdup(f->ctx, "");

	for (size_t i = 0; i < json_len(form); i++) {
		const struct json_object *field = json_item(form, i);
		struct json_object *options = json_array_at(field, "options");
		const char *value = json_str(field, "default");

		mem_appendf(&text, "%s%s:%s%s%s%s", i > 0 ? " " : "", json_str(field, "name"),
			    json_str(field, "type"), value ? "=" : "", value ? value : "",
			    json_bool_or(field, "required", false) ? "*" : "");
		for (size_t k = 0; k < json_len(options); k++)
			mem_appendf(&text, "%s%s:%s%s", k == 0 ? "(" : ",",
				    json_str(json_item(options, k), "name"),
				    json_str(json_item(options, k), "label"),
				    k + 1 == json_len(options) ? ")" : "");
	}
	return text;
}

static void assert_form(struct fixture *f, enum hub_form_kind kind, const char *body,
			const char *wanted)
{
	char *got = describe(f, get_form(f, kind, body));

	if (strcmp(got, wanted) != 0)
		fail_msg("%s\n  gave %s\ninstead of %s", body, got, wanted);
}

#define SMALL "(C2:#general,C1:#sales,U1:@ada.o (ada okafor),U2:@benji)"

static void test_small_workspace(void **state)
{
	static const struct {
		enum hub_form_kind kind;
		const char *body, *form;
	} cases[] = {
		{ HUB_FORM_ACTION, "", "channel:select*" SMALL },
		{ HUB_FORM_ACTION, "nonsense", "channel:select*" SMALL },
		{ HUB_FORM_ACTION, "{\"data\":{\"message\":\"m\"},\"state\":{\"data\":\"x\"}}",
		  "channel:select*" SMALL },
		/* it is not said what the action has */
		{ HUB_FORM_ACTION, "{\"data\":{\"value\":\"1\"}}",
		  "channel:select*" SMALL " message:textarea" },
		{ HUB_FORM_ACTION, "{\"data\":{\"channel\":\"#Sales\",\"message\":\"m\"}}",
		  "channel:select=C1*" SMALL },
		{ HUB_FORM_DELIVERY, "", "channel:select*" SMALL " message:textarea" },
		{ HUB_FORM_DELIVERY, "{\"form_params\":{\"channel\":\"U1\",\"message\":\"Hi\"}}",
		  "channel:select=U1*" SMALL " message:textarea=Hi" },
		/* what was saved stays */
		{ HUB_FORM_DELIVERY, "{\"form_params\":{\"channel\":\"#gone\"}}",
		  "channel:select=#gone*(C2:#general,C1:#sales,U1:@ada.o (ada okafor),U2:@benji,"
		  "#gone:#gone) message:textarea" },
	};
	struct fixture *f = *state;

	set_directory(f, "C1\tsales\t1\nC3\tnot-in-it\t0\nC2\tgeneral\t1\n",
		      "U1\tada.o\tada@example.com\tada okafor\t\nU2\tbenji\t\tbenji\t\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_form(f, cases[i].kind, cases[i].body, cases[i].form);
	}
}

static void test_without_directory(void **state)
{
	struct fixture *f = *state;

	assert_form(f, HUB_FORM_ACTION, "", "channel:string*");
	assert_form(f, HUB_FORM_DELIVERY, "{\"form_params\":{\"channel\":\"#sales\"}}",
		    "channel:string=#sales* message:textarea");
	run_sql(f, "DROP TABLE states");
	assert_form(f, HUB_FORM_ACTION, "", "channel:string*");
}

static void test_huge_workspace(void **state)
{
	struct fixture *f = *state;
	char *channels = mem_strdup(f->ctx, "C1\tmy-team\t1\nC2\tteam\t1\n");
	struct json_object *form;

	for (int i = 0; i < 5000; i++)
		mem_appendf(&channels, "CX%d\tteam-%04d\t1\n", i, i);
	set_directory(f, channels, "U1\tada\tada@example.com\tada team\t\n");
	assert_form(f, HUB_FORM_ACTION, "", "search:string channel:string*");
	form = get_form(f, HUB_FORM_ACTION, "");
	assert_true(json_bool_or(json_item(form, 0), "interactive", false));
	assert_form(f, HUB_FORM_ACTION, "{\"form_params\":{\"search\":\"ADA\"}}",
		    "search:string=ADA channel:select*(U1:@ada (ada team))");
	assert_form(f, HUB_FORM_ACTION, "{\"form_params\":{\"search\":\"nobody\"}}",
		    "search:string=nobody channel:string*");
	form = get_form(f, HUB_FORM_ACTION, "{\"form_params\":{\"search\":\"team\"}}");
	const struct json_object *channel = json_item(form, 1);
	struct json_object *options = json_array_at(channel, "options");
	assert_int_equal(json_len(options), 100);
	/* the one that is called so, then those that begin so */
	assert_string_equal(json_str(json_item(options, 0), "name"), "C2");
	assert_string_equal(json_str(json_item(options, 1), "name"), "CX0");
	assert_non_null(strstr(json_str(channel, "description"), "The first 100"));
}

/* --- data actions --- */

static struct schedule_answer act(struct fixture *f, const char *webhook_id, const char *body)
{
	static const bool of_it[] = { true };
	const struct schedule_item item = {
		.place = SCHEDULE_FORM,
		.token_of = of_it,
		.webhook_id = webhook_id,
		.body = body,
		.len = strlen(body),
		.request = REQUEST,
	};
	struct schedule_answer ret;

	hub_take(f->ctx, f->bot, &item, &ret);
	return ret;
}

#define DATA(channel, message)                                                                     \
	"{\"type\":\"cell\",\"data\":{\"channel\":\"" channel "\",\"message\":\"" message "\"}}"

static struct queue_job *lease_one(struct fixture *f)
{
	struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY };
	struct queue_job *job;
	struct err e;

	assert_true(queue_lease(f->bot->queue, f->ctx, &want, clock_deadline_ms(5000), &job, &e));
	assert_non_null(job);
	return job;
}

static void test_taken(void **state)
{
	struct fixture *f = *state;
	struct schedule_answer a = act(f, "id1", DATA("C0123", " :wave: Hi \\n *you* "));
	struct queue_job *job;
	struct schedule_job j;
	struct err e;

	assert_int_equal(a.status, 200);
	assert_string_equal(a.reason, "Accepted: it will be sent to the conversation C0123.");
	job = lease_one(f);
	assert_int_equal(job->id, a.job);
	assert_int_equal(job->priority, QUEUE_PRIORITY_COMMAND); /* somebody waits */
	assert_string_equal(job->lane, "slack:C0123");
	assert_true(schedule_job_load(f->ctx, job->body, job->body_len, &j, &e));
	assert_string_equal(j.words, ":wave: Hi \n *you*");
	assert_string_equal(j.title, ":wave: Hi ");
	assert_true(j.bare);
	a = act(f, "id1", DATA("C0123", "Hi"));
	assert_int_equal(a.status, 200);
	assert_int_equal(a.job, 0);
	assert_non_null(strstr(a.reason, "It came before"));
}

/* Forms give ids. */
static void test_the_name_of_an_id(void **state)
{
	struct fixture *f = *state;

	set_directory(f, "C0999\tlong\t1\nC01\tx\tC0123\t1\nC0123\tsales\t1\n",
		      "U0123\tada\t\tada\t\n");
	assert_string_equal(act(f, NULL, DATA("C0123", "m")).reason,
			    "Accepted: it will be sent to #sales.");
	assert_string_equal(act(f, NULL, DATA("U0123", "m")).reason,
			    "Accepted: it will be sent to @ada.");
	assert_string_equal(act(f, NULL, DATA("C0124", "m")).reason,
			    "Accepted: it will be sent to the conversation C0124.");
}

static void test_refused(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *field, *words;
	} cases[] = {
		{ "{", 400, NULL, "The JSON cannot be read" },
		{ "", 400, "message", "There is no message" },
		{ "{\"data\":{\"channel\":\"C0123\"}}", 400, "message", "There is no message" },
		{ "{\"data\":{\"channel\":\"C0123\",\"message\":[]}}", 400, "message",
		  "message must be a string." },
		{ "{\"data\":{\"message\":\"m\"}}", 400, "channel", "Channel not specified." },
		{ "{\"data\":{\"message\":\"m\",\"channel\":5}}", 400, "channel",
		  "channel must be a string." },
		{ DATA("#nowhere", "m"), 404, "channel", "There is no channel #nowhere" },
		{ DATA("@nobody", "m"), 404, "channel", "There is nobody called “nobody”" },
		{ DATA("nobody@example.com", "m"), 404, "channel", "There is nobody called" },
	};
	struct fixture *f = *state;

	set_directory(f, "C1\tsales\t1\n", "U1\tada\t\tada\t\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct schedule_answer a = act(f, NULL, cases[i].body);

		if (a.status != cases[i].status || !strstr(a.reason, cases[i].words))
			fail_msg("%s: %d %s", cases[i].body, a.status, a.reason);
		assert_int_equal(a.job, 0);
		if (cases[i].field)
			assert_string_equal(a.field, cases[i].field);
		else
			assert_null(a.field);
	}
}

static void test_too_long(void **state)
{
	struct fixture *f = *state;
	char *text = mem_array(f->ctx, char, 4001 + 1);
	struct schedule_answer a;

	memset(text, 'x', 4001);
	a = act(f, NULL, mem_printf(f->ctx, DATA("C0123", "%s"), text));
	assert_int_equal(a.status, 400);
	assert_string_equal(a.field, "message");
	a = act(f, NULL, mem_printf(f->ctx, DATA("C0123", "%s"), text + 1));
	assert_int_equal(a.status, 200);
}

static void test_not_stored(void **state)
{
	struct fixture *f = *state;
	struct schedule_answer a;

	run_sql(f, "DROP TABLE jobs");
	a = act(f, NULL, DATA("C0123", "m"));
	assert_int_equal(a.status, 503);
	assert_int_equal(a.job, 0);
	assert_non_null(strstr(a.reason, "please send it again in a few minutes"));
}

static void wait_for(struct fixture *f, struct schedule_answer *a)
{
	hub_wait(f->ctx, f->bot, clock_deadline_ms(100), a);
}

static void test_wait(void **state)
{
	struct fixture *f = *state;
	struct schedule_answer a = act(f, "id1", DATA("C0123", "one"));
	struct schedule_answer b = act(f, "id2", DATA("C0456", "two"));
	struct schedule_answer c = act(f, "id3", DATA("C0789", "three"));
	struct err e;

	wait_for(f, &a);
	assert_string_equal(a.reason, "Accepted: it will be sent to the conversation C0123.");
	assert_int_equal(lease_one(f)->id, a.job);
	assert_true(queue_done(f->bot->queue, a.job, &e));
	wait_for(f, &a);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.reason, "Sent!");

	assert_int_equal(lease_one(f)->id, b.job);
	assert_true(queue_dead(f->bot->queue, b.job, "I am not in that channel.", &e));
	wait_for(f, &b);
	assert_int_not_equal(b.status, 200);
	assert_string_equal(b.reason, "It was not sent: I am not in that channel.");

	assert_int_equal(lease_one(f)->id, c.job);
	assert_true(
		queue_retry_at(f->bot->queue, c.job, clock_now_ms() + 60000, "Slack is away", &e));
	wait_for(f, &c);
	assert_int_equal(c.status, 200);
	assert_non_null(strstr(c.reason, "Accepted: it will be sent"));
	assert_non_null(strstr(c.reason, "Slack is away"));
}

static int set_up_with_token(void **state)
{
	if (set_up(state) != 0)
		return -1;
	reload(*state, TOKENS);
	return 0;
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, set_up_with_token, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OF(test_list),
		TEST_OF(test_small_workspace),
		TEST_OF(test_without_directory),
		TEST_OF(test_huge_workspace),
		TEST_OF(test_taken),
		TEST_OF(test_the_name_of_an_id),
		TEST_OF(test_refused),
		TEST_OF(test_too_long),
		TEST_OF(test_not_stored),
		TEST_OF(test_wait),
	};

	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

/* A schedule's intake: what is stored, what counts as the same, what is refused in words, and that
 * a job's body comes back as it was put. */
#include "test_intake.h"

#include "bot/schedule.h"
#include "bot/schedule_job.h"

#define TOKENS "LOOKER_WEBHOOK_TOKEN=a-token-not-a-secret"
#define PLAN(url) "\"scheduled_plan\":{\"scheduled_plan_id\":7,\"title\":\"Daily\",\"url\":" url "}"
#define LOOK "\"https://looker.example.com/looks/1\""
#define BODY(url) "{" PLAN(url) ",\"data\":[{\"a.b\":1}]}"

static struct schedule_answer post(struct fixture *f, enum schedule_place place, const char *name,
				   const char *webhook_id, const char *body)
{
	static const bool of_it[] = { true };
	const struct schedule_item item = {
		.place = place,
		.name = name,
		.token_of = of_it,
		.webhook_id = webhook_id,
		.body = body,
		.len = strlen(body),
		.request = REQUEST,
	};
	struct schedule_answer ret;

	schedule_take(f->ctx, f->bot, &item, &ret);
	return ret;
}

static void test_stored(void **state)
{
	struct fixture *f = *state;
	struct schedule_answer a = post(f, SCHEDULE_CHANNEL, "C0123", "id1", BODY(LOOK));
	struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY };
	struct queue_job *job;
	struct schedule_job j;
	struct err e;

	assert_int_equal(a.status, 200);
	assert_string_equal(a.reason, "“Daily” will be posted to the conversation C0123.");
	assert_true(a.job > 0);
	assert_true(queue_lease(f->bot->queue, f->ctx, &want, clock_deadline_ms(5000), &job, &e));
	assert_string_equal(job->kind, JOB_SCHEDULE);
	assert_string_equal(job->lane, "slack:C0123");
	assert_int_equal(job->priority, QUEUE_PRIORITY_DELIVERY);
	assert_true(schedule_job_load(f->ctx, job->body, job->body_len, &j, &e));
	assert_string_equal(j.looker, "looker.example.com");
	assert_string_equal(j.request, REQUEST);
	assert_string_equal(j.title, "Daily");
	assert_string_equal(j.plan_id, "7");
	assert_int_equal(j.rows, 1);
	assert_true(queue_done(f->bot->queue, job->id, &e));
}

static void test_the_same(void **state)
{
	static const struct {
		const char *name, *id, *body;
		bool again;
	} cases[] = {
		{ "C0123", "id1", BODY(LOOK), false },	{ "C0123", "id1", BODY(LOOK), true },
		{ "C0124", "id1", BODY(LOOK), false },	{ "C0123", "id2", BODY(LOOK), false },
		{ "C0123", NULL, BODY(LOOK), false },	{ "C0123", "", BODY(LOOK), true },
		{ "C0123", NULL, BODY("null"), false }, { "C0125", NULL, BODY(LOOK), false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct schedule_answer a =
			post(f, SCHEDULE_CHANNEL, cases[i].name, cases[i].id, cases[i].body);

		assert_int_equal(a.status, 200);
		assert_string_equal(a.note, cases[i].again ? "duplicate" : "stored");
		assert_int_equal(a.job == 0, cases[i].again);
	}
}

static void test_refused(void **state)
{
	static const struct {
		enum schedule_place place;
		const char *name, *body;
		int status;
		const char *words;
	} cases[] = {
		{ SCHEDULE_CHANNEL, "C0123", BODY("\"https://other.example.com/looks/1\""), 400,
		  "Requested data is from an unknown Looker. The bot's owner can add "
		  "other.example.com" },
		{ SCHEDULE_CHANNEL, "C0123", BODY("\"https://looker.example.com.evil.example/x\""),
		  400, "unknown Looker" },
		{ SCHEDULE_CHANNEL, "C0123", BODY("\"https://looker.example.com:444/x\""), 400,
		  "unknown Looker" },
		{ SCHEDULE_CHANNEL, "C0123", BODY("\"http://looker.example.com/x\""), 400,
		  "unknown Looker" },
		{ SCHEDULE_CHANNEL, "C0123", BODY("\"https://a@looker.example.com/x\""), 400,
		  "cannot be read" },
		{ SCHEDULE_CHANNEL, "", BODY(LOOK), 400, "Channel not specified." },
		{ SCHEDULE_CHANNEL, " # ", BODY(LOOK), 400, "Channel not specified." },
		{ SCHEDULE_FORM, NULL, BODY(LOOK), 400, "Channel not specified." },
		{ SCHEDULE_CHANNEL, "C0123", "{}", 400, "No scheduled plan in payload." },
		{ SCHEDULE_CHANNEL, "C0123", "{", 400, "The JSON cannot be read" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct schedule_answer a =
			post(f, cases[i].place, cases[i].name, NULL, cases[i].body);

		if (a.status != cases[i].status || !strstr(a.reason, cases[i].words))
			fail_msg("%s: %d %s", cases[i].body, a.status, a.reason);
		assert_int_equal(a.job, 0);
	}
}

/* A name that cannot be looked up yet is the job's business. */
static void test_a_name_without_a_directory(void **state)
{
	struct fixture *f = *state;
	struct schedule_answer a = post(f, SCHEDULE_CHANNEL, "#sales", "id1", BODY("null"));

	assert_int_equal(a.status, 200);
	assert_string_equal(a.reason, "“Daily” will be posted to #sales.");
}

static void test_the_token_of_another(void **state)
{
	static const bool none[] = { false };
	struct fixture *f = *state;
	const struct schedule_item item = { .place = SCHEDULE_CHANNEL,
					    .name = "C0123",
					    .token_of = none,
					    .body = BODY(LOOK),
					    .len = strlen(BODY(LOOK)),
					    .request = REQUEST };
	struct schedule_answer a;

	schedule_take(f->ctx, f->bot, &item, &a);
	assert_int_equal(a.status, 401);
	assert_non_null(strstr(a.reason, "not that of the Looker"));
}

static void test_not_stored(void **state)
{
	struct fixture *f = *state;

	run_sql(f, "DROP TABLE jobs");
	struct schedule_answer a = post(f, SCHEDULE_CHANNEL, "C0123", "id1", BODY(LOOK));
	assert_int_equal(a.status, 503);
	assert_non_null(strstr(a.reason, "please send it again in a few minutes"));
}

/* The file goes along as it is, whatever bytes it has. */
static void test_body_with_a_file(void **state)
{
	static const char bytes[] = "PK\0\n\n{}\xff";
	struct fixture *f = *state;
	struct schedule_job j = { .looker = "l",
				  .base_url = "https://l",
				  .name = "a\nb",
				  .title = "T",
				  .format = "ZIP",
				  .file_name = "t.zip",
				  .file = bytes,
				  .file_len = sizeof(bytes) - 1 };
	struct schedule_job got;
	size_t len;
	char *body = schedule_job_save(f->ctx, &j, &len);
	struct err e;

	assert_true(schedule_job_load(f->ctx, body, len, &got, &e));
	assert_string_equal(got.name, "a\nb");
	assert_int_equal(got.file_len, sizeof(bytes) - 1);
	assert_memory_equal(got.file, bytes, sizeof(bytes) - 1);
	assert_false(schedule_job_load(f->ctx, body, strcspn(body, "\n"), &got, &e));
	assert_false(schedule_job_load(f->ctx, "{}", 2, &got, &e));
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
		TEST_OF(test_stored),
		TEST_OF(test_the_same),
		TEST_OF(test_refused),
		TEST_OF(test_a_name_without_a_directory),
		TEST_OF(test_the_token_of_another),
		TEST_OF(test_not_stored),
		TEST_OF(test_body_with_a_file),
	};

	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

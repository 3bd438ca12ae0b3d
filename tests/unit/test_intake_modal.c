/* A form that comes back: its faults are told at once, it is taken down once, by its owner alone.
 */
#include "test_intake.h"

#include "bot/filters_form.h"
#include "bot/keys.h"
#include "bot/modal_private.h"

#define WHAT                                                                                       \
	"{\"looker\":\"looker\",\"id\":\"4\",\"words\":\"sales\",\"command\":\"/looker\","         \
	"\"filters\":[{\"name\":\"Region\",\"title\":\"Region\",\"kind\":0,\"default\":\"\"},"     \
	"{\"name\":\"Period\",\"title\":\"Period\",\"kind\":2,\"default\":\"\"}]}"

static const struct slack_option regions[] = { { "EMEA", NULL }, { "AP^,AC", "AP,AC" } };

/* A form of two fields as the job of a press stores it. */
static const char *stored(struct fixture *f)
{
	const struct queue_job job = { .id = 1, .created_ms = clock_now_ms() };
	struct job_run run = { .ctx = f->ctx, .bot = f->bot, .job = &job };
	const struct slack_modal_field fields[] = {
		{ .type = SLACK_FIELD_SELECT,
		  .name = "Region",
		  .label = "Region",
		  .required = true,
		  .options = regions,
		  .n_options = 2 },
		{ .type = SLACK_FIELD_TEXT, .name = "Period", .label = "Period", .max_chars = 20 },
	};
	struct modal_form form = { .kind = FILTERS_FORM_KIND,
				   .title = "Change filters",
				   .submit = "Run",
				   .fields = fields,
				   .n = 2 };
	const char *key = NULL;
	struct err e;

	assert_true(json_parse(f->ctx, WHAT, strlen(WHAT), &form.body, &e));
	assert_true(modal_store(&run, &press, &form, &key, &e));
	return key;
}

static struct slack_inbound sent(struct fixture *f, const char *key, const char *region,
				 const char *period)
{
	struct slack_inbound in = { .kind = SLACK_INBOUND_SUBMIT,
				    .command = "",
				    .text = "",
				    .team_id = "T1",
				    .user_id = "U1",
				    .view_id = "V1",
				    .value = key,
				    .fields = json_new_object(f->ctx) };

	json_set_str(in.fields, slack_modal_block_id(f->ctx, key, 0), region);
	json_set_str(in.fields, slack_modal_block_id(f->ctx, key, 1), period);
	return in;
}

static void test_submission(void **state)
{
	struct fixture *f = *state;
	const char *key = stored(f);
	struct slack_inbound in = sent(f, key, "1", "last 7 days");
	struct intake_answer a = take(f, &in);

	expect_note(&a, "stored");
	assert_non_null(strstr(a.body, "\"response_action\":\"update\""));
	assert_non_null(strstr(a.body, "/looker sales Region=AP^,AC Period=\\\"last 7 days\\\""));
	assert_null(strstr(a.body, key));
	a = take(f, &in);
	expect_note(&a, "duplicate");
	assert_non_null(strstr(a.body, "sent already"));
	assert_int_equal(jobs(f), 1);
	run_sql(f, "UPDATE jobs SET not_before_ms = 1; UPDATE heads SET not_before_ms = 1");
	struct queue_job *job = lease(f);
	assert_string_equal(job->kind, JOB_SUBMIT);
	assert_int_equal(job->priority, QUEUE_PRIORITY_MODAL);
	struct slack_inbound *kept = parsed(f, job);
	assert_string_equal(kept->value, key);
	assert_string_equal(json_str(kept->fields, slack_modal_block_id(f->ctx, key, 0)), "1");
}

static void test_faults(void **state)
{
	struct fixture *f = *state;
	const char *key = stored(f);
	static const struct {
		const char *region, *period, *fault;
	} cases[] = {
		{ NULL, "last 7 days", "f0-" },
		{ "", "", "f0-" },
		{ "7", "", "f0-" },
		{ "0", "a while ago", "is not a date for Period" },
		{ "0", "a text of more than twenty", "At most 20 characters" },
		{ "0", "{{ x }}", "Liquid" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slack_inbound in = sent(f, key, cases[i].region, cases[i].period);
		struct intake_answer a = take(f, &in);

		expect_note(&a, "sent back with its faults");
		assert_non_null(strstr(a.body, "\"response_action\":\"errors\""));
		if (!strstr(a.body, cases[i].fault))
			fail_msg("case %zu: %s", i, a.body);
	}
	assert_int_equal(jobs(f), 0);
	struct slack_inbound in = sent(f, key, "0", "");
	struct intake_answer a = take(f, &in);
	expect_note(&a, "stored");
}

static void test_not_ours(void **state)
{
	struct fixture *f = *state;
	const char *key = stored(f);
	struct slack_inbound other = sent(f, key, "0", ""), old = other, none = other;
	const struct key_meaning csv = { .kind = "csv", .body = json_new_object(f->ctx) };
	struct slack_inbound strange = other;
	struct err e;

	other.user_id = "U2";
	old.value = "0123456789abcdef0123456789abcdef";
	none.value = NULL;
	assert_true(keys_put(f->ctx, f->bot, &csv, &strange.value, &e));
	const struct slack_inbound *all[] = { &other, &old, &none, &strange };
	for (size_t i = 0; i < COUNT(all); i++) {
		struct intake_answer a = take(f, all[i]);

		expect_note(&a, "refused");
		assert_non_null(strstr(a.body, "too old"));
	}
	assert_int_equal(jobs(f), 0);
}

static void test_not_stored(void **state)
{
	struct fixture *f = *state;
	const char *key = stored(f);
	struct slack_inbound in = sent(f, key, "0", "");

	run_sql(f, "ALTER TABLE jobs RENAME TO gone");
	struct intake_answer a = take(f, &in);
	run_sql(f, "ALTER TABLE gone RENAME TO jobs");
	assert_int_equal(a.status, 200);
	assert_non_null(strstr(a.note, "not stored"));
	assert_non_null(strstr(a.body, "\"response_action\":\"errors\""));
	assert_non_null(strstr(a.body, "try again in a minute"));
}

static void test_options(void **state)
{
	struct fixture *f = *state;
	const char *key = stored(f);
	struct slack_inbound in = sent(f, key, NULL, NULL);

	in.kind = SLACK_INBOUND_OPTIONS;
	in.fields = NULL;
	in.action_id = slack_modal_block_id(f->ctx, key, 0);
	in.text = "ap,";
	struct intake_answer a = take(f, &in);
	assert_string_equal(a.note, "options");
	assert_string_equal(a.body, "{\"options\":[{\"text\":{\"type\":\"plain_text\",\"text\":"
				    "\"AP,AC\",\"emoji\":false},\"value\":\"1\"}]}");
	in.action_id = "f9-x";
	assert_string_equal(take(f, &in).body, "{\"options\":[]}");
	in.user_id = "U2";
	assert_string_equal(take(f, &in).body, "{\"options\":[]}");
	in.value = "gone";
	assert_string_equal(take(f, &in).body, "{\"options\":[]}");
	assert_int_equal(jobs(f), 0);
}

static void test_presses(void **state)
{
	struct fixture *f = *state;
	const char *key = stored(f);
	struct slack_inbound in = press;

	in.action_id = "modal-filters";
	struct intake_answer a = take(f, &in);
	expect_note(&a, "stored");
	assert_int_equal(lease(f)->priority, QUEUE_PRIORITY_MODAL);
	in = sent(f, key, "0", "");
	in.kind = SLACK_INBOUND_PRESS;
	in.action_ts = "7.1";
	in.action_id = "link-1";
	a = take(f, &in);
	expect_note(&a, "ignored: a button that only opens a link");
	in.action_id = slack_modal_block_id(f->ctx, key, 1);
	a = take(f, &in);
	expect_note(&a, "stored");
	struct queue_job *job = lease(f);
	assert_string_equal(job->kind, JOB_PRESS);
	assert_int_equal(job->priority, QUEUE_PRIORITY_MODAL);
	a = take(f, &in);
	expect_note(&a, "duplicate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_submission), TEST(test_faults),  TEST(test_not_ours),
		TEST(test_not_stored), TEST(test_options), TEST(test_presses),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

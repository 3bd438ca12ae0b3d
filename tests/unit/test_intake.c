/* bot/intake.h: what becomes a job, which one, and what is left alone. */
#include "test_intake.h"

static void test_each_kind(void **state)
{
	static const struct {
		const struct slack_inbound *in;
		const char *kind, *lane;
		enum queue_priority priority;
	} cases[] = {
		{ &slash, JOB_COMMAND, "", QUEUE_PRIORITY_COMMAND },
		{ &mention, JOB_COMMAND, "", QUEUE_PRIORITY_COMMAND },
		{ &dm, JOB_COMMAND, "", QUEUE_PRIORITY_COMMAND },
		{ &links, JOB_LINKS, "looker:looker.example.com", QUEUE_PRIORITY_LINK },
		{ &press, JOB_PRESS, "", QUEUE_PRIORITY_COMMAND },
		{ &home, JOB_EVENT, "", QUEUE_PRIORITY_COMMAND },
		{ &joined, JOB_EVENT, "", QUEUE_PRIORITY_COMMAND },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slack_inbound in = *cases[i].in;
		int64_t before_ms = clock_now_ms(), accepted = stats_get(STATS_ACCEPTED);

		if (in.event_id) /* mention and dm would be one and the same */
			in.event_id = mem_printf(f->ctx, "Ev%zu", i);
		struct intake_answer a = take(f, &in);
		expect_note(&a, "stored");
		assert_int_equal(a.status, 200);
		assert_string_equal(a.body, "");
		assert_int_equal(stats_get(STATS_ACCEPTED), accepted + 1);
		struct queue_job *job = lease(f);
		assert_int_equal(job->id, a.job);
		assert_string_equal(job->kind, cases[i].kind);
		assert_string_equal(job->lane, cases[i].lane);
		assert_int_equal(job->priority, cases[i].priority);
		assert_in_range(job->expires_ms, before_ms + 30 * 60 * 1000,
				clock_now_ms() + 30 * 60 * 1000);
		assert_string_equal(json_text(slack_inbound_save(f->ctx, parsed(f, job))),
				    json_text(slack_inbound_save(f->ctx, &in)));
	}
}

/* What is typed for all to see is shown; what nobody shows is not. */
static void test_echo(void **state)
{
	struct fixture *f = *state;
	struct slack_inbound in = slash;

	in.text = "find sales";
	struct intake_answer a = take(f, &in);
	expect_note(&a, "stored");
	assert_string_equal(a.body, "{\"response_type\":\"in_channel\"}");
	in = mention;
	in.text = "find sales";
	a = take(f, &in);
	expect_note(&a, "stored");
	assert_string_equal(a.body, "");
}

static void test_refused(void **state)
{
	struct fixture *f = *state;
	int64_t refused = stats_get(STATS_REFUSED);
	char *text = mem_strdup(f->ctx, "");
	struct slack_inbound in = slash;

	for (int i = 0; i <= SLACK_TEXT_MAX_CHARS; i++)
		mem_append(&text, "é");
	in.text = text;
	struct intake_answer a = take(f, &in);
	expect_note(&a, "refused");
	assert_int_equal(a.status, 200);
	assert_non_null(strstr(a.body, "too long for me: at most 4000 characters"));
	in = slash;
	in.response_url = "https://evil.example/";
	a = take(f, &in);
	expect_note(&a, "refused");
	assert_int_equal(a.status, 200);
	assert_non_null(strstr(a.body, "not an address of Slack"));
	in = press;
	in.response_url = "https://evil.example/";
	a = take(f, &in);
	expect_note(&a, "refused: ");
	assert_int_equal(a.status, 400);
	assert_int_equal(stats_get(STATS_REFUSED), refused + 3);
	assert_int_equal(jobs(f), 0);
}

/* A message may be ten times as long as a command: the job learns that it is too long. */
static void test_long_messages(void **state)
{
	static const size_t lengths[] = { SLACK_TEXT_MAX_CHARS, SLACK_TEXT_MAX_CHARS + 1, 40000 };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct slack_inbound in = mention;
		char *text = mem_strdup(f->ctx, "");

		for (size_t k = 0; k < lengths[i]; k++)
			mem_append(&text, "é");
		in.text = text;
		in.ts = in.event_id = mem_printf(f->ctx, "%zu", i);
		struct intake_answer a = take(f, &in);
		expect_note(&a, "stored");
		assert_int_equal(text_chars(parsed(f, lease(f))->text),
				 SLACK_TEXT_MAX_CHARS + (i > 0));
	}
}

static void expect_ignored(struct fixture *f, const struct slack_inbound *in, const char *why)
{
	int64_t ignored = stats_get(STATS_IGNORED);
	struct intake_answer a = take(f, in);

	expect_note(&a, mem_printf(f->ctx, "ignored: %s", why));
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "");
	assert_int_equal(stats_get(STATS_IGNORED), ignored + 1);
	assert_int_equal(jobs(f), 0);
}

static void test_links_that_are_left_alone(void **state)
{
	static const char *const foreign[] = {
		"https://looker.example.com.evil.example/looks/42",
		"https://evil.example/https://looker.example.com/looks/42",
		"https://looker.example.com@evil.example/looks/42",
		"https://evil-looker.example.com/looks/42",
		"https://looker.example.com:8443/looks/42",
		"http://looker.example.com/looks/42",
		"https://looker.example.co/looks/42",
		"no address",
	};
	struct fixture *f = *state;
	struct slack_inbound in = links;

	in.links = foreign;
	in.n_links = COUNT(foreign);
	expect_ignored(f, &in, "no link to a Looker of ours");
	in = links;
	in.channel_id = "C0QUIET";
	expect_ignored(f, &in, "the channel is in LOOKERBOT_UNFURL_OFF");
	in = links;
	in.source = NULL;
	expect_ignored(f, &in, "LOOKER_SLACKBOT_EXPAND_URLS is off");
	reload(f, "LOOKER_SLACKBOT_EXPAND_URLS=true");
	in.channel_id = "C0OFF";
	expect_ignored(f, &in, "the channel is in LOOKERBOT_UNFURL_OFF");
	/* the beginning of an id that is listed is none */
	in.channel_id = "C0OF";
	struct intake_answer a = take(f, &in);
	expect_note(&a, "stored");
}

static void test_one_of_ours_among_others(void **state)
{
	static const char *const mixed[] = { "https://evil.example/looks/42",
					     "https://LOOKER.example.com:443/dashboards/7" };
	struct fixture *f = *state;
	struct slack_inbound in = links;

	in.links = mixed;
	in.n_links = 2;
	struct intake_answer a = take(f, &in);
	expect_note(&a, "stored");
	assert_int_equal(parsed(f, lease(f))->n_links, 2);
}

static void test_nothing(void **state)
{
	struct fixture *f = *state;
	struct slack_inbound in = joined;

	in.own = false;
	expect_ignored(f, &in, "somebody joined");
	in = (struct slack_inbound){ .kind = SLACK_INBOUND_NOTHING, .why = "event x" };
	expect_ignored(f, &in, "event x");
}

static char *state_of(struct fixture *f, const char *key)
{
	char *value = NULL;
	size_t len = 0;
	struct err e;

	assert_true(queue_state_get(f->bot->queue, f->ctx, key, &value, &len, &e));
	return value;
}

static void set_state(struct fixture *f, const char *key)
{
	struct err e;

	assert_true(queue_state_set(f->bot->queue, key, "{}", 2, clock_now_ms() + 60000, &e));
}

static void test_notes(void **state)
{
	struct fixture *f = *state;
	struct slack_inbound in[] = {
		{ .kind = SLACK_INBOUND_CHANNEL, .channel_id = "C1" },
		{ .kind = SLACK_INBOUND_MOVED, .channel_id = "C2", .old_channel_id = "G2" },
		{ .kind = SLACK_INBOUND_PERSON, .user_id = "U1" },
		{ .kind = SLACK_INBOUND_REVOKED },
		{ .kind = SLACK_INBOUND_LIMITED },
	};

	set_state(f, "channel:C1");
	set_state(f, "person:U1");
	assert_false(listening_is_revoked(f->ctx, f->bot));
	for (size_t i = 0; i < COUNT(in); i++) {
		struct intake_answer a = take(f, &in[i]);

		expect_note(&a, "noted");
		assert_int_equal(a.status, 200);
	}
	assert_null(state_of(f, "channel:C1"));
	assert_null(state_of(f, "person:U1"));
	assert_string_equal(channels_today(f->ctx, f->bot, "G2"), "C2");
	assert_true(listening_is_revoked(f->ctx, f->bot));
	assert_non_null(strstr(listening_reason(f->ctx, f->bot), "install it again"));
	assert_non_null(strstr(listening_reason(f->ctx, f->bot), "leaves out events"));
	assert_int_equal(jobs(f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_kind),
		TEST(test_echo),
		TEST(test_refused),
		TEST(test_long_messages),
		TEST(test_links_that_are_left_alone),
		TEST(test_one_of_ours_among_others),
		TEST(test_nothing),
		TEST(test_notes),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

/* bot/intake.h: what comes twice, whole batches, and a store that takes nothing. */
#include "test_intake.h"

#define BATCH 50

/* Each pair: the second is the first once more, or not. */
static void test_twice(void **state)
{
	struct slack_inbound a[] = { slash, mention, mention, mention, mention, dm,   links, links,
				     links, press,   press,   press,   home,	home, joined };
	struct slack_inbound b[COUNT(a)];
	static const bool same[COUNT(a)] = { true, true, true, false, false, true, true, false,
					     true, true, true, false, true,  true, true };
	struct fixture *f = *state;

	memcpy(b, a, sizeof(a));
	b[1].ts = "1.2";       /* the same event id */
	b[2].event_id = "Ev2"; /* another id, the same message */
	b[3].event_id = "Ev2", b[3].ts = "1.2";
	b[4].event_id = "Ev2", b[4].user_id = "U2";
	b[5].event_id = NULL; /* RTM */
	b[6].event_id = "Ev2", b[6].unfurl_id = "C1.1.2";
	b[7].event_id = "Ev2", b[7].channel_id = "C2";
	/* who is still typing: neither channel nor message */
	a[8].source = b[8].source = "composer", a[8].channel_id = b[8].channel_id = "COMPOSER";
	b[8].event_id = "Ev2", b[8].ts = "other";
	b[9].action_ts = NULL;
	b[10].trigger_id = NULL;
	b[11].trigger_id = "1.2.c", b[11].action_ts = "6.2"; /* pressed again */
	b[12].action_ts = NULL;
	b[13].event_id = "Ev2";
	b[14].event_id = "Ev2";
	for (size_t i = 0; i < COUNT(a); i++) {
		int64_t duplicates = stats_get(STATS_DUPLICATES);
		struct intake_answer first = take(f, &a[i]), second = take(f, &b[i]);

		expect_note(&first, "stored");
		if ((second.job == 0) != same[i])
			fail_msg("pair %zu: %s", i, second.note);
		expect_note(&second, same[i] ? "duplicate" : "stored");
		assert_int_equal(second.status, 200);
		assert_int_equal(stats_get(STATS_DUPLICATES), duplicates + same[i]);
		run_sql(f, "DELETE FROM keys");
	}
}

/* A duplicate of a shown command is shown like the first: Slack asks once for each. */
static void test_duplicate_slash_is_echoed(void **state)
{
	struct fixture *f = *state;
	struct slack_inbound in = slash;

	in.text = "find sales";
	take(f, &in);
	struct intake_answer a = take(f, &in);
	expect_note(&a, "duplicate");
	assert_string_equal(a.body, "{\"response_type\":\"in_channel\"}");
}

/* Slack sends one message up to eleven times, each with an event id of its own. */
static void test_eleven_times(void **state)
{
	struct fixture *f = *state;
	struct slack_inbound in = mention;

	for (int i = 0; i < 11; i++) {
		in.event_id = mem_printf(f->ctx, "EvX%d", i);
		take(f, &in);
	}
	assert_int_equal(jobs(f), 1);
}

/* As the relay has them: all that one read of the socket brought. */
static void test_batch(void **state)
{
	struct fixture *f = *state;
	struct slack_inbound in[BATCH];
	struct intake_item items[BATCH];
	struct intake_answer ret[BATCH];
	size_t stored = 0, duplicates = 0, ignored = 0, noted = 0;

	take(f, &mention); /* known before */
	for (size_t i = 0; i < BATCH; i++) {
		in[i] = i % 5 == 3   ? (struct slack_inbound){ .kind = SLACK_INBOUND_NOTHING,
							       .why = "said to a friend" }
			: i % 5 == 4 ? (struct slack_inbound){ .kind = SLACK_INBOUND_PERSON,
							       .user_id = "U9" }
				     : mention;
		/* Ten times the one that is known, ten different ones, each twice. */
		if (i % 5 == 1 || i % 5 == 2)
			in[i].ts = in[i].event_id = mem_printf(f->ctx, "%zu", i / 5);
		items[i] = (struct intake_item){ .in = &in[i], .request = REQUEST };
	}
	intake_take(f->ctx, f->bot, items, BATCH, ret);
	for (size_t i = 0; i < BATCH; i++) {
		assert_int_equal(ret[i].status, 200);
		stored += strcmp(ret[i].note, "stored") == 0;
		duplicates += strcmp(ret[i].note, "duplicate") == 0;
		ignored += strcmp(ret[i].note, "ignored: said to a friend") == 0;
		noted += strcmp(ret[i].note, "noted") == 0;
		assert_int_equal(ret[i].job != 0, i % 5 == 1); /* the first of the two */
	}
	assert_int_equal(stored, 10);
	assert_int_equal(duplicates, 20);
	assert_int_equal(ignored, 10);
	assert_int_equal(noted, 10);
	assert_int_equal(jobs(f), 11);
	intake_take(f->ctx, f->bot, items, 0, ret);
}

/* A store that takes no jobs, as a full disk: Slack sends events again, people are told. */
static void test_not_stored(void **state)
{
	struct fixture *f = *state;
	const struct slack_inbound *const in[] = { &slash, &mention, &press, &home, &links };
	struct intake_item items[COUNT(in) + 1];
	struct intake_answer ret[COUNT(in) + 1];
	const struct slack_inbound nothing = { .kind = SLACK_INBOUND_NOTHING, .why = "event x" };

	run_sql(f, "CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN "
		   "SELECT RAISE(ABORT, 'disk full'); END");
	for (size_t i = 0; i < COUNT(in); i++)
		items[i] = (struct intake_item){ .in = in[i], .request = REQUEST };
	items[COUNT(in)] = (struct intake_item){ .in = &nothing, .request = REQUEST };
	intake_take(f->ctx, f->bot, items, COUNT(items), ret);
	for (size_t i = 0; i < COUNT(in); i++) {
		expect_note(&ret[i], "not stored: ");
		assert_int_equal(ret[i].status, i == 0 ? 200 : 503);
	}
	assert_non_null(strstr(ret[0].body, "I could not take this down"));
	assert_non_null(strstr(ret[0].body, "01234567"));
	assert_string_equal(ret[1].body, "");
	/* what is nothing has no part in it */
	expect_note(&ret[COUNT(in)], "ignored: event x");
	assert_int_equal(ret[COUNT(in)].status, 200);
	run_sql(f, "DROP TRIGGER full");
	struct intake_answer again = take(f, &mention);
	expect_note(&again, "stored");
}

static void test_not_noted(void **state)
{
	struct fixture *f = *state;
	const struct slack_inbound revoked = { .kind = SLACK_INBOUND_REVOKED };

	run_sql(f, "CREATE TRIGGER full BEFORE INSERT ON states BEGIN "
		   "SELECT RAISE(ABORT, 'disk full'); END");
	struct intake_answer a = take(f, &revoked);
	expect_note(&a, "not stored: ");
	assert_int_equal(a.status, 503);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_twice),	 TEST(test_duplicate_slash_is_echoed),
		TEST(test_eleven_times), TEST(test_batch),
		TEST(test_not_stored),	 TEST(test_not_noted),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

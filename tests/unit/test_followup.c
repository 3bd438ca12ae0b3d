/* What is written below an answer: a table of texts and of what they are. */
#include "bot/followup.h"

#include <sched.h>

#include "base/clock.h"
#include "base/json.h"
#include "bot/command.h"
#include "bot/offers.h"
#include "test_queue.h"

/* `said` is the words in the order of the enum, then the values behind "|"; "?" behind what may be
 * a command; NULL: no follow-up. */
static const struct {
	const char *text;
	const char *said;
	const char *name;
} cases[] = {
	{ "csv", "csv|", NULL },
	{ "  Picture  ", "picture|", NULL },
	{ "AGAIN", "again|", NULL },
	{ "picture csv csv", "csv picture|", NULL },
	{ "xlsx pdf", "xlsx pdf|", NULL },
	{ "region=EMEA", "|region=EMEA", "region" },
	{ "Region = EMEA", "|Region = EMEA", "Region" },
	{ "region=", "|region=", "region" },
	{ "region=EMEA csv", "csv|region=EMEA", "region" },
	{ "csv region=EMEA", "csv|region=EMEA", "region" },
	{ "region=North csv America", "csv|region=North America", "region" },
	{ "region=EMEA period=\"last 30 days\" again", "again|region=EMEA period=\"last 30 days\"",
	  "region" },
	{ "region=\"csv\"", "|region=\"csv\"", "region" },
	{ "region=\"a csv b\" csv", "csv|region=\"a csv b\"", "region" },
	{ "region=csv", "|region=csv", "region" },
	{ "picture=yes", "|picture=yes", "picture" },
	{ "picture = yes", "|picture = yes", "picture" },
	{ "\"order date\"=2026", "|\"order date\"=2026", "order date" },
	{ "order date=2026", "?|order date=2026", "order date" },
	{ "sals region=EMEA csv", "?csv|sals region=EMEA", "sals region" },
	{ "minimum=>=5", "|minimum=>=5", "minimum" },
	{ "users.region=EMEA", "|users.region=EMEA", "users.region" },
	{ "a=\"not closed", "|a=\"not closed", "a" },
	{ "", NULL, NULL },
	{ "   ", NULL, NULL },
	{ "sales", NULL, NULL },
	{ "csv please", NULL, NULL },
	{ "\"csv\"", NULL, NULL },
	{ "=5", NULL, NULL },
	{ ">=5", NULL, NULL },
	{ "total >=5", NULL, NULL },
	{ "\"\"=5", NULL, NULL },
	{ "\"a=b\"", NULL, NULL },
	{ "EMEA; last 7 days", NULL, NULL },
	{ "https://looker.example.com/x/abc?a=b", NULL, NULL },
};

static const char *const names[FOLLOWUP_WORDS] = { "csv", "xlsx", "pdf", "picture", "again" };

static char *describe(TALLOC_CTX *ctx, const struct followup *f)
{
	char *text = mem_strdup(ctx, f->doubtful ? "?" : "");
	bool first = true;

	for (size_t i = 0; i < FOLLOWUP_WORDS; i++) {
		if (!f->words[i])
			continue;
		mem_appendf(&text, "%s%s", first ? "" : " ", names[i]);
		first = false;
	}
	mem_appendf(&text, "|%s", f->values);
	return text;
}

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct followup f;
		bool read = followup_read(ctx, cases[i].text, &f);

		if (read != (cases[i].said != NULL))
			fail_msg("\"%s\" is %sa follow-up", cases[i].text, read ? "" : "not ");
		if (read) {
			assert_string_equal(describe(ctx, &f), cases[i].said);
			assert_string_equal(f.name ? f.name : "",
					    cases[i].name ? cases[i].name : "");
		}
		talloc_free(ctx);
	}
}

static void test_actions(void **state)
{
	(void)state;
	for (size_t i = 0; i < FOLLOWUP_AGAIN; i++)
		assert_string_equal(followup_action((enum followup_word)i), names[i]);
	assert_null(followup_action(FOLLOWUP_AGAIN));
}

/* --- the last answer --- */

static const struct slack_inbound dm = { .kind = SLACK_INBOUND_DM,
					 .channel_id = "D1",
					 .user_id = "U1" };
static const struct slack_inbound mention = { .kind = SLACK_INBOUND_MENTION,
					      .channel_id = "C1",
					      .user_id = "U1" };

static void note(struct bot *bot, TALLOC_CTX *ctx, const struct slack_inbound *in,
		 const char *thread, const struct reply *r)
{
	struct job_run run = { .ctx = ctx, .bot = bot };
	struct slack_inbound there = *in;

	there.thread_ts = thread;
	followup_note(&run, &there, r);
}

static const char *last(struct bot *bot, TALLOC_CTX *ctx, const struct slack_inbound *in,
			const char *thread, const char *user)
{
	struct slack_inbound there = *in;
	const char *key;
	struct err e;

	there.thread_ts = thread;
	there.user_id = user;
	assert_ok(followup_last(ctx, bot, &there, &key, &e), e);
	return key ? key : "";
}

static void test_the_last_answer(void **state)
{
	struct test_queue *t = *state;
	struct bot there = { .queue = t->q }, *bot = &there;
	TALLOC_CTX *ctx = t;

	assert_string_equal(last(bot, ctx, &dm, NULL, "U1"), "");
	note(bot, ctx, &dm, NULL, &(struct reply){ .shown = "a", .ts = "1.1" });
	note(bot, ctx, &dm, "1.1", &(struct reply){ .shown = "b", .ts = "1.2" });
	assert_string_equal(last(bot, ctx, &dm, NULL, "U1"), "a");
	assert_string_equal(last(bot, ctx, &dm, "1.1", "U1"), "b");
	assert_string_equal(last(bot, ctx, &dm, "1.2", "U1"), "");
	note(bot, ctx, &dm, NULL, &(struct reply){ .shown = "c", .private = true });
	assert_string_equal(last(bot, ctx, &dm, NULL, "U1"), "c");

	note(bot, ctx, &mention, NULL, &(struct reply){ .shown = "d", .ts = "2.1" });
	assert_string_equal(last(bot, ctx, &mention, NULL, "U1"), "");
	assert_string_equal(last(bot, ctx, &mention, "2.1", "U2"), "d");
	note(bot, ctx, &mention, "2.1", &(struct reply){ .shown = "e", .private = true });
	assert_string_equal(last(bot, ctx, &mention, "2.1", "U1"), "e");
	assert_string_equal(last(bot, ctx, &mention, "2.1", "U2"), "d");
	note(bot, ctx, &mention, "2.2", &(struct reply){ .shown = "f", .private = true });
	assert_string_equal(last(bot, ctx, &mention, "2.2", "U2"), "");
}

/* A command works in a direct message between two people as well. */
static void test_two_people(void **state)
{
	struct test_queue *t = *state;
	struct bot there = { .queue = t->q }, *bot = &there;
	const struct slack_inbound slash = { .kind = SLACK_INBOUND_SLASH,
					     .channel_id = "D2",
					     .user_id = "U1" };

	note(bot, t, &slash, NULL, &(struct reply){ .shown = "a", .private = true });
	assert_string_equal(last(bot, t, &slash, NULL, "U1"), "a");
	assert_string_equal(last(bot, t, &slash, NULL, "U2"), "");
}

/* What all see after what one person saw is the last for that person, too. */
static void test_own_and_all(void **state)
{
	struct test_queue *t = *state;
	struct bot there = { .queue = t->q }, *bot = &there;
	int64_t before_ms = clock_now_ms();

	note(bot, t, &mention, "3.1", &(struct reply){ .shown = "own", .private = true });
	while (clock_now_ms() <= before_ms + 1)
		sched_yield();
	note(bot, t, &mention, "3.1", &(struct reply){ .shown = "all", .ts = "3.2" });
	assert_string_equal(last(bot, t, &mention, "3.1", "U1"), "all");
}

/* A word may be the title of a dashboard that is not known yet: the list is read again first. */
static void test_words_may_be_commands(void **state)
{
	static const struct {
		const char *text;
		bool doubtful;
	} texts[] = { { "csv", true },
		      { "again", true },
		      { "sals region=EMEA", true },
		      { "region=EMEA", false } };
	static const struct catalogue nothing = { .n_commands = 0 };
	struct bot bot = { .n_lookers = 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct command_match match = { .rest = "" };
		assert_true(command_followup.match(*state, &bot, &nothing, texts[i].text, &match));
		assert_int_equal(match.doubtful, texts[i].doubtful);
	}
}

/* --- what a key says --- */

#define GOOD "\"what\":\"Look\",\"looker\":\"l\",\"id\":\"4\",\"title\":\"T\",\"query\":\"7\""

static bool reads(TALLOC_CTX *ctx, const char *kind, const char *text, struct offers_answer *ret)
{
	struct key_meaning key = { .kind = kind };
	struct err e;

	assert_ok(json_parse(ctx, text, strlen(text), &key.body, &e), e);
	bool ok = offers_read(ctx, &key, ret, &e);
	if (!ok)
		assert_int_equal(e.kind, ERR_INTERNAL);
	return ok;
}

static void test_keys(void **state)
{
	static const char *const bad[] = { "{}", "{\"what\":\"Look\",\"looker\":\"l\"}",
					   "{\"what\":\"page\",\"looker\":\"l\",\"id\":\"4\"}",
					   "{\"what\":\"Look\",\"id\":\"4\"}" };
	TALLOC_CTX *ctx = *state;
	struct offers_answer a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(reads(ctx, OFFERS_KIND, bad[i], &a));
	assert_false(reads(ctx, "csv", "{" GOOD "}", &a));
	assert_true(reads(ctx, OFFERS_KIND, "{" GOOD "}", &a));
	assert_int_equal(a.what, OFFERS_LOOK);
	assert_int_equal(a.link->n + a.n_filters, 0);
	assert_null(a.picture.id);
	assert_string_equal(a.csv.query_id, "7");
	assert_true(
		reads(ctx, OFFERS_KIND,
		      "{" GOOD ",\"link\":{\"f[a.b]\":\"1\",\"x\":null,\"y\":5},"
		      "\"filter_values\":[{\"name\":\"f[a.b]\",\"title\":\"a.b\",\"value\":\"1,2\","
		      "\"given\":true},7],\"picture\":{\"kind\":\"query\",\"id\":\"7\","
		      "\"width\":1200,\"height\":600,\"words\":\"a table\"}}",
		      &a));
	assert_int_equal(a.link->n, 1);
	assert_string_equal(form_get(a.link, "f[a.b]"), "1");
	assert_true(a.filters[0].given);
	assert_string_equal(offers_filters_text(ctx, &a), "f%5Ba.b%5D=1%2C2&=");
	assert_string_equal(a.picture.id, "7");
	assert_string_equal(a.picture_words, "a table");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_actions),
		cmocka_unit_test_setup_teardown(test_the_last_answer, test_queue_setup,
						test_queue_teardown),
		cmocka_unit_test_setup_teardown(test_two_people, test_queue_setup,
						test_queue_teardown),
		cmocka_unit_test_setup_teardown(test_own_and_all, test_queue_setup,
						test_queue_teardown),
		cmocka_unit_test_setup_teardown(test_words_may_be_commands, test_queue_setup,
						test_queue_teardown),
		cmocka_unit_test_setup_teardown(test_keys, test_queue_setup, test_queue_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

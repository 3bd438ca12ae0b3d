/* Names to ids: what Slack's pages say is found, by whom it may be meant, and what is not there. */
#include "test_bot.h"

#include "bot/directory.h"
#include "bot/job.h"
#include "bot/people.h"

#define CHANNEL(id, name, member)                                                                  \
	"{\"id\":\"" id "\",\"name\":\"" name "\",\"is_member\":" member "}"
#define CHANNELS(list, cursor)                                                                     \
	"{\"ok\":true,\"channels\":[" list "],\"response_metadata\":{\"next_cursor\":\"" cursor    \
	"\"}}"
#define PERSON(id, name, display, more)                                                            \
	"{\"id\":\"" id "\",\"name\":\"" name "\",\"profile\":{\"display_name\":\"" display        \
	"\",\"email\":\"" name "@example.com\"}" more "}"
#define PEOPLE(list) "{\"ok\":true,\"members\":[" list "]}"
#define REFUSED "{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"x:read\"}"

static void read_page(struct fixture *f, struct directory_reading *r)
{
	assert_ok(directory_read_page(f->ctx, &f->bot, f->deadline_ms, r, &f->e), f->e);
}

static void publish(struct fixture *f, const struct directory_reading *r)
{
	struct slack_identity self;

	assert_ok(people_self(f->ctx, &f->bot, f->deadline_ms, &self, &f->e), f->e);
	assert_ok(directory_publish(f->ctx, &f->bot, &self, r, &f->e), f->e);
}

static void read_all(struct fixture *f, int64_t began_ms)
{
	struct directory_reading r = { .began_ms = began_ms };

	while (r.kind < DIRECTORY_KINDS)
		read_page(f, &r);
	publish(f, &r);
}

static struct directory_found find(struct fixture *f, enum directory_kind kind, const char *name)
{
	struct directory_found found;

	assert_ok(directory_find(f->ctx, &f->bot, kind, name, &found, &f->e), f->e);
	return found;
}

static void test_pages(void **state)
{
	struct fixture *f = *state;
	struct directory_reading r = { .began_ms = clock_now_ms() };

	says("conversations.list", CHANNELS(CHANNEL("C1", "sales", "true"), "next"));
	read_page(f, &r);
	assert_string_equal(r.cursor, "next");
	says("conversations.list", CHANNELS(CHANNEL("C2", "général", "false"), ""));
	read_page(f, &r);
	assert_int_equal(r.kind, DIRECTORY_PEOPLE);
	says("users.list", PEOPLE(PERSON("U1", "ada", "Ada", "")));
	read_page(f, &r);
	assert_int_equal(r.kind, DIRECTORY_KINDS);
	/* Nobody looks into half of it. */
	assert_int_equal(find(f, DIRECTORY_CHANNELS, "sales").read_ms, 0);
	publish(f, &r);

	struct directory_found found = find(f, DIRECTORY_CHANNELS, "Sales");
	assert_string_equal(found.id, "C1");
	assert_true(found.open);
	assert_int_equal(found.read_ms, r.began_ms);
	found = find(f, DIRECTORY_CHANNELS, "Général");
	assert_string_equal(found.id, "C2");
	assert_false(found.open); /* the bot is not in it */
	found = find(f, DIRECTORY_CHANNELS, "sale");
	assert_null(found.id);
	assert_int_equal(found.read_ms, r.began_ms);
	assert_null(find(f, DIRECTORY_CHANNELS, "").id);
	assert_null(find(f, DIRECTORY_CHANNELS, "C1").id);
	assert_null(find(f, DIRECTORY_PEOPLE, "sales").id);
}

#define FIVE_CHANNELS                                                                              \
	CHANNEL("C1", "a", "true")                                                                 \
	"," CHANNEL("C2", "b", "true") "," CHANNEL("C3", "c", "true") "," CHANNEL(                 \
		"C4", "d", "true") "," CHANNEL("C5", "e", "true")
#define MANY_PAGES 200

/* A large workspace has many pages: each leaves nothing behind. */
static void test_many_pages(void **state)
{
	struct fixture *f = *state;
	struct directory_reading r = { .began_ms = clock_now_ms() };
	size_t before;

	says("conversations.list", CHANNELS(FIVE_CHANNELS, "next"));
	read_page(f, &r);
	before = talloc_total_size(f->ctx);
	for (size_t i = 1; i < MANY_PAGES; i++)
		read_page(f, &r);
	assert_int_equal(r.pages[DIRECTORY_CHANNELS], MANY_PAGES);
	assert_true(talloc_total_size(f->ctx) < before + (size_t)MANY_PAGES * 100);
	says("conversations.list", CHANNELS(CHANNEL("C9", "the-last", "true"), ""));
	says("users.list", PEOPLE(""));
	read_page(f, &r);
	read_page(f, &r);
	publish(f, &r);
	assert_string_equal(find(f, DIRECTORY_CHANNELS, "the-last").id, "C9");
}

static void test_people_of_other_companies(void **state)
{
	static const char list[] =
		PEOPLE(PERSON("U1", "ada", "Ada", ",\"team_id\":\"T1\"") "," PERSON(
			"U2", "eve", "Eve",
			",\"team_id\":\"T2\"") "," PERSON("U3", "far", "Far",
							  ",\"team_id\":\"T3\","
							  "\"teams\":[\"T1\"]"));
	struct fixture *f = *state;

	says("conversations.list", CHANNELS("", ""));
	says("users.list", list);
	read_all(f, clock_now_ms());
	assert_string_equal(find(f, DIRECTORY_PEOPLE, "ada").id, "U1");
	assert_int_equal(find(f, DIRECTORY_PEOPLE, "eve").n, 0);
	assert_int_equal(find(f, DIRECTORY_PEOPLE, "eve@example.com").n, 0);
	assert_string_equal(find(f, DIRECTORY_PEOPLE, "far").id, "U3");
}

static void test_anywhere(void **state)
{
	struct fixture *f = *state;
	static const char *const scopes[] = { "chat:write,chat:write.public", "chat:write",
					      "xchat:write.public", "chat:write.public.x" };

	says("conversations.list", CHANNELS(CHANNEL("C2", "random", "false"), ""));
	says("users.list", PEOPLE(""));
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		struct directory_reading r = { .began_ms = clock_now_ms() };
		struct slack_identity self = { .user_id = "UBOT", .scopes = scopes[i] };

		read_page(f, &r);
		read_page(f, &r);
		assert_ok(directory_publish(f->ctx, &f->bot, &self, &r, &f->e), f->e);
		assert_int_equal(find(f, DIRECTORY_CHANNELS, "random").open, i == 0);
	}
}

static void test_people(void **state)
{
	static const struct {
		const char *name, *id;
		size_t n;
	} cases[] = {
		{ "ADA", "U1", 1 },
		{ "benji@EXAMPLE.com", "U2", 1 },
		{ "Benji Sato", "U2", 1 },
		{ "Same Name", NULL, 2 },
		/* somebody's display name is another's user name: that one is meant */
		{ "chiara", "U3", 1 },
		{ "gil", NULL, 0 },
		{ "left", NULL, 0 },
		{ "robot", NULL, 0 },
		{ "slackbot", NULL, 0 },
		{ "ada\tada", NULL, 0 },
	};
	struct fixture *f = *state;

	says("conversations.list", CHANNELS("", ""));
	says("users.list",
	     PEOPLE(PERSON("U1", "ada", "Ada", "") "," PERSON("U2", "benji", "Benji Sato", "") "," PERSON(
		     "U4", "dora", "Chiara",
		     "") "," PERSON("U3", "chiara", "Same Name",
				    "") "," PERSON("U5", "eva", "same name",
						   "") "," PERSON("U6", "gil", "Gil",
								  ",\"is_restricted\":"
								  "true") "," PERSON("U7",
										     "lef"
										     "t",
										     "Lef"
										     "t",
										     ",\""
										     "del"
										     "ete"
										     "d\""
										     ":tr"
										     "ue") "," PERSON("U8",
												      "robot",
												      "Robot",
												      ",\"is_"
												      "bot\":"
												      "true") "," PERSON("USLACKBOT",
															 "slackbot",
															 "Slackbot",
															 "")));
	read_all(f, clock_now_ms());
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct directory_found found = find(f, DIRECTORY_PEOPLE, cases[i].name);

		if (found.n != cases[i].n || !found.id != !cases[i].id ||
		    (found.id && strcmp(found.id, cases[i].id) != 0))
			fail_msg("%s: %s, %zu", cases[i].name, found.id ? found.id : "nobody",
				 found.n);
		assert_int_equal(found.open, cases[i].id != NULL);
	}
}

/* Half of it may be had without the scope for the other. */
static void test_without_scopes(void **state)
{
	struct fixture *f = *state;
	struct directory_reading r = { .began_ms = clock_now_ms() };

	says("conversations.list", REFUSED);
	read_page(f, &r); /* once more without the private ones */
	assert_true(r.without_private);
	assert_int_equal(r.kind, DIRECTORY_CHANNELS);
	says("conversations.list", CHANNELS(CHANNEL("C1", "sales", "true"), ""));
	read_page(f, &r);
	says("users.list", REFUSED);
	read_page(f, &r);
	assert_int_equal(r.kind, DIRECTORY_KINDS);
	publish(f, &r);
	assert_string_equal(find(f, DIRECTORY_CHANNELS, "sales").id, "C1");
	assert_non_null(strstr(find(f, DIRECTORY_CHANNELS, "secret").problem, "x:read"));
	assert_non_null(strstr(find(f, DIRECTORY_PEOPLE, "ada").problem, "x:read"));
}

static void test_what_may_pass_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct directory_reading r = { .began_ms = 1 };

	says("conversations.list", "{\"ok\":false,\"error\":\"ratelimited\"}");
	assert_false(directory_read_page(f->ctx, &f->bot, f->deadline_ms, &r, &f->e));
	assert_int_equal(f->e.kind, ERR_RATE_LIMITED);
	says("conversations.list", NULL);
	assert_false(directory_read_page(f->ctx, &f->bot, f->deadline_ms, &r, &f->e));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_int_equal(r.kind, DIRECTORY_CHANNELS);
	assert_int_equal(r.pages[DIRECTORY_CHANNELS], 0);
}

/* A token that Slack refuses is put in order again; what is known of the names stays. */
static void test_a_refused_token_forgets_nothing(void **state)
{
	struct fixture *f = *state;
	struct directory_reading r = { .began_ms = 2 };

	says("conversations.list", CHANNELS(CHANNEL("C1", "sales", "true"), ""));
	says("users.list", PEOPLE(""));
	read_all(f, 1);
	says("conversations.list", "{\"ok\":false,\"error\":\"token_revoked\"}");
	assert_false(directory_read_page(f->ctx, &f->bot, f->deadline_ms, &r, &f->e));
	assert_int_equal(f->e.kind, ERR_AUTH);
	assert_int_equal(r.kind, DIRECTORY_CHANNELS);
	assert_null(r.problems[DIRECTORY_CHANNELS]);
	assert_string_equal(find(f, DIRECTORY_CHANNELS, "sales").id, "C1");
}

/* Of two readings the one that began later counts, whichever ends first. */
static void test_a_slow_reading(void **state)
{
	struct fixture *f = *state;
	struct directory_reading slow = { .began_ms = 1 };

	says("users.list", PEOPLE(""));
	says("conversations.list", CHANNELS(CHANNEL("C1", "old-name", "true"), ""));
	read_page(f, &slow);
	says("conversations.list", CHANNELS(CHANNEL("C1", "new-name", "true"), ""));
	read_all(f, 2);
	read_page(f, &slow);
	publish(f, &slow);
	assert_string_equal(find(f, DIRECTORY_CHANNELS, "new-name").id, "C1");
	assert_null(find(f, DIRECTORY_CHANNELS, "old-name").id);
}

/* Another token may be another workspace's. */
static void test_another_bot(void **state)
{
	struct fixture *f = *state;
	struct slack_identity self;

	says("conversations.list", CHANNELS(CHANNEL("C1", "sales", "true"), ""));
	says("users.list", PEOPLE(""));
	read_all(f, clock_now_ms());
	assert_string_equal(find(f, DIRECTORY_CHANNELS, "sales").id, "C1");
	f->config.slack_api_key = "xoxb-other-not-a-secret";
	says("auth.test", "{\"ok\":true,\"team_id\":\"T2\",\"user_id\":\"UNEW\"}");
	assert_ok(people_self(f->ctx, &f->bot, f->deadline_ms, &self, &f->e), f->e);
	struct directory_found found = find(f, DIRECTORY_CHANNELS, "sales");
	assert_null(found.id);
	assert_int_equal(found.read_ms, 0);
}

static int64_t pending(struct fixture *f)
{
	struct queue_depth depth;

	assert_ok(queue_depth(f->bot.queue, &depth, &f->e), f->e);
	return depth.pending;
}

static void test_when_it_is_read(void **state)
{
	struct config_looker looker = { .webhook_tokens = { NULL } };
	struct fixture *f = *state;

	f->config.lookers = &looker;
	f->config.n_lookers = 1;
	directory_read_later(&f->bot, 0); /* nobody can send a name */
	assert_int_equal(pending(f), 0);
	looker.webhook_tokens[0] = "a-token-not-a-secret";
	directory_read_later(&f->bot, DIRECTORY_MAX_AGE_MS);
	/* Slack takes its time: who asks again a few minutes later does not begin anew. */
	test_number(f->t, "UPDATE keys SET expires_ms = expires_ms - 300000");
	directory_read_later(&f->bot, DIRECTORY_MAX_AGE_MS);
	assert_int_equal(pending(f), 1);

	says("conversations.list", CHANNELS("", ""));
	says("users.list", PEOPLE(""));
	read_all(f, clock_now_ms() - DIRECTORY_FRESH_MS - 1);
	assert_int_equal(pending(f), 2); /* the next one, in an hour */
	directory_read_later(&f->bot, DIRECTORY_MAX_AGE_MS);
	assert_int_equal(pending(f), 2);
	directory_read_later(&f->bot, DIRECTORY_FRESH_MS);
	assert_int_equal(pending(f), 3);
}

static void test_a_reading_that_failed_is_not_the_last(void **state)
{
	struct config_looker looker = { .webhook_tokens = { "a-token-not-a-secret" } };
	const atomic_bool stop = false;
	struct fixture *f = *state;

	f->config.lookers = &looker;
	f->config.n_lookers = 1;
	says("auth.test", NULL);
	directory_read_later(&f->bot, DIRECTORY_MAX_AGE_MS);
	struct queue_job *job = test_lease(f->t, f->t->q);
	job->expires_ms = clock_now_ms(); /* Slack was away for as long as it may be tried */
	assert_string_equal(job_run(f->ctx, &f->bot, NULL, job, &stop).event, "job_dead");
	assert_int_equal(pending(f), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pages),
		TEST(test_many_pages),
		TEST(test_people_of_other_companies),
		TEST(test_anywhere),
		TEST(test_people),
		TEST(test_without_scopes),
		TEST(test_what_may_pass_is_an_error),
		TEST(test_a_refused_token_forgets_nothing),
		TEST(test_a_slow_reading),
		TEST(test_another_bot),
		TEST(test_when_it_is_read),
		TEST(test_a_reading_that_failed_is_not_the_last),
	};

	return run_group(tests, sizeof(tests) / sizeof(tests[0]));
}

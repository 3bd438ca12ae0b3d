/* Who may ask: Slack's facts about people, and what the bot makes of them. */
#include "test_bot.h"

#include "bot/listening.h"
#include "bot/people.h"

#define USER(more)                                                                                 \
	"{\"ok\":true,\"user\":{\"id\":\"U1\",\"profile\":{\"display_name\":\"ada\"}" more "}}"
#define OWN ",\"team_id\":\"T1\""
#define OTHER ",\"team_id\":\"T2\""

#define GUEST "Sorry @ada, as a guest user you're not able to use this command."
#define ELSEWHERE                                                                                  \
	"Sorry @ada, as a user from another workspace you're not able to use this command."
#define BOT "Sorry @ada, as a bot you're not able to use this command."
#define DELETED "Sorry @ada, as a deactivated user you're not able to use this command."

#define PLAIN 0
#define GUESTS 1
#define SHARED 2
#define STRICT 4

static const struct verdict {
	const char *user;
	const char *self;
	int settings;
	const char *refusal; /* NULL: may ask */
} verdicts[] = {
	{ USER(OWN), SELF, PLAIN, NULL },
	/* authorised this app: the original bot took that for a bot */
	{ USER(OWN ",\"is_app_user\":true"), SELF, PLAIN, NULL },
	{ USER(OWN ",\"is_bot\":true"), SELF, GUESTS | SHARED, BOT },
	{ USER(OTHER ",\"is_bot\":true,\"deleted\":true"), SELF, PLAIN, BOT },
	{ USER(OWN ",\"deleted\":true"), SELF, GUESTS | SHARED, DELETED },
	{ USER(OTHER ",\"deleted\":true"), SELF, PLAIN, DELETED },
	/* other workspaces */
	{ USER(OTHER), SELF, PLAIN, ELSEWHERE },
	{ USER(OTHER), SELF, GUESTS, ELSEWHERE },
	{ USER(OTHER), SELF, SHARED, NULL },
	{ USER(OTHER ",\"is_stranger\":false"), SELF, PLAIN, ELSEWHERE },
	{ USER(OTHER ",\"is_restricted\":true"), SELF, PLAIN, ELSEWHERE },
	{ USER(OTHER ",\"is_restricted\":true"), SELF, SHARED, GUEST },
	{ USER(OTHER ",\"is_restricted\":true"), SELF, SHARED | GUESTS, NULL },
	{ USER(OWN ",\"is_stranger\":true"), SELF, PLAIN, ELSEWHERE },
	{ USER(OWN ",\"is_stranger\":true"), SELF, SHARED, NULL },
	{ USER(""), SELF, PLAIN, ELSEWHERE }, /* Slack does not say where from */
	{ USER(",\"team_id\":null,\"enterprise_id\":null"), SELF, PLAIN, ELSEWHERE },
	{ USER(",\"team_id\":7,\"teams\":[7,null,{}]"), SELF, PLAIN, ELSEWHERE },
	/* guests */
	{ USER(OWN ",\"is_restricted\":true"), SELF, PLAIN, GUEST },
	{ USER(OWN ",\"is_ultra_restricted\":true"), SELF, SHARED, GUEST },
	{ USER(OWN ",\"is_restricted\":true"), SELF, GUESTS, NULL },
	/* Grid */
	{ USER(OTHER ",\"teams\":[\"T3\",\"T1\"]"), SELF, STRICT, NULL },
	{ USER(OTHER ",\"enterprise_user\":{\"teams\":[\"T2\",\"T1\"]}"), SELF, STRICT, NULL },
	{ USER(OTHER ",\"teams\":[\"T3\"],\"enterprise_user\":{\"teams\":[\"T2\"]}"), SELF, PLAIN,
	  ELSEWHERE },
	{ USER(OTHER ",\"enterprise_user\":{\"enterprise_id\":\"E1\"}"), SELF_GRID, PLAIN, NULL },
	{ USER(OTHER ",\"enterprise_user\":{\"enterprise_id\":\"E1\"}"), SELF_GRID, STRICT,
	  ELSEWHERE },
	{ USER(OTHER ",\"enterprise_id\":\"E1\""), SELF_GRID, PLAIN, NULL },
	{ USER(",\"team_id\":\"E1\""), SELF_GRID, PLAIN, NULL },
	{ USER(",\"team_id\":\"E1\""), SELF_GRID, STRICT, ELSEWHERE },
	{ USER(OTHER ",\"enterprise_id\":\"E2\""), SELF_GRID, PLAIN, ELSEWHERE },
	{ USER(OTHER ",\"enterprise_id\":\"E1\""), SELF, PLAIN, ELSEWHERE },
	{ USER(OTHER ",\"enterprise_id\":\"\""), SELF, PLAIN, ELSEWHERE },
};

static void set(struct fixture *f, int settings)
{
	f->config.allow_guests = settings & GUESTS;
	f->config.allow_shared_workspaces = settings & SHARED;
	f->config.strict_teams = settings & STRICT;
}

static const char *ask(struct fixture *f, const char *user_id)
{
	const char *refusal = "?";

	assert_ok(people_may_ask(f->ctx, &f->bot, f->deadline_ms, user_id, &refusal, &f->e), f->e);
	return refusal;
}

static void test_verdicts(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		const struct verdict *v = &verdicts[i];
		int before = calls("users.info");

		says("auth.test", v->self);
		says("users.info", v->user);
		set(f, v->settings);
		f->config.slack_api_key = mem_printf(f->ctx, "xoxb-%zu-not-a-secret", i);
		assert_ok(people_forget(&f->bot, "U1", &f->e), f->e);
		const char *first = ask(f, "U1"), *again = ask(f, "U1");
		if (!v->refusal != !first || (first && strcmp(first, v->refusal) != 0))
			fail_msg("%zu: %s: %s", i, v->user, first ? first : "may ask");
		/* What is kept says the same. */
		assert_true(!first == !again && (!first || strcmp(first, again) == 0));
		assert_int_equal(calls("users.info"), before + 1);
		assert_int_equal(calls("auth.test"), i + 1);
	}
}

static void test_settings_count_at_once(void **state)
{
	struct fixture *f = *state;

	says("auth.test", SELF_GRID);
	says("users.info", USER(OTHER ",\"enterprise_id\":\"E1\",\"is_restricted\":true"));
	set(f, GUESTS);
	assert_null(ask(f, "U1"));
	set(f, GUESTS | STRICT);
	assert_string_equal(ask(f, "U1"), ELSEWHERE);
	set(f, SHARED | STRICT);
	assert_string_equal(ask(f, "U1"), GUEST);
	assert_int_equal(calls("users.info"), 1);
}

static void test_forgotten(void **state)
{
	struct fixture *f = *state;

	says("users.info", USER(OWN));
	assert_null(ask(f, "U1"));
	says("users.info", USER(OWN ",\"deleted\":true"));
	assert_null(ask(f, "U1"));
	assert_ok(people_forget(&f->bot, "U1", &f->e), f->e);
	assert_string_equal(ask(f, "U1"), DELETED);
	assert_ok(people_forget(&f->bot, "U-never-seen", &f->e), f->e);
}

/* Another token may be another workspace's: nobody of the old one slips through. */
static void test_another_token(void **state)
{
	struct fixture *f = *state;

	says("users.info", USER(OWN));
	assert_null(ask(f, "U1"));
	assert_string_equal(people_self_id(f->ctx, &f->bot), "UBOT");
	f->config.slack_api_key = "xoxb-other-not-a-secret";
	assert_null(people_self_id(f->ctx, &f->bot));
	says("auth.test", "{\"ok\":true,\"team_id\":\"T2\",\"user_id\":\"UNEW\"}");
	assert_string_equal(ask(f, "U1"), ELSEWHERE);
	assert_string_equal(people_self_id(f->ctx, &f->bot), "UNEW");
}

/* A token that is taken again ends what Slack said of a revoked one; no other answer does. */
static void test_installed_again(void **state)
{
	struct fixture *f = *state;
	struct slack_identity self;

	assert_ok(listening_note_revoked(&f->bot, &f->e), f->e);
	says("auth.test", "{\"ok\":false,\"error\":\"token_revoked\"}");
	assert_false(people_self(f->ctx, &f->bot, f->deadline_ms, &self, &f->e));
	assert_true(listening_is_revoked(f->ctx, &f->bot));
	says("auth.test", SELF);
	assert_ok(people_self(f->ctx, &f->bot, f->deadline_ms, &self, &f->e), f->e);
	assert_false(listening_is_revoked(f->ctx, &f->bot));
	/* What is known already says nothing about today's token; health asks. */
	assert_ok(listening_note_revoked(&f->bot, &f->e), f->e);
	assert_ok(people_self(f->ctx, &f->bot, f->deadline_ms, &self, &f->e), f->e);
	assert_true(listening_is_revoked(f->ctx, &f->bot));
	assert_ok(people_ask_self(f->ctx, &f->bot, f->deadline_ms, &self, &f->e), f->e);
	assert_false(listening_is_revoked(f->ctx, &f->bot));
}

static void test_what_slack_will_not_say_is_a_no(void **state)
{
	static const struct {
		const char *method, *body, *words;
	} cases[] = {
		{ "users.info", "{\"ok\":false,\"error\":\"user_not_found\"}", "user_not_found" },
		{ "users.info", "{\"ok\":false,\"error\":\"user_not_visible\"}",
		  "user_not_visible" },
		{ "users.info",
		  "{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"users:read\"}",
		  "users:read" },
		{ "users.info", "{\"ok\":true}", "no user" },
		{ "auth.test", "{\"ok\":false,\"error\":\"token_revoked\"}", "token_revoked" },
		{ "auth.test", "{\"ok\":true}", "team_id" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		says("auth.test", SELF);
		says("users.info", USER(OWN));
		says(cases[i].method, cases[i].body);
		f->config.slack_api_key = mem_printf(f->ctx, "xoxb-%zu-not-a-secret", i);
		set(f, GUESTS | SHARED);
		const char *refusal = ask(f, "U1");
		if (!refusal)
			fail_msg("%s: may ask", cases[i].body);
		assert_non_null(strstr(refusal, "Could not fetch your user info from Slack. "));
		assert_non_null(strstr(refusal, cases[i].words));
	}
	/* Not kept: mended is mended. */
	says("auth.test", SELF);
	says("users.info", USER(OWN));
	assert_null(ask(f, "U1"));
}

static void test_what_may_pass_is_no_answer(void **state)
{
	static const struct {
		const char *method, *body;
		enum err_kind kind;
	} cases[] = {
		{ "users.info", NULL, ERR_TEMPORARY },
		{ "users.info", "<html>", ERR_TEMPORARY },
		{ "users.info", "{\"ok\":false,\"error\":\"internal_error\"}", ERR_TEMPORARY },
		{ "users.info", "{\"ok\":false,\"error\":\"ratelimited\"}", ERR_RATE_LIMITED },
		{ "auth.test", NULL, ERR_TEMPORARY },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *refusal;

		says("auth.test", SELF);
		says("users.info", USER(OWN));
		says(cases[i].method, cases[i].body);
		f->config.slack_api_key = mem_printf(f->ctx, "xoxb-%zu-not-a-secret", i);
		assert_false(
			people_may_ask(f->ctx, &f->bot, f->deadline_ms, "U1", &refusal, &f->e));
		assert_int_equal(f->e.kind, cases[i].kind);
		assert_non_null(strstr(f->e.text, "Could not fetch your user info from Slack: "));
	}
}

static void test_slackbot(void **state)
{
	struct fixture *f = *state;

	set(f, GUESTS | SHARED);
	assert_string_equal(ask(f, "USLACKBOT"),
			    "Sorry @slackbot, as a bot you're not able to use this command.");
	assert_int_equal(calls("users.info"), 0);
}

static void test_names_cannot_ping(void **state)
{
	static const char *const names[] = { "here", "channel", "<!channel>", "*x* <@U2>",
					     "@here" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		says("users.info",
		     mem_printf(f->ctx,
				"{\"ok\":true,\"user\":{\"real_name\":\"%s\",\"profile\":"
				"{\"display_name\":\"\"},\"team_id\":\"T2\"}}",
				names[i]));
		assert_ok(people_forget(&f->bot, "U1", &f->e), f->e);
		const char *refusal = ask(f, "U1");
		assert_null(strchr(refusal, '<'));
		assert_null(strstr(refusal, "@here"));
		assert_null(strstr(refusal, "@channel"));
	}
}

static void test_facts(void **state)
{
	struct fixture *f = *state;
	struct person *p;

	for (int i = 0; i < 2; i++) { /* asked, and kept */
		says("users.info",
		     USER(OWN ",\"is_email_confirmed\":true,\"is_restricted\":true,"
			      "\"profile\":{\"display_name\":\"\",\"real_name\":\"Ada O\","
			      "\"email\":\"ada@acme.example\"}"));
		assert_ok(people_get(f->ctx, &f->bot, f->deadline_ms, "U1", &p, &f->e), f->e);
		assert_string_equal(p->id, "U1");
		assert_string_equal(p->name, "Ada O");
		assert_string_equal(p->email, "ada@acme.example");
		assert_true(p->email_confirmed && p->own && p->guest);
		assert_false(p->bot || p->deleted || p->stranger);
	}
	says("users.info", USER(OWN ",\"is_email_confirmed\":false,\"profile\":"
				    "{\"email\":\"a@b.example\"},\"name\":\"old\""));
	assert_ok(people_get(f->ctx, &f->bot, f->deadline_ms, "U2", &p, &f->e), f->e);
	assert_string_equal(p->name, "old");
	assert_false(p->email_confirmed);
	/* Without an address nothing is confirmed. */
	says("users.info", USER(OWN ",\"is_email_confirmed\":true"));
	assert_ok(people_get(f->ctx, &f->bot, f->deadline_ms, "U3", &p, &f->e), f->e);
	assert_null(p->email);
	assert_false(p->email_confirmed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_verdicts),
		TEST(test_settings_count_at_once),
		TEST(test_forgotten),
		TEST(test_another_token),
		TEST(test_installed_again),
		TEST(test_what_slack_will_not_say_is_a_no),
		TEST(test_what_may_pass_is_no_answer),
		TEST(test_slackbot),
		TEST(test_names_cannot_ping),
		TEST(test_facts),
	};
	return run_group(tests, sizeof(tests) / sizeof(tests[0]));
}

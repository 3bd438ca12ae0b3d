/* What the relay tells about itself, how long that counts, and the sentences that come of it. */
#include "test_bot.h"

#include "bot/listening.h"

#define KEY "relay"
#define TTL_MS 15000
#define BUSY_MS 10000 /* that this machine may need from telling to looking */
#define APP_TOKEN "xapp-test-not-a-secret"

#define REVOKED                                                                                    \
	"The app was removed from the workspace or its token revoked: the app's owner can "        \
	"install it again and set the new SLACK_API_KEY."
#define LIMITED                                                                                    \
	"Slack leaves out events of this app, because there were more than it allows in an hour."
#define SILENT(way)                                                                                \
	"Slack's messages come by " way ", but nothing is heard of lookerbot-relay: start it, or " \
	"look at its log."

static struct listening get(struct fixture *f)
{
	struct listening l;

	assert_ok(listening_get(f->ctx, &f->bot, &l, &f->e), f->e);
	return l;
}

static void tell(struct fixture *f, const struct listening *l)
{
	assert_ok(listening_tell(f->ctx, &f->bot, l, &f->e), f->e);
}

static void set(struct fixture *f, const char *key, const char *value)
{
	assert_ok(queue_state_set(f->t->q, key, value, strlen(value), TEST_EXPIRES_MS, &f->e),
		  f->e);
}

/* What the database says of the relay's row, and does with it. */
static int64_t sql(struct fixture *f, const char *text)
{
	sqlite3_stmt *statement;
	int64_t number = 0;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->t->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(db, TEST_LONG_MS), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
	int got = sqlite3_step(statement);
	assert_true(got == SQLITE_ROW || got == SQLITE_DONE);
	if (got == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return number;
}

static void assert_text(const char *text, const char *wanted)
{
	assert_int_equal(!text, !wanted);
	if (wanted)
		assert_string_equal(text, wanted);
}

static void test_states(void **state)
{
	struct fixture *f = *state;
	static const struct listening told[] = {
		{ LISTENING_CONNECTING, "RTM", "closed with 1006", 1700000000123, 0, 0 },
		{ LISTENING_OPEN, "Socket Mode", NULL, 1700000000123, 2, 1 },
		{ LISTENING_REFUSED, "Socket Mode", "a \"reason\"\n", 1, 0, 9 },
		{ LISTENING_NOT_NEEDED, "RTM", NULL, 0, 0, 0 },
	};

	assert_int_equal(get(f).state, LISTENING_SILENT);
	assert_null(get(f).way);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		tell(f, &told[i]);
		struct listening l = get(f);
		assert_int_equal(l.state, told[i].state);
		assert_text(l.way, told[i].way);
		assert_text(l.reason, told[i].reason);
		assert_int_equal(l.since_ms, told[i].since_ms);
		assert_int_equal(l.connections, told[i].connections);
		assert_int_equal(l.elsewhere, told[i].elsewhere);
	}
}

/* The last word of a relay that ends: it takes back what it has told. */
static void test_last_word(void **state)
{
	struct fixture *f = *state;

	tell(f, &(struct listening){ .state = LISTENING_OPEN, .way = "RTM" });
	assert_int_equal(sql(f, "SELECT count(*) FROM states WHERE key = '" KEY "'"), 1);
	tell(f, &(struct listening){ .state = LISTENING_SILENT });
	assert_int_equal(get(f).state, LISTENING_SILENT);
	assert_int_equal(sql(f, "SELECT count(*) FROM states WHERE key = '" KEY "'"), 0);
}

/* A relay that told nothing for 15 s is deaf, whatever it told before. */
static void test_expires(void **state)
{
	struct fixture *f = *state;
	int64_t before_ms = clock_now_ms();

	f->config.slack_app_token = APP_TOKEN;
	tell(f, &(struct listening){ .state = LISTENING_OPEN, .way = "Socket Mode" });
	int64_t expires_ms = sql(f, "SELECT expires_ms FROM states WHERE key = '" KEY "'");
	assert_in_range(expires_ms, before_ms + TTL_MS, before_ms + TTL_MS + BUSY_MS);
	assert_null(listening_reason(f->ctx, &f->bot));
	sql(f, mem_printf(f->ctx,
			  "UPDATE states SET expires_ms = expires_ms - %d WHERE key = '" KEY "'",
			  TTL_MS + BUSY_MS));
	assert_int_equal(get(f).state, LISTENING_SILENT);
	assert_text(listening_reason(f->ctx, &f->bot), SILENT("Socket Mode"));
}

static const struct sentence {
	bool app_token, http;
	enum listening_state state;
	const char *way, *reason;
	const char *said; /* NULL: nothing is amiss */
} sentences[] = {
	/* no relay */
	{ false, true, LISTENING_SILENT, NULL, NULL, NULL },
	{ true, true, LISTENING_SILENT, NULL, NULL, SILENT("Socket Mode") },
	{ true, false, LISTENING_SILENT, NULL, NULL, SILENT("Socket Mode") },
	{ false, false, LISTENING_SILENT, NULL, NULL, SILENT("RTM") },
	/* it hears */
	{ true, false, LISTENING_OPEN, "Socket Mode", NULL, NULL },
	{ false, false, LISTENING_OPEN, "RTM", NULL, NULL },
	/* it does not */
	{ true, true, LISTENING_REFUSED, "Socket Mode", "it is switched off.",
	  "Socket Mode is refused: it is switched off." },
	{ false, false, LISTENING_REFUSED, "RTM", NULL, "RTM is refused: " },
	/* HTTP is enough, whatever becomes of RTM */
	{ false, true, LISTENING_REFUSED, "RTM", "not_allowed_token_type", NULL },
	{ false, true, LISTENING_CONNECTING, "RTM", "closed", NULL },
	{ false, true, LISTENING_NOT_NEEDED, "RTM", NULL, NULL },
	/* it has older settings than we */
	{ true, true, LISTENING_NOT_NEEDED, "RTM", NULL, SILENT("RTM") },
};

static void test_sentences(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		const struct sentence *s = &sentences[i];
		const struct listening l = { .state = s->state,
					     .way = s->way,
					     .reason = s->reason };

		f->config.slack_app_token = s->app_token ? APP_TOKEN : NULL;
		f->config.slack_signing_secrets[0] = s->http ? "test-not-a-secret" : NULL;
		tell(f, &l);
		const char *said = listening_reason(f->ctx, &f->bot);
		if (!said != !s->said || (said && strcmp(said, s->said) != 0))
			fail_msg("%zu: %s", i, said ? said : "nothing");
	}
}

/* The old verification token of slash commands is HTTP, too. */
static void test_slash_tokens_are_http(void **state)
{
	struct fixture *f = *state;

	f->config.slack_slash_tokens[0] = "test-not-a-secret";
	assert_null(listening_reason(f->ctx, &f->bot));
}

/* The seconds change while we look. */
static void test_connecting(void **state)
{
	struct fixture *f = *state;
	struct listening l = { .state = LISTENING_CONNECTING, .way = "Socket Mode" };

	f->config.slack_app_token = APP_TOKEN;
	l.since_ms = clock_now_ms() - 3600 * 1000;
	tell(f, &l);
	const char *said = listening_reason(f->ctx, &f->bot);
	assert_non_null(strstr(said, "Socket Mode is not connected for 36"));
	assert_non_null(strstr(said, "lookerbot-relay keeps trying (it has just begun)."));
	l.reason = "closed with 1001";
	tell(f, &l);
	assert_non_null(strstr(listening_reason(f->ctx, &f->bot), "(closed with 1001)"));
}

/* What Slack says of the app stands behind it, or alone. */
static void test_what_slack_says(void **state)
{
	struct fixture *f = *state;

	f->config.slack_signing_secrets[0] = "test-not-a-secret";
	set(f, "slack:limited", "1");
	assert_text(listening_reason(f->ctx, &f->bot), LIMITED);
	set(f, "slack:revoked", "1");
	assert_text(listening_reason(f->ctx, &f->bot), REVOKED " " LIMITED);
	f->config.slack_app_token = APP_TOKEN;
	assert_text(listening_reason(f->ctx, &f->bot),
		    SILENT("Socket Mode") " " REVOKED " " LIMITED);
}

static void test_what_makes_no_sense(void **state)
{
	struct fixture *f = *state;
	struct listening l;

	f->config.slack_app_token = APP_TOKEN;
	set(f, KEY, "{\"state\":\"on holiday\"}");
	assert_int_equal(get(f).state, LISTENING_SILENT);
	assert_text(listening_reason(f->ctx, &f->bot), SILENT("Socket Mode"));
	set(f, KEY, "{");
	assert_false(listening_get(f->ctx, &f->bot, &l, &f->e));
	assert_non_null(
		strstr(listening_reason(f->ctx, &f->bot), "The relay's state cannot be read: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_states),
		TEST(test_last_word),
		TEST(test_expires),
		TEST(test_sentences),
		TEST(test_slash_tokens_are_http),
		TEST(test_connecting),
		TEST(test_what_slack_says),
		TEST(test_what_makes_no_sense),
	};

	return run_group(tests, sizeof(tests) / sizeof(tests[0]));
}

/* config/: sources, types, defaults, and every fault that one setting can have. */
#include "config_fixture.h"

#include "base/log.h"

static void test_defaults(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, GOOD);
	fixture_expect(f, NULL, false);
	const struct config *c = f->c;
	assert_string_equal(c->slack_api_url, "https://slack.com/api/");
	assert_int_equal(c->port, 3333);
	assert_int_equal(c->workers, 256);
	assert_int_equal(c->threads, 32);
	assert_int_equal(c->looker_concurrency, 256);
	assert_true(c->state_max_bytes == INT64_C(2) << 30);
	assert_string_equal(c->bind, "0.0.0.0");
	assert_string_equal(c->s3_region, "us-east-1");
	assert_string_equal(c->charts, "auto");
	assert_string_equal(c->dashboards, "tiles");
	assert_true(c->loading_messages && c->data_actions && c->looker_tls_verify);
	assert_false(c->expand_urls || c->allow_guests || c->allow_shared_workspaces || c->debug);
	assert_false(c->strict_teams || c->run_as_asker);
	assert_null(c->env_file);
	assert_null(c->slack_app_token);
	assert_string_equal(c->state_dir, mem_printf(f, "%s/var", f->dir));
	assert_string_equal(c->queue_url, mem_printf(f, "sqlite:%s/var/queue.db", f->dir));
	assert_true(config_has_slack(c) && config_has_looker(c));
}

static void test_nothing_set(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, "HOME=/root\nPATH=/bin\nSLACK_API_KEY=\nLOOKER_URL= \n");
	assert_true(f->faults->fatal);
	assert_int_equal(f->faults->n, 3); /* a Looker, the API key; a proof (a warning) */
	assert_false(config_has_slack(f->c) || config_has_looker(f->c));
	assert_int_equal(f->c->n_lookers, 0);
}

static void test_sources(void **state)
{
	struct fixture *f = *state;
	fixture_write(".env", GOOD "PORT=1111\nLOOKERBOT_BIND='127.0.0.1' # here\n"
				   "DEBUG_MODE=true\n");
	fixture_load(f, "PORT=2222\nDEBUG_MODE=\n");
	fixture_expect(f, NULL, false);
	assert_int_equal(f->c->port, 2222); /* the environment wins */
	assert_false(f->c->debug);	    /* even when it is empty */
	assert_string_equal(f->c->bind, "127.0.0.1");
	assert_string_equal(f->c->env_file, mem_printf(f, "%s/.env", f->dir));

	fixture_write("other.env", GOOD "PORT=4444");
	fixture_load(f, "LOOKERBOT_ENV_FILE=./other.env");
	fixture_expect(f, NULL, false);
	assert_int_equal(f->c->port, 4444);
	assert_string_equal(f->c->env_file, mem_printf(f, "%s/other.env", f->dir));

	fixture_load(f, GOOD "LOOKERBOT_ENV_FILE=missing.env");
	fixture_expect(f, "LOOKERBOT_ENV_FILE", true);
	fixture_write(".env", "SLACK_API_KEY xoxb-9-secret");
	fixture_load(f, GOOD);
	fixture_expect(f, "LOOKERBOT_ENV_FILE", true);
	fixture_expect_hidden(f, "9-secret");
}

static void test_secret_files(void **state)
{
	struct fixture *f = *state;
	fixture_write("secret", "xoxb-from-file\n");
	fixture_load(f, GOOD_LOOKER "SLACK_SIGNING_SECRET=0123456789\nSLACK_API_KEY_FILE=secret");
	fixture_expect(f, NULL, false);
	assert_string_equal(f->c->slack_api_key, "xoxb-from-file");

	fixture_load(f, GOOD "SLACK_API_KEY_FILE=secret"); /* the plain variable wins */
	assert_string_equal(f->c->slack_api_key, "xoxb-1-good");

	fixture_load(f,
		     GOOD "SLACK_API_KEY_FILE=secret\nLOOKER_CUSTOM_COMMAND_SPACE_ID=\n"
			  "LOOKER_CUSTOM_COMMAND_FOLDER_ID=8"); /* an empty name hides no other */
	assert_string_equal(f->c->lookers[0].command_folder, "8");

	fixture_load(f, GOOD_LOOKER "SLACK_SIGNING_SECRET=0123456789\nSLACK_API_KEY_FILE=nowhere");
	fixture_expect(f, "SLACK_API_KEY_FILE", true);

	fixture_write("SLACK_API_KEY", "xoxb-credential");
	char *dir = mem_printf(f,
			       GOOD_LOOKER "SLACK_SIGNING_SECRET=0123456789\n"
					   "CREDENTIALS_DIRECTORY=%s",
			       f->dir);
	fixture_write(".env", "SLACK_API_KEY=xoxb-env-file");
	fixture_load(f, dir);
	fixture_expect(f, NULL, false);
	assert_string_equal(f->c->slack_api_key, "xoxb-credential");
}

/* One line of environment beside a good configuration, and the only fault that it causes. */
static void test_faults(void **state)
{
	static const struct {
		const char *line, *setting;
		bool fatal;
		const char *hidden;
	} cases[] = {
		{ "PORT=0", "PORT", true, NULL },
		{ "PORT=65536", "PORT", true, NULL },
		{ "PORT=http", "PORT", true, NULL },
		{ "LOOKERBOT_THREADS=0", "LOOKERBOT_THREADS", true, NULL },
		{ "LOOKERBOT_WORKERS=-1", "LOOKERBOT_WORKERS", true, NULL },
		{ "LOOKERBOT_STATE_MAX=2 apples", "LOOKERBOT_STATE_MAX", true, NULL },
		{ "LOOKERBOT_STATE_MAX=1M", "LOOKERBOT_STATE_MAX", true, NULL },
		{ "LOOKERBOT_STATE_MAX=99999999999999999999T", "LOOKERBOT_STATE_MAX", true, NULL },
		{ "DEBUG_MODE=maybe", "DEBUG_MODE", true, NULL },
		{ "LOOKERBOT_BIND=everywhere", "LOOKERBOT_BIND", true, NULL },
		{ "LOOKERBOT_CHARTS=pretty", "LOOKERBOT_CHARTS", true, NULL },
		{ "LOOKERBOT_CHARTS=auto native", "LOOKERBOT_CHARTS", true, NULL },
		{ "LOOKERBOT_QUEUE_URL=postgres://u:secret@h/db", "LOOKERBOT_QUEUE_URL", true,
		  "secret" },
		{ "LOOKERBOT_QUEUE_URL=sqlite:", "LOOKERBOT_QUEUE_URL", true, NULL },
		{ "LOOKERBOT_PUBLIC_URL=bot.example.com", "LOOKERBOT_PUBLIC_URL", true, NULL },
		{ "LOOKERBOT_PUBLIC_URL=https://u:secret@x", "LOOKERBOT_PUBLIC_URL", true,
		  "secret" },
		{ "LOOKERBOT_PUBLIC_URL=https://x/?a=1", "LOOKERBOT_PUBLIC_URL", true, NULL },
		{ "LOOKERBOT_PUBLIC_URL=https://x:99999", "LOOKERBOT_PUBLIC_URL", true, NULL },
		{ "LOOKERBOT_PUBLIC_URL=https://a b", "LOOKERBOT_PUBLIC_URL", true, NULL },
		{ "LOOKERBOT_PUBLIC_URL=https://[::1", "LOOKERBOT_PUBLIC_URL", true, NULL },
		{ "LOOKERBOT_PUBLIC_URL=https:///path", "LOOKERBOT_PUBLIC_URL", true, NULL },
		{ "LOOKERBOT_PUBLIC_URL=xoxb-1-secret", "LOOKERBOT_PUBLIC_URL", true, "1-secret" },
		{ "LOOKERBOT_PUBLIC_URL=http://bot.example.com", "LOOKERBOT_PUBLIC_URL", false,
		  NULL },
		{ "LOOKERBOT_PUBLIC_URL=http://127.0.0.1.evil.example", "LOOKERBOT_PUBLIC_URL",
		  false, NULL },
		{ "SLACK_APP_TOKEN=xoxb-1-secret", "SLACK_APP_TOKEN", true, "1-secret" },
		{ "SLACK_APP_TOKEN=nonsense", "SLACK_APP_TOKEN", true, "nonsense" },
		{ "SLACK_APP_TOKEN=xapp-1 secret", "SLACK_APP_TOKEN", true, "secret" },
		{ "SLACK_SLASH_COMMAND_TOKEN=one two three", "SLACK_SLASH_COMMAND_TOKEN", true,
		  "three" },
		{ "LOOKERBOT_AUTH_TOKEN=t\xc3\xb6ken", "LOOKERBOT_AUTH_TOKEN", true, "\xc3\xb6" },
		{ "LOOKER_CA_FILE=/no/such.pem", "LOOKER_CA_FILE", true, NULL },
		{ "NODE_TLS_REJECT_UNAUTHORIZED=0", "NODE_TLS_REJECT_UNAUTHORIZED", false, NULL },
		{ "UNSAFE_LOCAL_DEV=true", "UNSAFE_LOCAL_DEV", true, NULL },
		{ "GOOGLE_CLOUD_CREDENTIALS_JSON={\"private_key\":\"secret\"",
		  "GOOGLE_CLOUD_CREDENTIALS_JSON", true, "secret" },
		{ "GOOGLE_CLOUD_CREDENTIALS_JSON={\"private_key\":\"secret\"}",
		  "GOOGLE_CLOUD_CREDENTIALS_JSON", true, "secret" },
		{ "AZURE_STORAGE_ACCOUNT=a\nSLACKBOT_AZURE_CONTAINER=c", "AZURE_STORAGE_ACCESS_KEY",
		  false, NULL },
		{ "SLACKBOT_S3_BUCKET=b\nAWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY", false,
		  NULL },
		{ "SLACK_API_KEYS=xoxb-secret", "SLACK_API_KEYS", false, "secret" },
		{ "SLAK_SIGNING_SECRET=secret", "SLAK_SIGNING_SECRET", false, "=secret" },
		{ "LOOKERBOT_WORKRES=5", "LOOKERBOT_WORKRES", false, NULL },
		{ "LOOKER_ULR=https://x", "LOOKER_ULR", false, NULL },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *f = *state;
		fixture_load(f, mem_printf(f, GOOD "%s", cases[i].line));
		if (f->faults->n != 1)
			print_message("case: %s\n", cases[i].line);
		fixture_expect(f, cases[i].setting, cases[i].fatal);
		if (cases[i].hidden)
			fixture_expect_hidden(f, cases[i].hidden);
	}
}

static void test_accepted(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, GOOD "PORT=80\nLOOKERBOT_STATE_MAX=500M\nLOOKERBOT_BIND=::1\n"
			     "LOOKERBOT_CHARTS=Native\nLOOKERBOT_DASHBOARDS=pdf\n"
			     "LOOKERBOT_PUBLIC_URL=HTTPS://Bot.Example.com:443/base//\n"
			     "SLACK_API_URL=http://127.0.0.1:8080/api\n"
			     "SLACK_SLASH_COMMAND_TOKEN=old  new\nSLACK_APP_TOKEN=xapp-1-x\n"
			     "NODE_TLS_REJECT_UNAUTHORIZED=1\nUNSAFE_LOCAL_DEV=false\n"
			     "LOOKERBOT_QUEUE_URL=sqlite:///data/q.db\n"
			     "HTTPS_PROXY=http://proxy\nSLACK_WORKSPACE_NAME=x\nLOOKERBOT_E2E=1\n");
	fixture_expect(f, NULL, false);
	const struct config *c = f->c;
	assert_true(c->state_max_bytes == INT64_C(500) << 20);
	assert_string_equal(c->bind, "::1");
	assert_string_equal(c->charts, "native");
	assert_string_equal(c->public_url, "https://bot.example.com/base");
	assert_string_equal(c->slack_api_url, "http://127.0.0.1:8080/api/");
	assert_string_equal(c->slack_slash_tokens[0], "old");
	assert_string_equal(c->slack_slash_tokens[1], "new");
	assert_null(c->slack_signing_secrets[1]);
	assert_string_equal(c->queue_url, "sqlite:/data/q.db");
	assert_true(c->looker_tls_verify);
}

static void test_bools(void **state)
{
	static const struct {
		const char *word;
		bool value;
	} cases[] = {
		{ "true", true },   { "TRUE", true }, { "1", true },
		{ "Yes", true },    { "on", true },   { "no", false },
		{ "FALSE", false }, { "0", false },   { "Off", false },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fixture_load(f, mem_printf(f,
					   GOOD "LOOKER_SLACKBOT_LOADING_MESSAGES=%s\n"
						"ALLOW_SLACK_GUEST_USERS=%s",
					   cases[i].word, cases[i].word));
		fixture_expect(f, NULL, false);
		assert_int_equal(f->c->loading_messages, cases[i].value);
		assert_int_equal(f->c->allow_guests, cases[i].value);
	}
}

static void test_bytes(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} cases[] = {
		{ "2GiB", INT64_C(2) << 30 },  { "20000000", 20000000 },  { "17m", 17 << 20 },
		{ "1 TiB", INT64_C(1) << 40 }, { "32768K", 32 << 20 },	  { "99999999B", 99999999 },
		{ "3gb", INT64_C(3) << 30 },   { "16384 kib", 16 << 20 },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fixture_load(f, mem_printf(f, GOOD "LOOKERBOT_STATE_MAX=%s", cases[i].text));
		fixture_expect(f, NULL, false);
		assert_true(f->c->state_max_bytes == cases[i].bytes);
	}
}

static void test_api_key_kinds(void **state)
{
	static const struct {
		const char *key;
		bool fault, fatal;
	} cases[] = {
		{ "xoxb-1", false, false },	{ "xoxp-1", true, false },
		{ "xoxa-1", true, false },	{ "xapp-1", true, true },
		{ "xoxe.xoxb-1", true, false }, { "abc", true, true },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fixture_load(f, mem_printf(f,
					   GOOD_LOOKER "SLACK_SIGNING_SECRET=0123456789\n"
						       "SLACK_API_KEY=%s",
					   cases[i].key));
		fixture_expect(f, cases[i].fault ? "SLACK_API_KEY" : NULL, cases[i].fatal);
	}
	fixture_load(f, GOOD_LOOKER "SLACK_API_KEY=xapp-1\nSLACK_APP_TOKEN=xoxb-1\n"
				    "SLACK_SLASH_COMMAND_TOKEN=tttttt");
	assert_int_equal(f->faults->n, 2); /* swapped: both are named */
}

static void test_proof(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, GOOD_LOOKER "SLACK_API_KEY=xoxb-1");
	fixture_expect(f, "SLACK_SIGNING_SECRET", false);
	fixture_load(f, GOOD_LOOKER "SLACK_API_KEY=xoxb-1\nSLACK_SLASH_COMMAND_TOKEN=abcdef");
	fixture_expect(f, NULL, false);
}

static void test_all_at_once(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, "SLACK_API_KEY=xapp-1\nPORT=x\nLOOKERBOT_WORKERS=many\nDEBUG_MODE=2\n"
			"LOOKER_URL=looker\nLOOKER_API_3_CLIENT_ID=id");
	/* those six, with the API's address, the secret and the proof missing; URL once */
	assert_int_equal(f->faults->n, 8);
	assert_int_equal(f->c->n_lookers, 0);
	assert_true(config_has_looker(f->c));
}

static void test_state_directory(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, GOOD "STATE_DIRECTORY=/var/lib/a:/var/lib/b");
	assert_string_equal(f->c->state_dir, "/var/lib/a");
	assert_string_equal(f->c->queue_url, "sqlite:/var/lib/a/queue.db");
	fixture_load(f, GOOD "STATE_DIRECTORY=/var/lib/a\nLOOKERBOT_STATE_DIR=./here");
	assert_string_equal(f->c->state_dir, mem_printf(f, "%s/here", f->dir));
	fixture_load(f, GOOD "LOOKERBOT_STATE_DIR=/abs\nLOOKERBOT_QUEUE_URL=sqlite:q.db");
	assert_string_equal(f->c->queue_url, mem_printf(f, "sqlite:%s/q.db", f->dir));
}

static void test_mask(void **state)
{
	struct fixture *f = *state;
	assert_string_equal(config_mask(f, "xoxb-123456"), "xoxb-…(11 characters)");
	assert_string_equal(config_mask(f, "xoxe.xoxb-1"), "xoxe.xoxb-…(11 characters)");
	assert_string_equal(config_mask(f, "hunter2"), "…(7 characters)");
	assert_string_equal(config_mask(f, NULL), "");
}

/* What the log shows of `text`. */
static const char *logged(struct fixture *f, const char *text)
{
	char *line = mem_array(f, char, 4096);
	int fds[2], saved = dup(STDERR_FILENO);
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	log_info("t", LOG_S("v", text));
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	assert_true(read(fds[0], line, 4095) > 0);
	close(fds[0]);
	return line;
}

static void test_hidden_in_the_log(void **state)
{
	static const char *const secrets[] = {
		"xoxb-1-good", "0123456789abcdef", "the-client-secret", "xapp-hide",
		"old-token",   "new-token",	   "hook-token",	"hub-token",
		"aws-secret",  "aws-session",	   "azure-key",		"line1\nline2",
	};
	struct fixture *f = *state;
	fixture_load(f, GOOD "SLACK_APP_TOKEN=xapp-hide\nLOOKER_WEBHOOK_TOKEN=hook-token\n"
			     "SLACK_SLASH_COMMAND_TOKEN=old-token new-token\n"
			     "LOOKERBOT_AUTH_TOKEN=hub-token\nAWS_SECRET_ACCESS_KEY=aws-secret\n"
			     "AWS_SESSION_TOKEN=aws-session\nAZURE_STORAGE_ACCESS_KEY=azure-key\n"
			     "GOOGLE_CLOUD_CREDENTIALS_JSON={\"client_email\":\"e\","
			     "\"private_key\":\"line1\\nline2\"}");
	fixture_expect(f, NULL, false);
	assert_null(strstr(logged(f, "xapp-hide"), "***"));
	config_hide_secrets(f->c);
	for (size_t i = 0; i < COUNT(secrets); i++)
		assert_non_null(strstr(logged(f, secrets[i]), "***"));
}

/* The table is what documentation reads: nothing may be missing, no name twice. */
static void test_table(void **state)
{
	(void)state;
	for (const struct config_setting *s = config_settings(); s->name; s++) {
		assert_true(s->type && s->help && s->group);
		assert_true(s->help[strlen(s->help) - 1] == '.');
		for (const struct config_setting *t = config_settings(); t < s; t++) {
			assert_string_not_equal(s->name, t->name);
			assert_true(!s->alias || strcmp(s->alias, t->name) != 0);
			assert_true(s->offset != t->offset);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),	  TEST(test_nothing_set),
		TEST(test_sources),	  TEST(test_secret_files),
		TEST(test_faults),	  TEST(test_accepted),
		TEST(test_bools),	  TEST(test_bytes),
		TEST(test_api_key_kinds), TEST(test_proof),
		TEST(test_all_at_once),	  TEST(test_state_directory),
		TEST(test_mask),	  TEST(test_hidden_in_the_log),
		TEST(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

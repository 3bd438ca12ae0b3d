/* config/: what people are shown of the settings, and what a running process keeps of them. */
#include "config_fixture.h"

static const struct config_shown *find(const struct config_shown *all, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].setting->name, name) == 0)
			return &all[i];
	fail_msg("there is no setting %s", name);
	return NULL;
}

static void test_shown(void **state)
{
	static const struct {
		const char *name, *value, *under, *origin;
	} cases[] = {
		{ "PORT", "5555", "PORT", "the environment" },
		{ "LOOKERBOT_THREADS", "9", "LOOKERBOT_THREADS", "/.env, line 3" },
		{ "LOOKERBOT_WORKERS", "256", "LOOKERBOT_WORKERS", NULL },
		{ "SLACK_API_KEY", "xoxb-…(14 characters)", "SLACK_API_KEY_FILE",
		  "secret, named in the environment" },
		{ "LOOKER_API_3_CLIENT_ID", "…(9 characters)", "LOOKER_API_CLIENT_ID",
		  "/.env, line 2" },
		{ "LOOKER_URL", "…(26 characters)", "LOOKER_URL", "the environment" },
		{ "LOOKERBOT_CHARTS", "pretty", "LOOKERBOT_CHARTS", "the environment" },
		{ "SLACK_API_URL", "https://slack.com/api/", "SLACK_API_URL", NULL },
		{ "LOOKERBOT_STATE_DIR", "/var", "LOOKERBOT_STATE_DIR", NULL },
		{ "LOOKERS", NULL, "LOOKERS", NULL },
	};
	struct fixture *f = *state;
	char *const env[] = { (char *)"PORT=5555", (char *)"SLACK_API_KEY_FILE=secret",
			      (char *)"LOOKER_URL=https://user:secret@a.test",
			      (char *)"LOOKERBOT_CHARTS=pretty", NULL };
	size_t n;

	fixture_write("secret", "xoxb-hush-0123\n");
	fixture_write(".env", "PORT=4444\nLOOKER_API_CLIENT_ID=hush-0123\nLOOKERBOT_THREADS=9\n");
	const struct config_shown *all = config_show(f->ctx, env, &n);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct config_shown *s = find(all, n, cases[i].name);
		bool relative = cases[i].value && cases[i].value[0] == '/';
		const char *value = relative ? mem_printf(f->ctx, "%s%s", f->dir, cases[i].value)
					     : cases[i].value;
		if (value)
			assert_string_equal(s->value, value);
		else
			assert_null(s->value);
		assert_string_equal(s->name, cases[i].under);
		if (cases[i].origin)
			assert_non_null(strstr(s->origin, cases[i].origin));
		else
			assert_null(s->origin);
	}
	for (size_t i = 0; i < n; i++)
		assert_true(!all[i].value || !strstr(all[i].value, "hush"));
}

static void test_kept(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, GOOD "LOOKERBOT_STATE_DIR=/one\nLOOKERBOT_WORKERS=5\nDEBUG_MODE=true");
	struct config *running = f->c;
	fixture_load(f, GOOD_LOOKER "SLACK_API_KEY=xoxb-2-other\nSLACK_SIGNING_SECRET=0123456789\n"
				    "LOOKERBOT_STATE_DIR=/two\nLOOKERBOT_WORKERS=6\n");
	const char **differ = config_keep(f->ctx, running, f->c);

	assert_string_equal(differ[0], "LOOKERBOT_STATE_DIR");
	assert_string_equal(differ[1], "LOOKERBOT_QUEUE_URL"); /* it lies in the directory */
	assert_string_equal(differ[2], "LOOKERBOT_WORKERS");
	assert_null(differ[3]);
	talloc_free(running); /* nothing of it may be in use */
	assert_string_equal(f->c->state_dir, "/one");
	assert_string_equal(f->c->queue_url, "sqlite:/one/queue.db");
	assert_int_equal(f->c->workers, 5);
	assert_string_equal(f->c->slack_api_key, "xoxb-2-other");
	assert_false(f->c->debug);
	assert_null(config_keep(f->ctx, f->c, f->c)[0]);
}

/* What the table promises about itself: nothing marked for a restart that keep cannot compare. */
static void test_table(void **state)
{
	(void)state;
	for (const struct config_setting *s = config_settings(); s->name; s++) {
		assert_true(!s->restart || !s->raw);
		assert_true(!s->restart || strcmp(s->type, "bool") != 0);
		assert_true(strlen(s->help) > 10 && s->help[strlen(s->help) - 1] == '.');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_shown, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_kept, fixture_set_up, fixture_tear_down),
		cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* lookers.c: the single variables, LOOKERS in both spellings, the API's address. */
#include "config_fixture.h"

#define ENTRY(host)                                                                                \
	"{\"url\":\"https://" host "\",\"apiBaseUrl\":\"https://" host ":19999/api/4.0\","         \
	"\"clientId\":\"id-" host "\",\"clientSecret\":\"secret-" host "\"}"

static void test_single(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, GOOD "LOOKER_CUSTOM_COMMAND_SPACE_ID=42\nLOOKER_WEBHOOK_TOKEN=one two\n");
	fixture_expect(f, NULL, false);
	assert_int_equal(f->c->n_lookers, 1);
	const struct config_looker *lk = &f->c->lookers[0];
	assert_string_equal(lk->name, "a.example.com");
	assert_string_equal(lk->url, "https://a.example.com");
	assert_string_equal(lk->api_url, "https://a.example.com:19999/api/4.0");
	assert_string_equal(lk->client_id, "the-client-id");
	assert_string_equal(lk->client_secret, "the-client-secret");
	assert_string_equal(lk->command_folder, "42");
	assert_string_equal(lk->webhook_tokens[0], "one");
	assert_string_equal(lk->webhook_tokens[1], "two");
}

static void test_new_names(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, GOOD_SLACK "LOOKER_URL=https://A.example.com:9999/\n"
				   "LOOKER_API_BASE_URL=https://a.example.com:19999/api/4.0/\n"
				   "LOOKER_API_CLIENT_ID=i\nLOOKER_API_CLIENT_SECRET=s\n"
				   "LOOKER_CUSTOM_COMMAND_FOLDER_ID=7");
	fixture_expect(f, NULL, false);
	assert_string_equal(f->c->lookers[0].name, "a.example.com:9999");
	assert_string_equal(f->c->lookers[0].url, "https://a.example.com:9999");
	assert_string_equal(f->c->lookers[0].command_folder, "7");
	assert_null(f->c->lookers[0].webhook_tokens[0]);
}

static void test_api_address(void **state)
{
	static const struct {
		const char *in, *out;
		bool warning;
	} cases[] = {
		{ "https://a:19999/api/4.0", "https://a:19999/api/4.0", false },
		{ "https://a:19999/api/4.0//", "https://a:19999/api/4.0", false },
		{ "https://a:19999/api/3.0", "https://a:19999/api/4.0", true },
		{ "https://a:19999/api/3.1/", "https://a:19999/api/4.0", true },
		{ "https://a/api/3.99", "https://a/api/4.0", true },
		{ "https://a:19999", "https://a:19999/api/4.0", true },
		{ "https://a:19999/", "https://a:19999/api/4.0", true },
		{ "https://a/api", "https://a/api/4.0", true },
		{ "https://a/looker/api/4.0", "https://a/looker/api/4.0", false },
		{ "https://a/looker/api/3.1", "https://a/looker/api/4.0", true },
		{ "https://[::1]:19999/api/4.0", "https://[::1]:19999/api/4.0", false },
		{ "http://localhost:1234/api/4.0", "http://localhost:1234/api/4.0", false },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fixture_load(f, mem_printf(f,
					   GOOD_SLACK "LOOKER_URL=https://a\n"
						      "LOOKER_API_BASE_URL=%s\n"
						      "LOOKER_API_CLIENT_ID=i\n"
						      "LOOKER_API_CLIENT_SECRET=s",
					   cases[i].in));
		fixture_expect(f, cases[i].warning ? "LOOKER_API_BASE_URL" : NULL, false);
		assert_string_equal(f->c->lookers[0].api_url, cases[i].out);
	}
}

static void test_list(void **state)
{
	struct fixture *f = *state;
	fixture_load(f,
		     GOOD_SLACK "LOOKERS=[" ENTRY(
			     "a.example.com") ","
					      "{\"url\":\"https://b.example.com\","
					      "\"apiBaseUrl\":\"https://b.example.com:19999/api/"
					      "4.0\",\"clientID\":\"i\","
					      "\"clientSecret\":\"s\",\"customCommandSpaceId\":17,"
					      "\"webhookToken\":\"t1 t2\"}]");
	fixture_expect(f, NULL, false);
	assert_int_equal(f->c->n_lookers, 2);
	assert_string_equal(f->c->lookers[0].client_secret, "secret-a.example.com");
	assert_null(f->c->lookers[0].command_folder);
	assert_string_equal(f->c->lookers[1].client_id, "i");
	assert_string_equal(f->c->lookers[1].command_folder, "17");
	assert_string_equal(f->c->lookers[1].webhook_tokens[1], "t2");
}

/* The README's own example, in a file, as people have it. */
static void test_seed_example(void **state)
{
	struct fixture *f = *state;
	fixture_write(
		".env", GOOD_SLACK
		"LOOKERS=[{\"url\": \"https://me.looker.com\", \"apiBaseUrl\": "
		"\"https://me.looker.com:19999/api/3.0\", \"clientId\": \"abcdefghjkl\", "
		"\"clientSecret\": \"abcdefghjkl\"},{\"url\": \"https://me-staging.looker.com\", "
		"\"apiBaseUrl\": \"https://me-staging.looker.com:19999/api/3.0\", \"clientId\": "
		"\"abcdefghjkl\", \"clientSecret\": \"abcdefghjkl\"}]\n");
	fixture_load(f, "");
	assert_int_equal(f->faults->n, 2); /* API 3.0, twice */
	assert_false(f->faults->fatal);
	assert_string_equal(f->faults->faults[1].setting, "LOOKERS[1].apiBaseUrl");
	assert_int_equal(f->c->n_lookers, 2);
	assert_string_equal(f->c->lookers[1].api_url,
			    "https://me-staging.looker.com:19999/api/4.0");
}

static void test_faults(void **state)
{
	static const struct {
		const char *list, *setting;
		bool fatal;
	} cases[] = {
		{ "nonsense", "LOOKERS", true },
		{ "{}", "LOOKERS", true },
		{ "[]", "LOOKERS", true },
		{ "[1]", "LOOKERS[0]", true },
		{ "[" ENTRY("a") ",null]", "LOOKERS[1]", true },
		{ "[{\"url\":\"https://a\",\"apiBaseUrl\":\"https://a/api/"
		  "4.0\",\"clientId\":\"i\"}]",
		  "LOOKERS[0].clientSecret", true },
		{ "[{\"url\":\"https://a\",\"apiBaseUrl\":\"https://a/api/4.0\",\"clientId\":\"i\","
		  "\"clientSecret\":[\"hush\"]}]",
		  "LOOKERS[0].clientSecret", true },
		{ "[{\"url\":\"https://a\",\"apiBaseUrl\":\"https://a/api/4.0\",\"clientId\":\"\","
		  "\"clientSecret\":\"hush\"}]",
		  "LOOKERS[0].clientId", true },
		{ "[{\"url\":\"ftp://a\",\"apiBaseUrl\":\"https://a/api/4.0\",\"clientId\":\"i\","
		  "\"clientSecret\":\"hush\"}]",
		  "LOOKERS[0].url", true },
		{ "[{\"url\":\"https://a\",\"apiBaseUrl\":\"https://a/api/4.0\",\"clientId\":\"i\","
		  "\"clientSecret\":\"hush hush\"}]",
		  "LOOKERS[0].clientSecret", true },
		{ "[{\"url\":\"https://a\",\"apiBaseUrl\":\"https://a/api/4.0\",\"clientId\":\"i\","
		  "\"clientSecret\":\"hush\",\"webhokToken\":\"x\"}]",
		  "LOOKERS[0].webhokToken", false },
		{ "[" ENTRY("a") "," ENTRY("a") "]", "LOOKERS[1].url", false },
		{ "[" ENTRY("a") "]\nLOOKER_URL=https://b", "LOOKER_URL", false },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fixture_load(f, mem_printf(f, GOOD_SLACK "LOOKERS=%s", cases[i].list));
		if (f->faults->n != 1)
			print_message("case: %s\n", cases[i].list);
		fixture_expect(f, cases[i].setting, cases[i].fatal);
		fixture_expect_hidden(f, "hush");
		assert_true(config_has_looker(f->c));
	}
}

static void test_nearest_key(void **state)
{
	struct fixture *f = *state;
	fixture_load(f,
		     GOOD_SLACK "LOOKERS=[{\"url\":\"https://a\",\"apiBaseURL\":\"https://a\"}]");
	assert_string_equal(f->faults->faults[0].setting, "LOOKERS[0].apiBaseURL");
	assert_string_equal(f->faults->faults[0].fix, "The nearest is apiBaseUrl.");
	assert_int_equal(f->faults->n, 4); /* and three fields that are missing */
}

/* The warning about a name must not stand for the fault of the shorter one that is missing. */
static void test_longer_key(void **state)
{
	struct fixture *f = *state;
	fixture_load(f, GOOD_SLACK "LOOKERS=[{\"url\":\"https://a\",\"apiBaseUrl\":"
				   "\"https://a/api/4.0\",\"clientIdd\":\"i\","
				   "\"clientSecret\":\"s\"}]");
	assert_int_equal(f->c->n_lookers, 0);
	assert_int_equal(f->faults->n, 2);
	assert_true(f->faults->fatal);
	assert_string_equal(f->faults->faults[1].setting, "LOOKERS[0].clientId");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_single),	TEST(test_new_names),	 TEST(test_api_address),
		TEST(test_list),	TEST(test_seed_example), TEST(test_faults),
		TEST(test_nearest_key), TEST(test_longer_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

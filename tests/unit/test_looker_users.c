/* Which hit of a search for users counts, and what of it is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "looker/users.h"
#include "looker_fake.h"
#include "net/http.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct looker_fake_path answer; /* to each search */
static struct looker_fake fake;

static int set_up(void **state)
{
	(void)state;
	answer = (struct looker_fake_path){ "GET", "/api/4.0/users/search?", 200, NULL, "[]", 0 };
	memset(&fake, 0, sizeof(fake));
	fake.paths = &answer;
	fake.n_paths = 1;
	looker_fake_start(&fake);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	looker_fake_stop(&fake);
	return 0;
}

static enum looker_users_found find(const char *email, struct looker_user *ret)
{
	enum looker_users_found found;
	struct err e = { .kind = ERR_NONE };

	if (!looker_users_find(fake.ctx, fake.lk, looker_fake_deadline(), email, &found, ret, &e))
		fail_msg("%s", e.text);
	return found;
}

#define U(id, email, more) "{\"id\":" id ",\"display_name\":\"N\",\"email\":" email more "}"

static void test_which_hit_counts(void **state)
{
	static const struct {
		const char *email, *users;
		enum looker_users_found found;
		const char *id;
	} cases[] = {
		{ "a@x.example", "[" U("\"5\"", "\"a@x.example\"", "") "]", LOOKER_USERS_ONE, "5" },
		{ "a@x.example", "[" U("5", "\"A@X.Example\"", "") "]", LOOKER_USERS_ONE, "5" },
		{ "a@x.example", "[]", LOOKER_USERS_NONE, NULL },
		/* what only the wildcards match */
		{ "a_b@x.example", "[" U("\"5\"", "\"acb@x.example\"", "") "]", LOOKER_USERS_NONE,
		  NULL },
		{ "a_b@x.example",
		  "[" U("\"5\"", "\"acb@x.example\"", "") "," U("\"6\"", "\"a_b@x.example\"",
								"") "]",
		  LOOKER_USERS_ONE, "6" },
		{ "%@x.example", "[" U("\"5\"", "\"a@x.example\"", "") "]", LOOKER_USERS_NONE,
		  NULL },
		/* a beginning, an end, another letter that Unicode takes for the same */
		{ "a@x.example", "[" U("\"5\"", "\"a@x.example.com\"", "") "]", LOOKER_USERS_NONE,
		  NULL },
		{ "a@x.example", "[" U("\"5\"", "\"aa@x.example\"", "") "]", LOOKER_USERS_NONE,
		  NULL },
		{ "k@x.example", "[" U("\"5\"", "\"\xe2\x84\xaa@x.example\"", "") "]",
		  LOOKER_USERS_NONE, NULL },
		/* disabled ones */
		{ "a@x.example", "[" U("\"5\"", "\"a@x.example\"", ",\"is_disabled\":true") "]",
		  LOOKER_USERS_DISABLED, NULL },
		{ "a@x.example",
		  "[" U("\"5\"", "\"a@x.example\"", ",\"is_disabled\":true") "," U(
			  "\"6\"", "\"a@x.example\"", ",\"is_disabled\":false") "]",
		  LOOKER_USERS_ONE, "6" },
		/* several */
		{ "a@x.example",
		  "[" U("\"5\"", "\"a@x.example\"", "") "," U("\"6\"", "\"A@x.example\"", "") "]",
		  LOOKER_USERS_SEVERAL, NULL },
		/* the account may not see addresses, and the condition was not heeded */
		{ "a@x.example", "[" U("\"5\"", "null", "") "]", LOOKER_USERS_HIDDEN, NULL },
		{ "a@x.example",
		  "[" U("\"7\"", "\"a@x.example\"", "") ",{\"id\":\"5\",\"display_name\":\"N\"}]",
		  LOOKER_USERS_HIDDEN, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_user user = { 0 };

		answer.body = cases[i].users;
		enum looker_users_found found = find(cases[i].email, &user);
		if (found != cases[i].found)
			fail_msg("case %zu (%s): found %d", i, cases[i].email, (int)found);
		if (cases[i].id != NULL)
			assert_string_equal(user.id, cases[i].id);
	}
}

static void test_the_search(void **state)
{
	struct looker_user user;

	(void)state;
	answer.body = "[{\"id\":\"5\",\"display_name\":\"\",\"email\":\"a+b@x.example\"}]";
	assert_int_equal(find("a+b@x.example", &user), LOOKER_USERS_ONE);
	assert_string_equal(user.name, "a+b@x.example");
	assert_string_equal(fake.last_path,
			    "/api/4.0/users/search?fields=id%2Cdisplay_name%2Cemail%2Cis_disabled"
			    "&limit=101&email=a%2Bb%40x.example");
}

/* What Looker's search would take for something else is not even asked. */
static void test_what_is_no_address(void **state)
{
	static const char *const emails[] = { "",   "NOT NULL",		"a",	 "@x.example",
					      "a@", "a@b, c@d.example", "a b@c", "a@b\n" };
	struct looker_user user;
	char *longest = mem_printf(fake.ctx, "%0300d@x.example", 0);

	(void)state;
	answer.body = "[]";
	for (size_t i = 0; i < COUNT(emails); i++)
		assert_int_equal(find(emails[i], &user), LOOKER_USERS_NONE);
	assert_int_equal(find(longest, &user), LOOKER_USERS_NONE);
	assert_string_equal(fake.last_path, "");
	assert_int_equal(find("a@x.example", &user), LOOKER_USERS_NONE);
	assert_string_not_equal(fake.last_path, "");
}

/* A list that is full may lack the second one with the address. */
static void test_too_many(void **state)
{
	struct looker_user user;
	char *list = mem_strdup(fake.ctx, "[" U("\"1\"", "\"a_@x.example\"", ""));

	(void)state;
	for (int i = 1; i < 100; i++)
		mem_append(&list, "," U("\"2\"", "\"ab@x.example\"", ""));
	answer.body = mem_printf(fake.ctx, "%s]", list);
	assert_int_equal(find("a_@x.example", &user), LOOKER_USERS_ONE);
	answer.body = mem_printf(fake.ctx, "%s," U("\"3\"", "\"ac@x.example\"", "") "]", list);
	assert_int_equal(find("a_@x.example", &user), LOOKER_USERS_SEVERAL);
}

static void test_search_errors(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum err_kind kind;
	} cases[] = {
		{ 503, "{}", ERR_TEMPORARY },
		{ 404, "{\"message\":\"Not found\"}", ERR_NOT_FOUND },
		{ 200, "{\"id\":\"5\"}", ERR_BAD_REPLY },
		{ 200, "[{\"id\":", ERR_BAD_REPLY },
	};
	enum looker_users_found found;
	struct looker_user user;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err e;

		answer.status = cases[i].status;
		answer.body = cases[i].body;
		assert_false(looker_users_find(fake.ctx, fake.lk, looker_fake_deadline(),
					       "a@x.example", &found, &user, &e));
		assert_int_equal(e.kind, cases[i].kind);
		assert_null(strstr(e.text, "a@x.example"));
	}
}

static void test_whether_addresses_are_visible(void **state)
{
	static const struct {
		const char *users;
		bool visible;
	} cases[] = {
		{ "[]", false },
		{ "[" U("\"7\"", "\"bot@x.example\"", "") "]", false },
		{ "[" U("\"7\"", "\"bot@x.example\"", "") "," U("\"8\"", "null", "") "]", false },
		{ "[" U("\"8\"", "null", "") "," U("\"9\"", "\"a@x.example\"", "") "]", true },
	};
	const struct looker_user me = { .id = "7" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool visible;
		struct err e;

		answer.body = cases[i].users;
		assert_true(looker_users_visible(fake.ctx, fake.lk, looker_fake_deadline(), &me,
						 &visible, &e));
		assert_int_equal(visible, cases[i].visible);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_which_hit_counts),   TEST(test_the_search),
		TEST(test_what_is_no_address), TEST(test_too_many),
		TEST(test_search_errors),      TEST(test_whether_addresses_are_visible),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

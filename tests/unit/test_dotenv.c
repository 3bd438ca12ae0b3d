/* dotenv.c: every form of a line, and errors that name the line but no value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/dotenv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int set_up(void **state)
{
	*state = mem_ctx(NULL);
	return 0;
}

static int tear_down(void **state)
{
	talloc_free(*state);
	return 0;
}

static void test_values(void **state)
{
	static const struct {
		const char *text;
		const char *value; /* of A */
		int line;
	} cases[] = {
		{ "A=1", "1", 1 },
		{ "A=", "", 1 },
		{ "\xEF\xBB\xBF"
		  "A=bom",
		  "bom", 1 },
		{ "# c\n\n  A = spaced out \t\n", "spaced out", 3 },
		{ "export A=x", "x", 1 },
		{ "export\tA=x", "x", 1 },
		{ "A=x # comment", "x", 1 },
		{ "A=x#no comment", "x#no comment", 1 },
		{ "A=# comment", "", 1 },
		{ "A=x\r\nB=y\r\n", "x", 1 },
		{ "A=a=b==", "a=b==", 1 },
		{ "A=$HOME ${B}", "$HOME ${B}", 1 },
		{ "A='single \\n $x \"q\" # '", "single \\n $x \"q\" # ", 1 },
		{ "A=\"t\\tn\\nq\\\"b\\\\d\\$u\\x\" # c", "t\tn\nq\"b\\d$u\\x", 1 },
		{ "A='two\nlines'\nB=1", "two\nlines", 1 },
		{ "A=\"two\r\nlines\"", "two\nlines", 1 },
		{ "B='x\ny'\nA=after", "after", 3 },
		{ "A=first\nA=last", "last", 1 },
		{ "A=it's", "it's", 1 },
		{ "A=[{\"url\": \"https://x\"}]", "[{\"url\": \"https://x\"}]", 1 },
		{ "A='[{\"url\": \"https://x\"}]'", "[{\"url\": \"https://x\"}]", 1 },
		{ "A=\xFF", "\xFF", 1 },
		{ "A=x\nB=y\rz", "x", 1 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dotenv *d;
		struct err e;
		bool ok = dotenv_parse(*state, cases[i].text, strlen(cases[i].text), &d, &e);
		if (!ok)
			print_message("%s: %s\n", cases[i].text, e.text);
		assert_true(ok);
		assert_string_equal(dotenv_get(d, "A"), cases[i].value);
		size_t at = 0;
		while (strcmp(d->entries[at].name, "A") != 0)
			at++;
		assert_int_equal(d->entries[at].line, cases[i].line);
		assert_null(dotenv_get(d, "a"));
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *where;
	} cases[] = {
		{ "A=1\nnonsense secret", "line 2:" },
		{ "A=1\nB='x\ny'\n=secret", "line 4:" },
		{ "1A=secret", "line 1:" },
		{ "A-B=secret", "line 1:" },
		{ "A: secret", "line 1:" },
		{ "\nA='secret", "line 2:" },
		{ "A=\"secret\\\"", "line 1:" },
		{ "A='x' secret", "line 1:" },
		{ "export secret", "line 1:" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dotenv *d = NULL;
		struct err e = { 0 };
		assert_false(dotenv_parse(*state, cases[i].text, strlen(cases[i].text), &d, &e));
		assert_int_equal(e.kind, ERR_BAD_INPUT);
		assert_non_null(strstr(e.text, cases[i].where));
		assert_null(strstr(e.text, "secret"));
		assert_null(d);
	}
	struct dotenv *d;
	struct err e;
	assert_false(dotenv_parse(*state, "A=1\0B=2", 7, &d, &e));
	char *large = mem_array(*state, char, DOTENV_BYTES_MAX + 1);
	memset(large, '\n', DOTENV_BYTES_MAX + 1);
	assert_true(dotenv_parse(*state, large, DOTENV_BYTES_MAX, &d, &e));
	assert_int_equal(d->n, 0);
	assert_false(dotenv_parse(*state, large, DOTENV_BYTES_MAX + 1, &d, &e));
}

static void test_read(void **state)
{
	struct dotenv *d;
	struct err e;
	assert_false(dotenv_read(*state, "/no/such/file", &d, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_false(dotenv_read(*state, "/tmp", &d, &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);

	char *path = mem_printf(*state, "/tmp/lookerbot-test-env-%d", (int)getpid());
	FILE *f = fopen(path, "w");
	fputs("A=1\nB='2'\n", f);
	fclose(f);
	assert_true(dotenv_read(*state, path, &d, &e));
	assert_string_equal(dotenv_get(d, "B"), "2");
	f = fopen(path, "w");
	fputs("oops", f);
	fclose(f);
	assert_false(dotenv_read(*state, path, &d, &e));
	assert_non_null(strstr(e.text, path));
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* json.c: strict parsing with limits, absent is absent, ownership. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BODY(s) s, sizeof(s) - 1

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

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool ok;
	} cases[] = {
		{ BODY("{}"), true },		{ BODY(" [1, 2] \r\n\t"), true },
		{ BODY("42"), true },		{ BODY("\"ä\""), true },
		{ BODY("true"), true },		{ BODY(""), false },
		{ BODY("  "), false },		{ BODY("{"), false },
		{ BODY("{\"a\":1"), false },	{ BODY("{} x"), false },
		{ BODY("{}{}"), false },	{ BODY("[1,]"), false },
		{ BODY("{\"a\":'1'}"), false }, { BODY("nan"), false },
		{ BODY("// c\n{}"), false },	{ BODY("\"\xFF\""), false },
		{ BODY("\"a\nb\""), true }, /* json-c lets raw control bytes pass: harmless */
		{ BODY("{}\0"), false },	{ BODY("{\"a\0\":1}"), false },
		{ BODY("<html>"), false },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_object *o = NULL;
		struct err e = { 0 };
		bool ok = json_parse(*state, cases[i].text, cases[i].len, &o, &e);
		if (ok != cases[i].ok)
			print_message("case %zu: %s\n", i, cases[i].text);
		assert_int_equal(ok, cases[i].ok);
		assert_int_equal(o != NULL, cases[i].ok);
		assert_int_equal(e.kind, cases[i].ok ? ERR_NONE : ERR_BAD_INPUT);
	}
}

/* One wrong byte among good ones, at each place and in documents of each length. */
static void test_utf8_is_checked_everywhere(void **state)
{
	char text[40];

	for (size_t len = 3; len < sizeof(text); len++) {
		for (size_t at = 1; at < len - 1; at++) {
			struct json_object *o;
			struct err e;

			memset(text, 'x', len);
			text[0] = text[len - 1] = '"';
			assert_true(json_parse(*state, text, len, &o, &e));
			text[at] = '\x80';
			assert_false(json_parse(*state, text, len, &o, &e));
		}
	}
}

static void test_depth(void **state)
{
	for (int depth = 1; depth < 200; depth++) {
		char *text = mem_strdup(*state, "");
		struct json_object *o = NULL;
		struct err e;
		for (int i = 0; i < depth; i++)
			mem_append(&text, "[");
		for (int i = 0; i < depth; i++)
			mem_append(&text, "]");
		bool ok = json_parse(*state, text, strlen(text), &o, &e);
		assert_int_equal(ok, depth <= JSON_DEPTH_MAX);
	}
}

static void test_length_counts(void **state)
{
	struct json_object *o;
	struct err e;
	assert_true(json_parse(*state, "12345", 3, &o, &e));
	assert_int_equal(json_object_get_int64(o), 123);
	assert_true(json_parse(*state, "null", 4, &o, &e));
	assert_null(o);
}

static void test_absent(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"n\":5,\"b\":true,\"o\":{\"k\":1},\"a\":[1,2],"
				   "\"z\":null,\"big\":9007199254740993,\"empty\":\"\"}";
	struct json_object *o;
	struct err e;
	assert_true(json_parse(*state, text, strlen(text), &o, &e));
	assert_string_equal(json_str(o, "s"), "x");
	assert_int_equal(json_int_or(o, "n", 0), 5);
	assert_int_equal(json_int_or(o, "big", 0), 9007199254740993);
	assert_true(json_bool_or(o, "b", false));
	assert_int_equal(json_int_or(json_object_at(o, "o"), "k", 0), 1);
	assert_int_equal(json_len(json_array_at(o, "a")), 2);

	assert_null(json_str(o, "n"));
	assert_null(json_str(o, "z"));
	assert_null(json_str(o, "no"));
	assert_null(json_str(NULL, "s"));
	assert_null(json_str(json_array_at(o, "a"), "s"));
	assert_string_equal(json_str_or(o, "n", "else"), "else");
	assert_int_equal(json_int_or(o, "s", -1), -1);
	assert_true(json_bool_or(o, "n", true));
	assert_null(json_object_at(o, "a"));
	assert_null(json_array_at(o, "o"));
	assert_null(json_get(o, "z"));
	assert_non_null(json_get(o, "b"));
	assert_int_equal(json_len(o), 0);
	assert_null(json_item(json_array_at(o, "a"), 2));
	assert_null(json_item(NULL, 0));

	assert_string_equal(json_id(*state, o, "s"), "x");
	assert_string_equal(json_id(*state, o, "big"), "9007199254740993");
	assert_null(json_id(*state, o, "b"));
	assert_null(json_id(*state, o, "empty"));
}

static void test_set_and_text(void **state)
{
	struct json_object *o = json_new_object(*state);
	json_set_str(o, "url", "https://x/y");
	json_set_str(o, "none", NULL);
	json_set_int(o, "n", -3);
	json_set_bool(o, "b", false);
	json_set(o, "list", json_object_new_array());
	assert_string_equal(json_text(o),
			    "{\"url\":\"https://x/y\",\"n\":-3,\"b\":false,\"list\":[]}");
	assert_string_equal(json_text(json_new_array(*state)), "[]");
}

static int deleted;

static void count_delete(struct json_object *o, void *data)
{
	(void)o;
	(void)data;
	deleted++;
}

/* The object lives until the context goes, and not longer. */
static void test_ownership(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(*state);
	struct json_object *o = json_object_new_object();
	json_object_set_userdata(o, NULL, count_delete);
	deleted = 0;
	assert_ptr_equal(json_own(ctx, o), o);
	assert_ptr_equal(json_own(ctx, json_object_get(o)), o); /* a second reference */
	assert_null(json_own(ctx, NULL));
	assert_int_equal(deleted, 0);
	talloc_free(ctx);
	assert_int_equal(deleted, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_parse, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_utf8_is_checked_everywhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_depth, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_length_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_absent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_set_and_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ownership, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

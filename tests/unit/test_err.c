/* err.c: filling, wrapping, cutting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

static void test_set_and_wrap(void **state)
{
	struct err e = { .not_before_ms = 5 };
	(void)state;
	assert_false(err_set(&e, ERR_NOT_FOUND, "look %d", 42));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_int_equal(e.not_before_ms, 0);
	assert_string_equal(e.text, "look 42");
	e.not_before_ms = 7;
	assert_false(err_wrap(&e, "instance %s", "a"));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_int_equal(e.not_before_ms, 7);
	assert_string_equal(e.text, "instance a: look 42");
	assert_false(err_set(&e, ERR_TEMPORARY, "again: %s", e.text)); /* its own text inside */
	assert_string_equal(e.text, "again: instance a: look 42");
}

/* A cut text is still valid UTF-8, wherever the cut falls. */
static void test_cut(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	for (int shift = 0; shift < 8; shift++) {
		struct err e;
		char *text = mem_strndup(ctx, "xxxxxxxx", (size_t)shift);
		for (int i = 0; i < 600; i++)
			mem_append(&text, i % 2 ? "€" : "😀");
		assert_false(err_set(&e, ERR_INTERNAL, "%s", text));
		assert_in_range(strlen(e.text), ERR_TEXT_MAX_BYTES - 4, ERR_TEXT_MAX_BYTES - 1);
		assert_true(text_is_utf8(e.text, strlen(e.text)));
		assert_false(err_wrap(&e, "more %d", shift));
		assert_true(text_is_utf8(e.text, strlen(e.text)));
	}
	talloc_free(ctx);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(err_kind_name(ERR_BAD_INPUT), "bad_input");
	assert_string_equal(err_kind_name(ERR_INTERNAL), "internal");
	for (int kind = ERR_NONE; kind <= ERR_INTERNAL; kind++)
		assert_non_null(err_kind_name((enum err_kind)kind));
	assert_string_equal(err_kind_name((enum err_kind)99), "invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_and_wrap),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

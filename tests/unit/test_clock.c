/* clock.c: deadlines, the sleep, and how a time is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"

static void test_text(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01 00:00 UTC" },
		{ 1795506131123, "2026-11-24 07:42 UTC" },
		{ -1, "1969-12-31 23:59 UTC" },
		{ INT64_MAX, "292278994-08-17 07:12 UTC" },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(clock_text(ctx, cases[i].ms), cases[i].text);
	talloc_free(ctx);
}

static void test_deadlines(void **state)
{
	(void)state;
	int64_t start = clock_mono_ms();
	int64_t deadline = clock_deadline_ms(30);
	assert_in_range(clock_left_ms(deadline), 1, 30);
	clock_sleep_until(deadline);
	assert_true(clock_mono_ms() - start >= 30);
	assert_int_equal(clock_left_ms(deadline), 0);
	clock_sleep_until(0); /* the past: returns at once */
	struct timespec t = clock_timespec(12345);
	assert_int_equal(t.tv_sec, 12);
	assert_int_equal(t.tv_nsec, 345000000);
	assert_true(clock_now_ms() > 1700000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_deadlines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

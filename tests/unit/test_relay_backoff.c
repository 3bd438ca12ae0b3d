/* How long the relay waits before it connects again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>

#include "rtm-relay/backoff.h"

static void test_waits(void **state)
{
	static const struct {
		unsigned failures;
		int64_t least, most;
	} cases[] = {
		{ 0, 0, 0 },	     { 1, 500, 1000 },	     { 2, 1000, 2000 },
		{ 3, 2000, 4000 },   { 6, 16000, 32000 },    { 7, 30000, 60000 },
		{ 8, 30000, 60000 }, { 1000, 30000, 60000 }, { UINT_MAX, 30000, 60000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t least = INT64_MAX, most = 0;
		for (uint32_t random = 0; random < 100000; random++) {
			int64_t ms = backoff_ms(cases[i].failures, random);
			least = ms < least ? ms : least;
			most = ms > most ? ms : most;
		}
		assert_int_equal(least, cases[i].least);
		assert_int_equal(most, cases[i].most);
		assert_true(backoff_ms(cases[i].failures, UINT32_MAX) <= cases[i].most);
	}
}

static void test_counts(void **state)
{
	(void)state;
	assert_int_equal(backoff_count(0, false, 0), 1);
	assert_int_equal(backoff_count(7, false, 0), 8);
	assert_int_equal(backoff_count(UINT_MAX, false, 0), UINT_MAX);
	/* it has listened for a while: the next try is at once */
	assert_int_equal(backoff_count(7, true, 5000), 0);
	/* Slack says hello and hangs up: not at once, and never for long */
	assert_int_equal(backoff_count(0, true, 100), 2);
	assert_int_equal(backoff_count(9, true, 100), 2);
	assert_true(backoff_ms(backoff_count(9, true, 100), UINT32_MAX) <= 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

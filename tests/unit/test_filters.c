/* What a person typed, given to filters: tables of texts and of expressions. */
#include "bot/filters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

static const struct looker_filter filters[] = {
	{ .name = "region_f",
	  .title = "Region",
	  .kind = LOOKER_FILTER_STRING,
	  .default_value = "" },
	{ .name = "Order Date",
	  .title = "Order Date",
	  .kind = LOOKER_FILTER_DATE,
	  .default_value = "7 days",
	  .required = true },
	{ .name = "Date", .title = "Date", .kind = LOOKER_FILTER_DATE, .default_value = "" },
	{ .name = "Minimum",
	  .title = "Minimum",
	  .kind = LOOKER_FILTER_NUMBER,
	  .default_value = "" },
	{ .name = "New", .title = "New", .kind = LOOKER_FILTER_YESNO, .default_value = "No" },
};
#define N (sizeof(filters) / sizeof(filters[0]))

/* Values in order, joined by "|"; behind each its origin: d, e, p, n. */
static const struct {
	const char *text;
	const char *values;
} assigned[] = {
	{ "", "/d|7 days/d|/d|/d|No/d" },
	{ "EMEA", "EMEA/e|7 days/d|/d|/d|No/d" },
	{ "  EMEA,APAC  ", "EMEA,APAC/e|7 days/d|/d|/d|No/d" },
	{ "EMEA,", "EMEA/e|7 days/d|/d|/d|No/d" },
	{ "last 7 days", "last 7 days/e|last 7 days/e|last 7 days/e|/d|No/d" },
	{ "2026", "2026/e|2026/e|2026/e|2026/e|No/d" },
	{ ">=10", ">=10/e|7 days/d|/d|>=10/e|No/d" },
	{ "Yes", "Yes/e|7 days/d|/d|/d|Yes/e" },
	{ "region=EMEA", "EMEA/n|7 days/d|/d|/d|No/d" },
	{ "REGION = EMEA", "EMEA/n|7 days/d|/d|/d|No/d" },
	{ "region_f=EMEA", "EMEA/n|7 days/d|/d|/d|No/d" },
	{ "region=North America order date=last 7 days",
	  "North America/n|last 7 days/n|/d|/d|No/d" },
	{ "order date=2026 date=2025", "/d|2026/n|2025/n|/d|No/d" },
	{ "date=2025 order  region=x", NULL }, /* "2025 order" is no date */
	{ "region=\"EMEA; APAC = x\"", "EMEA; APAC = x/n|7 days/d|/d|/d|No/d" },
	{ "region = \"a b\" 5", "a b/n|7 days/d|/d|5/e|No/d" },
	{ "region=\"a, b\",c", "\"a, b\",c/n|7 days/d|/d|/d|No/d" },
	{ "\"Order Date\"=2026", "/d|2026/n|/d|/d|No/d" },
	{ "region=", "/n|7 days/d|/d|/d|No/d" },
	{ "new=", "/d|7 days/d|/d|/d|/n" },
	{ "region=EMEA; minimum=5", "EMEA/n|7 days/d|/d|5/n|No/d" },
	{ "minimum=>=5 region=x", "x/n|7 days/d|/d|>=5/n|No/d" },
	{ "EMEA; 2026", "EMEA/p|2026/p|/d|/d|No/d" },
	{ "EMEA,APAC; last 2 months; 2026; 1,2; yes",
	  "EMEA,APAC/p|last 2 months/p|2026/p|1,2/p|yes/p" },
	{ "EMEA;", "EMEA/p|7 days/d|/d|/d|No/d" },
	{ ";;2026", "/d|7 days/d|2026/p|/d|No/d" },
	{ "EMEA;;;;;;;", "EMEA/p|7 days/d|/d|/d|No/d" },
	{ ";2026", "/d|2026/p|/d|/d|No/d" },
	{ "EMEA order date=2026; 2025", "EMEA/p|2026/n|2025/p|/d|No/d" },
	{ "region=EMEA; 2026", "EMEA/n|2026/p|/d|/d|No/d" },
	{ "5\" pipe", "5\" pipe/e|7 days/d|/d|/d|No/d" },
	{ "\"a=b\"", "a=b/e|7 days/d|/d|/d|No/d" },
	{ "\"a;b\"", "a;b/e|7 days/d|/d|/d|No/d" },
	{ "東京", "東京/e|7 days/d|/d|/d|No/d" },
	/* the text ends in a filter's name: what stands before it is free text */
	{ "ordr date=2026", "ordr/e|7 days/d|2026/n|/d|No/d" },
	/* refused */
	{ "{{ x }}", NULL },
	{ "region={% if %}", NULL },
	{ "regin=EMEA", NULL },
	{ "= 5", NULL },
	{ "region=a=b", NULL },
	{ "date=soon", NULL },
	{ "minimum=10k", NULL },
	{ "new=maybe", NULL },
	{ "EMEA; soon", NULL },
	{ "a;2026;2026;5;yes;6", NULL },
	{ "a;2026;2026;5;yes;;;7", NULL },
	{ "region=a region=b", NULL },
	{ "\"open", NULL },
	{ "region=\"open", NULL },
};

static const char *const origins[] = {
	[FILTERS_DEFAULT] = "d",
	[FILTERS_EVERYTHING] = "e",
	[FILTERS_POSITION] = "p",
	[FILTERS_NAME] = "n",
};

static char *show(TALLOC_CTX *ctx, const struct filters_assigned *a)
{
	char *ret = mem_strdup(ctx, "");

	for (size_t i = 0; i < a->n; i++)
		mem_appendf(&ret, "%s%s/%s", i > 0 ? "|" : "", a->values[i].value,
			    origins[a->values[i].origin]);
	return ret;
}

static void test_assign(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(assigned) / sizeof(assigned[0]); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct filters_assigned *a;
		struct err e = { .kind = ERR_NONE };
		bool ok = filters_assign(ctx, filters, N, assigned[i].text, &a, &e);

		if (ok != (assigned[i].values != NULL))
			fail_msg("%s: %s", assigned[i].text, ok ? show(ctx, a) : e.text);
		if (!ok)
			assert_int_equal(e.kind, ERR_BAD_INPUT);
		else if (strcmp(show(ctx, a), assigned[i].values) != 0)
			fail_msg("%s gives %s", assigned[i].text, show(ctx, a));
		talloc_free(ctx);
	}
}

static void test_sentences(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "regin=EMEA", "there is no filter \"regin\". The filters are: Region, " },
		{ "regin=EMEA", "For example: Region=EMEA" },
		{ "date=soon", "\"soon\" is not a date for Date. Try for example: last 7 days" },
		{ "minimum=10k", "\"10k\" is not a number for Minimum" },
		{ "new=maybe", "\"maybe\" is not yes or no for New" },
		{ "a;2026;2026;5;yes;6",
		  "There are 6 values, but only 5 filters for them: Region; Order" },
		{ "region=a region=b", "Region is given twice" },
		{ "{{x", "Liquid ({{ or {%) may not" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct filters_assigned *a;
		struct err e = { .kind = ERR_NONE };
		bool ok = filters_assign(ctx, filters, N, cases[i].text, &a, &e);

		if (ok || strstr(e.text, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].text, ok ? show(ctx, a) : e.text);
		talloc_free(ctx);
	}
}

static void test_no_filter_can_take_it(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct filters_assigned *a;
	struct err e;

	(void)state;
	assert_false(filters_assign(ctx, &filters[1], 1, "EMEA", &a, &e));
	assert_string_equal(e.text, "no filter can take \"EMEA\": Order Date takes a date (last 7 "
				    "days, this month or 2026-05-01)");
	assert_false(filters_assign(ctx, filters, 0, "EMEA", &a, &e));
	assert_string_equal(e.text, "this takes no values, so \"EMEA\" has no place");
	assert_false(filters_assign(ctx, filters, 0, "a=b", &a, &e));
	assert_string_equal(e.text, "there is no filter \"a\": this takes no values");
	assert_false(filters_assign(ctx, filters, 1, "EMEA region=\"x\" y", &a, &e));
	assert_string_equal(e.text,
			    "\"EMEA y\" is left over: every filter has its value by name already");
	assert_true(filters_assign(ctx, filters, 0, "  ", &a, &e));
	talloc_free(ctx);
}

static void test_missing(void **state)
{
	static const struct looker_filter required = {
		.name = "r", .title = "R", .default_value = "", .required = true
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct filters_assigned *a;
	struct err e;

	(void)state;
	assert_true(filters_assign(ctx, &required, 1, "", &a, &e));
	assert_int_equal(a->n_missing, 1);
	assert_ptr_equal(a->missing[0], &required);
	assert_true(filters_assign(ctx, &required, 1, "x", &a, &e));
	assert_int_equal(a->n_missing, 0);
	assert_true(filters_assign(ctx, filters, N, "order date=", &a, &e));
	assert_int_equal(a->n_missing, 1);
	talloc_free(ctx);
}

/* A query's own filters are named after fields: the last part is enough where it is one field's. */
static void test_fields(void **state)
{
	static const struct looker_filter fields[] = {
		{ .name = "f[users.region]", .title = "users.region", .default_value = "" },
		{ .name = "f[users.id]", .title = "users.id", .default_value = "" },
		{ .name = "f[orders.id]", .title = "orders.id", .default_value = "" },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct filters_assigned *a;
	struct err e;

	(void)state;
	assert_true(filters_assign(ctx, fields, 3, "Region=EMEA orders.id=5", &a, &e));
	assert_string_equal(a->values[0].value, "EMEA");
	assert_string_equal(a->values[1].value, "");
	assert_string_equal(a->values[2].value, "5");
	assert_false(filters_assign(ctx, fields, 3, "id=5", &a, &e));
	assert_non_null(strstr(e.text, "users.id"));
	talloc_free(ctx);
}

static void test_too_long(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *text = mem_array(ctx, char, FILTERS_TEXT_MAX_BYTES + 2);
	struct filters_assigned *a;
	struct err e;

	(void)state;
	memset(text, 'a', FILTERS_TEXT_MAX_BYTES + 1);
	assert_false(filters_assign(ctx, filters, N, text, &a, &e));
	text[FILTERS_TEXT_MAX_BYTES] = '\0';
	assert_true(filters_assign(ctx, filters, N, text, &a, &e));
	talloc_free(ctx);
}

/* Texts that Looker's own parser takes, and some that it does not. */
static const struct {
	enum looker_filter_kind kind;
	bool fits;
	const char *texts[40];
} fits[] = {
	{ LOOKER_FILTER_STRING, true, { "", "foo", "-foo", "foo%", "%a%,b", "EMPTY", "\"NULL\"" } },
	{ LOOKER_FILTER_NUMBER,
	  true,
	  { "",
	    "5",
	    " 5 ",
	    "-5.25",
	    ".5",
	    "NOT 5",
	    "not 5",
	    "!= 5",
	    "!=5",
	    ">5",
	    ">= 5",
	    "<5",
	    "<=5",
	    "1 to 10",
	    "[1,10]",
	    "(1,10)",
	    "[1, 10)",
	    "(1,inf)",
	    "(-inf,3]",
	    "NULL",
	    "NOT NULL",
	    "1, 5, >20",
	    ">1 AND <100, NOT 2",
	    "1 or 2",
	    "[1,5],[7,9)" } },
	{ LOOKER_FILTER_NUMBER, false, { "x",	"10k",	  "5%",	  "1 to", "[1,10", "(1;10)",
					 ">",	"5 5",	  "1,,2", "1,",	  "<>5",   "5-",
					 "=5",	"NOT",	  "EMEA", "1..2", "nullx", "1 to 10 to 20",
					 "- 5", "2026-05" } },
	{ LOOKER_FILTER_DATE,
	  true,
	  { "",
	    "today",
	    "Yesterday",
	    "7 days",
	    "1 day",
	    "3 days ago",
	    "3 months ago for 2 days",
	    "last month",
	    "this year",
	    "next week",
	    "2026",
	    "2026-05",
	    "2026-05-01",
	    "2026/05/01",
	    "2026-01-01 to 2026-02-01",
	    "before 2026-05-01",
	    "after 3 days ago",
	    "this year to second",
	    "7 days ago for 7 days",
	    "last 7 days",
	    "Last 2 Months",
	    "monday",
	    "2026-Q1",
	    "FY2026",
	    "fy2026-q1",
	    "2026/05/01 12:30",
	    "this week,last week",
	    "NULL",
	    "not null",
	    "1000 days",
	    "2026-05-01 for 3 days",
	    "3 days from now",
	    "2026-05-01 12:30:15 to 2026-05-02",
	    "before last month" } },
	{ LOOKER_FILTER_DATE,
	  false,
	  { "Q1",
	    "7 complete days",
	    "7 days ago to 1 day ago",
	    "soon",
	    "EMEA",
	    "5",
	    "26",
	    "last",
	    "days",
	    "2026-",
	    "2026-05-01-01",
	    "2026-05/01",
	    "last 7",
	    "7days",
	    "today,",
	    "to 2026",
	    "2026 to",
	    "2026-Q5",
	    "May",
	    "before",
	    "20265",
	    "not",
	    "2026-05-01 12",
	    "for 3 days" } },
	{ LOOKER_FILTER_YESNO, true, { "", "Yes", "no", "TRUE", "false" } },
	{ LOOKER_FILTER_YESNO, false, { "y", "maybe", "yes no", "1", "yes,no" } },
};

static void test_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++)
		for (size_t k = 0; k < 40 && fits[i].texts[k] != NULL; k++)
			if (filters_fit(fits[i].kind, fits[i].texts[k]) != fits[i].fits)
				fail_msg("\"%s\" as %s", fits[i].texts[k],
					 filters_kind_word(fits[i].kind));
}

static void test_examples_fit(void **state)
{
	(void)state;
	for (int kind = LOOKER_FILTER_STRING; kind <= LOOKER_FILTER_YESNO; kind++)
		assert_true(filters_fit((enum looker_filter_kind)kind,
					filters_kind_example((enum looker_filter_kind)kind)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_assign),	     cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_missing),	     cmocka_unit_test(test_no_filter_can_take_it),
		cmocka_unit_test(test_too_long),     cmocka_unit_test(test_fit),
		cmocka_unit_test(test_examples_fit), cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

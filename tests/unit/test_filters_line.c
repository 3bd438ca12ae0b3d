/* Values as a line of text, and back again. */
#include "bot/filters_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

static const struct looker_filter filters[] = {
	{ .name = "region_f", .title = "Region", .default_value = "" },
	{ .name = "Period",
	  .title = "Period",
	  .kind = LOOKER_FILTER_DATE,
	  .default_value = "7 days" },
	{ .name = "odd", .title = "A=B; \"c\"", .default_value = "" },
	{ .name = "Min", .title = "Min", .kind = LOOKER_FILTER_NUMBER, .default_value = "" },
};
#define N (sizeof(filters) / sizeof(filters[0]))

static struct json_object *values_of(TALLOC_CTX *ctx, const char *region, const char *period,
				     const char *odd, const char *min)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "region_f", region);
	json_set_str(o, "Period", period);
	json_set_str(o, "odd", odd);
	json_set_str(o, "Min", min);
	return o;
}

/* NULL as line: no line holds them. */
static const struct {
	const char *region, *period, *odd, *min, *line;
} cases[] = {
	{ NULL, "7 days", NULL, NULL, "" },
	{ "EMEA", "last 7 days", NULL, NULL, "Region=EMEA Period=\"last 7 days\"" },
	{ NULL, NULL, NULL, NULL, "Period=\"\"" },
	{ "EMEA,APAC", "7 days", "x", ">=10", "Region=EMEA,APAC odd=x Min=\">=10\"" },
	{ "a; b = c", "7 days", NULL, NULL, "Region=\"a; b = c\"" },
	{ "*bold*", "7 days", NULL, NULL, "Region=\"*bold*\"" },
	{ "<@U1> & <!here>", "7 days", NULL, NULL, "Region=\"<@U1> & <!here>\"" },
	{ "50^% off^, really", "7 days", NULL, NULL, "Region=\"50^% off^, really\"" },
	{ "\"a, b\",c", "7 days", NULL, NULL, "Region=\"a, b\",c" },
	{ "\"a, b\"", "7 days", NULL, NULL, NULL },
	{ "say \"x", "7 days", NULL, NULL, NULL },
	{ "“smart”", "7 days", NULL, NULL, NULL },
	{ "{{ x }}", "7 days", NULL, NULL, NULL },
	{ "x", "a while ago", NULL, NULL, NULL },
	{ "x", "7 days", NULL, "many", NULL },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct json_object *values = values_of(ctx, cases[i].region, cases[i].period,
						       cases[i].odd, cases[i].min);
		struct err e = { .text = "" };
		bool ok = filters_line_holds(ctx, filters, N, values, &e);

		if (ok != (cases[i].line != NULL))
			fail_msg("case %zu: %s %s", i, filters_line(ctx, filters, N, values),
				 e.text);
		if (ok)
			assert_string_equal(filters_line(ctx, filters, N, values), cases[i].line);
		else
			assert_int_equal(e.kind, ERR_BAD_INPUT);
		talloc_free(ctx);
	}
}

static void test_literals(void **state)
{
	static const struct {
		const char *text, *literal;
	} texts[] = {
		{ "EMEA", "EMEA" }, { "a, b", "a^, b" },
		{ "50%", "50^%" },  { "snake_case", "snake^_case" },
		{ "-1", "^-1" },    { "a^b", "a^^b" },
		{ "NULL", NULL },   { "Null", "Null" },
		{ "EMPTY", NULL },  { "5\" pipe", NULL },
		{ " x", NULL },	    { "", NULL },
		{ "a\nb", NULL },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *got = filters_line_literal(ctx, texts[i].text);

		if (texts[i].literal)
			assert_string_equal(got, texts[i].literal);
		else
			assert_null(got);
	}
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_literals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

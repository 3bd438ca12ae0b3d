/* The pure parts of show, help and check: what words point at, an address's filters, shadows. */
#include "bot/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "bot/command.h"
#include "bot/filters.h"
#include "bot/shadow.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOBODY COMMAND_NOBODY

static const struct config_looker settings[] = {
	{ .name = "one.example", .url = "https://one.example" },
	{ .name = "two.example:9999", .url = "https://two.example:9999" },
};

/* Two Lookers that nobody talks to. */
static struct bot *two_lookers(TALLOC_CTX *ctx)
{
	struct bot *bot = mem_zero(ctx, struct bot);

	bot->n_lookers = COUNT(settings);
	bot->lookers = mem_array(bot, struct looker *, bot->n_lookers);
	for (size_t i = 0; i < bot->n_lookers; i++)
		bot->lookers[i] = looker_new(bot, &settings[i], true, NULL);
	return bot;
}

static const struct {
	const char *text;
	enum target_kind kind;
	size_t instance;
	const char *id;
	const char *rest; /* for titles: the words */
} targets[] = {
	{ "", TARGET_NOTHING, NOBODY, NULL, "" },
	{ "42", TARGET_NUMBER, 0, "42", "" },
	{ "42 region=EMEA", TARGET_NUMBER, 0, "42", "region=EMEA" },
	{ "24 hours", TARGET_TITLE, 0, NULL, "24 hours" },
	{ "look 42", TARGET_LOOK, 0, "42", "" },
	{ "DASHBOARD 42 last 7 days", TARGET_DASHBOARD, 0, "42", "last 7 days" },
	{ "two 42", TARGET_NUMBER, 1, "42", "" },
	{ "look two.example 42", TARGET_LOOK, 1, "42", "" },
	{ "9999 42", TARGET_TITLE, 0, NULL, "9999 42" }, /* no number names a Looker */
	{ "shop::pulse EMEA", TARGET_DASHBOARD, 0, "shop::pulse", "EMEA" },
	{ "look shop::pulse", TARGET_TITLE, 0, NULL, "shop::pulse" },
	{ "look", TARGET_TITLE, 0, NULL, "look" },
	{ "look orders by status", TARGET_TITLE, 0, NULL, "orders by status" },
	{ "https://one.example/looks/42", TARGET_LOOK, 0, "42", "" },
	{ "https://ONE.example:443/looks/42/", TARGET_LOOK, 0, "42", "" },
	{ "one.example/looks/42", TARGET_LOOK, 0, "42", "" },
	{ "two.example:9999/dashboards/7 a=b", TARGET_DASHBOARD, 1, "7", "a=b" },
	{ "https://two.example:9999/dashboards/shop%3A%3Apulse?x=1", TARGET_DASHBOARD, 1,
	  "shop::pulse", "" },
	{ "https://one.example/dashboards-next/7", TARGET_DASHBOARD, 0, "7", "" },
	{ "https://one.example/x/AbC123", TARGET_SLUG, 0, "AbC123", "" },
	{ "https://one.example/explore/m/v?qid=Q1&toggle=vis", TARGET_SLUG, 0, "Q1", "" },
	{ "https://one.example/explore/m/v?fields=a.b", TARGET_EXPLORE, 0, "m", "" },
	{ "https://two.example:9999/explore/m/v/", TARGET_EXPLORE, 1, "m", "" },
	{ "https://one.example/explore/m", TARGET_PAGE, NOBODY, "m", "" },
	{ "https://one.example/explore/m/?fields=a.b", TARGET_PAGE, NOBODY, "m", "" },
	{ "https://one.example/admin/users", TARGET_PAGE, NOBODY, NULL, "" },
	{ "https://one.example/looks/", TARGET_PAGE, NOBODY, NULL, "" },
	{ "https://one.example/looks/4%00%zz", TARGET_PAGE, NOBODY, NULL, "" },
	{ "https://one.example/looks/4?a=%z", TARGET_PAGE, NOBODY, NULL, "" },
	{ "http://one.example/looks/42", TARGET_FOREIGN, NOBODY, NULL, "" },
	{ "https://two.example/looks/42", TARGET_FOREIGN, NOBODY, NULL, "" },
	{ "https://one.example.evil/looks/42", TARGET_FOREIGN, NOBODY, NULL, "" },
	{ "https://one.example@evil/looks/42", TARGET_FOREIGN, NOBODY, NULL, "" },
	{ "://", TARGET_FOREIGN, NOBODY, NULL, "" },
};

static void test_targets(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct bot *bot = two_lookers(ctx);

	(void)state;
	for (size_t i = 0; i < COUNT(targets); i++) {
		struct target t = target_read(ctx, bot, targets[i].text);
		const char *rest = t.kind == TARGET_TITLE ? t.wanted.words : t.rest;
		const char *wanted = targets[i].id ? targets[i].id : "";

		print_message("%s\n", targets[i].text);
		assert_int_equal(t.kind, targets[i].kind);
		assert_int_equal(t.instance, targets[i].instance);
		assert_string_equal(t.id ? t.id : "", wanted);
		assert_string_equal(rest, targets[i].rest);
	}
	talloc_free(ctx);
}

/* Region, Period and a required Customer, with values typed and values of an address. */
static const struct {
	const char *text, *link;
	const char *values; /* joined by '|'; NULL: refused */
	size_t n_missing;
} taken[] = {
	{ "", "", "|30 days|", 1 },
	{ "", "Region=EMEA&toggle=fil", "EMEA|30 days|", 1 },
	{ "", "REGION=EMEA&Period=&cust=7", "EMEA||7", 0 },
	{ "", "Customer=7", "|30 days|7", 0 },
	{ "region=APAC", "Region=EMEA&Period=today", "APAC|today|", 1 },
	{ "", "Region={{ x }}", NULL, 0 },
};

static void test_values_of_an_address(void **state)
{
	static const struct looker_filter filters[] = {
		{ "Region", "Region", LOOKER_FILTER_STRING, "", false },
		{ "Period", "Period", LOOKER_FILTER_DATE, "30 days", false },
		{ "cust", "Customer", LOOKER_FILTER_STRING, "", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(taken); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct filters_assigned *a;
		struct form *link;
		struct err e;
		char *got = mem_strdup(ctx, "");

		assert_true(form_parse(ctx, taken[i].link, strlen(taken[i].link), &link, &e));
		assert_true(filters_assign(ctx, filters, COUNT(filters), taken[i].text, &a, &e));
		assert_int_equal(filters_take(a, link, &e), taken[i].values != NULL);
		for (size_t k = 0; k < a->n; k++)
			mem_appendf(&got, "%s%s", k > 0 ? "|" : "", a->values[k].value);
		if (taken[i].values) {
			assert_string_equal(got, taken[i].values);
			assert_int_equal(a->n_missing, taken[i].n_missing);
		}
		talloc_free(ctx);
	}
}

/* Titles of the first Looker, then of the second; behind each how its problem begins. */
static const struct {
	size_t instance;
	const char *title;
	const char *problem; /* NULL: none */
} titles[] = {
	{ 0, "Sales", NULL },
	{ 0, "Find", "Nobody can reach it" },
	{ 0, "find it", "Nobody can reach it" },
	{ 0, "Findings", NULL },
	{ 0, "HELP [hidden]", "It hides the built-in command \"help\"" },
	{ 0, "Show", "It hides the built-in command \"show\"" },
	{ 0, "Show rooms", NULL },
	{ 0, "sales", "Another dashboard has the same title" },
	{ 1, "Sales", "Another Looker has a command of the same title" },
	{ 1, "Stock", NULL },
};

static void test_shadows(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct catalogue *all = mem_zero(ctx, struct catalogue);
	struct shadow *shadows;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct json_object *picture = json_new_object(ctx);
		struct json_object *commands = json_object_new_array();

		for (size_t k = 0; k < COUNT(titles); k++) {
			struct json_object *o = json_object_new_object();
			json_set_str(o, "id", "7");
			json_set_str(o, "title", titles[k].title);
			if (titles[k].instance == i)
				json_object_array_add(commands, o);
			else
				json_object_put(o);
		}
		json_set(picture, "commands", commands);
		catalogue_add(ctx, all, i, "40", picture);
	}
	assert_int_equal(all->n_commands, COUNT(titles));
	size_t n = shadow_find(ctx, all, &shadows);
	for (size_t i = 0; i < COUNT(titles); i++) {
		if (!titles[i].problem)
			continue;
		print_message("%s\n", titles[i].title);
		assert_true(at < n);
		assert_ptr_equal(shadows[at].command, &all->commands[i]);
		assert_non_null(strstr(shadows[at++].problem, titles[i].problem));
	}
	assert_int_equal(at, n);
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_values_of_an_address),
		cmocka_unit_test(test_shadows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

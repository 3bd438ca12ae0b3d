/*
 * Whatever stands in a database, in every form of a message: valid JSON of valid UTF-8, within
 * Slack's limits, and nothing in it that pings, links, formats or turns what stands beside it.
 * Random tables out of hostile pieces, from Looker's JSON on.
 */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "render/render.h"

#define ROUNDS 300
#define PIECES_MAX 6
#define HUGE 40000

/* As they stand in JSON. */
static const char *const pieces[] = {
	"<!channel>",
	"<!here|here>",
	"@everyone",
	"<@U0ADA>",
	"<#C1|general>",
	"<https://evil.example|your bank>",
	"https://evil.example",
	"www.evil.example",
	"mailto:a@b.example",
	"*bold*",
	"_it_",
	"~gone~",
	"`code`",
	"```\\nfence",
	":tada:",
	"&lt;",
	"&amp;amp;",
	"&",
	">quote",
	"\\n> quote",
	"|",
	"\\\\",
	"\\\"",
	"\\u0000",
	"\\u0007",
	"\\u001b[31m",
	"\xed\xa0\x80",
	"\xf4\x90\x80\x80",
	"\u202eturned",
	"\u202bembedded",
	"\u2067isolated",
	"\u2069\u2069",
	"\u202c",
	"\u200fmark",
	"שלום",
	"مرحبا ١٢",
	"日本語",
	"👩‍👩‍👧‍👦",
	"🇩🇪🇫🇷",
	"e\u0301\u0301\u0301",
	"1,204.50",
	"-5",
	" ",
	"\\t",
	"\\r\\n",
	"word",
};
#define N_PIECES (sizeof(pieces) / sizeof(pieces[0]))

static uint32_t seed = 1;

static size_t pick(size_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static char *hostile(TALLOC_CTX *ctx)
{
	char *text = mem_strdup(ctx, "");

	for (size_t n = pick(PIECES_MAX); n > 0; n--)
		mem_append(&text, pieces[pick(N_PIECES)]);
	if (pick(150) == 0)
		while (strlen(text) < HUGE)
			mem_append(&text, pieces[pick(N_PIECES)]);
	return text;
}

/* A number, or what Looker has in its place. */
static char *number(TALLOC_CTX *ctx)
{
	if (pick(30) == 0)
		return mem_strdup(ctx, pick(2) ? "{\"value\":null}" : "{\"value\":\"n/a\"}");
	return mem_printf(ctx, "{\"value\":%zu,\"rendered\":\"%s\"}", pick(100000),
			  pick(4) ? "" : hostile(ctx));
}

/* A pivoted answer with hostile keys, labels and values; some with row totals and subtotals. */
static char *pivoted(TALLOC_CTX *ctx, size_t rows, size_t pivots)
{
	char *o = mem_strdup(ctx, "{\"fields\":{\"dimensions\":[{\"name\":\"v.d\",\"label\":\"");
	char **keys = mem_array(ctx, char *, pivots);

	mem_appendf(&o, "%s\"},{\"name\":\"v.e\",\"hidden\":%s}],\"pivots\":[{\"name\":\"v.p\"}]",
		    hostile(ctx), pick(4) ? "true" : "false");
	mem_appendf(&o, ",\"measures\":[{\"name\":\"v.m\",\"label\":\"%s\"}%s]},\"pivots\":[",
		    hostile(ctx), pick(3) ? "" : ",{\"name\":\"v.n\"}");
	for (size_t p = 0; p < pivots; p++) {
		keys[p] = mem_printf(ctx, "%zu%s", p, hostile(ctx));
		mem_appendf(&o,
			    "%s{\"key\":\"%s\",\"is_total\":%s,\"data\":{\"v.p\":\"%s\"},"
			    "\"labels\":{\"v.p\":\"<a href='%s'>%s</a>\"}}",
			    p ? "," : "", keys[p], p + 1 == pivots && pick(2) ? "true" : "false",
			    hostile(ctx), "https://evil.example", hostile(ctx));
	}
	mem_append(&o, "],\"data\":[");
	for (size_t r = 0; r < rows; r++) {
		mem_appendf(&o, "%s{\"v.d\":{\"value\":\"%s\"},\"v.m\":{", r ? "," : "",
			    hostile(ctx));
		for (size_t p = 0; p < pivots; p++)
			mem_appendf(&o, "%s\"%s\":%s", p ? "," : "", keys[p], number(ctx));
		mem_append(&o, "}}");
	}
	mem_appendf(&o,
		    "],\"subtotals_data\":{\"1\":[{\"$$$__grouping__$$$\":[\"v.d\"],\"v.d\":{"
		    "\"value\":\"%s\"},\"v.m\":{}}]}}",
		    hostile(ctx));
	return o;
}

/* A json_detail answer of Looker's with hostile labels and cells; some columns are numbers. */
static char *detail(TALLOC_CTX *ctx, size_t rows, size_t columns)
{
	char *o = mem_strdup(ctx, "{\"fields\":{\"dimensions\":[");

	for (size_t c = 0; c < columns; c++)
		mem_appendf(&o, "%s{\"name\":\"v.f%zu\",\"label\":\"%s\"}", c ? "," : "", c,
			    hostile(ctx));
	mem_append(&o, "],\"measures\":[]},\"data\":[");
	for (size_t r = 0; r < rows; r++) {
		mem_append(&o, r ? ",{" : "{");
		for (size_t c = 0; c < columns; c++) {
			mem_appendf(&o, "%s\"v.f%zu\":", c ? "," : "", c);
			if (c % 3 == 2)
				mem_appendf(&o, "{\"value\":%zu}", pick(100000));
			else
				mem_appendf(&o, "{\"value\":\"%s\"}", hostile(ctx));
		}
		mem_append(&o, "}");
	}
	mem_append(&o, "]}");
	return o;
}

/* --- what must hold for any mrkdwn --- */

/* The markup that is ours: the link to the dashboard. */
static const char OURS[] = "<https://shop.example.com/d/7";

static void check_escapes(const char *mrkdwn)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;" };

	for (const char *p = mrkdwn; *p; p++) {
		if (*p == '<' && strncmp(p, OURS, strlen(OURS)) != 0)
			fail_msg("a stray < in %s", mrkdwn);
		size_t i = 0;
		while (*p == '&' && i < 3 && strncmp(p, entities[i], strlen(entities[i])) != 0)
			i++;
		if (i == 3)
			fail_msg("a stray & in %s", mrkdwn);
	}
}

/* Isolates open and close on one line; nothing else steers. */
static void check_direction(const char *text)
{
	int open = 0;

	for (const char *p = text; *p; p++) {
		bool steers = memcmp(p, "\xE2\x80", 2) == 0 && (unsigned char)p[2] >= 0xAA &&
			      (unsigned char)p[2] <= 0xAE;
		steers |= memcmp(p, "\xE2\x81", 2) == 0 && (unsigned char)p[2] >= 0xA6 &&
			  (unsigned char)p[2] <= 0xA7;
		if (steers)
			fail_msg("a character that steers direction in %s", text);
		open += strncmp(p, TEXT_ISOLATE, 3) == 0;
		open -= strncmp(p, TEXT_ISOLATE_END, 3) == 0;
		if (open < 0 || open > 1)
			fail_msg("isolates are not in pairs in %s", text);
	}
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c);
}

/* In code nothing acts. */
static void check_words(const char *mrkdwn)
{
	static const struct {
		const char *text;
		bool begins, ends; /* acts only where a word begins, or ends */
	} words[] = {
		{ "@everyone", true, true },	     { "@here", true, true },
		{ "://evil.example", false, false }, { "mailto:a", true, false },
		{ "www.evil", true, false },
	};

	for (size_t i = 0; !strstr(mrkdwn, "```") && i < sizeof(words) / sizeof(words[0]); i++) {
		for (const char *p = mrkdwn; (p = strstr(p, words[i].text)); p++) {
			bool inside = (words[i].begins && p > mrkdwn && is_word(p[-1])) ||
				      (words[i].ends && is_word(p[strlen(words[i].text)]));
			if (!inside)
				fail_msg("%s acts in %s", words[i].text, mrkdwn);
		}
	}
}

/* Fences come in pairs, and nothing within ends one. */
static void check_fences(const char *mrkdwn)
{
	const char *first = strchr(mrkdwn, '`');
	size_t ticks = 0;

	for (const char *p = first; p && *p; p++)
		ticks += *p == '`';
	assert_true(ticks % 6 == 0);
	if (ticks > 0)
		assert_true(strncmp(first, "```\n", 4) == 0);
}

static void check_mrkdwn(const char *mrkdwn, size_t max)
{
	assert_true(text_chars(mrkdwn) <= max);
	check_escapes(mrkdwn);
	check_direction(mrkdwn);
	check_words(mrkdwn);
	check_fences(mrkdwn);
}

/* --- blocks --- */

static size_t charts_seen;

struct sums {
	size_t cells, chars, tables, charts;
};

static void check_cell(const struct json_object *cell, struct sums *sums)
{
	struct json_object *section = json_item(json_array_at(cell, "elements"), 0);
	struct json_object *bold = json_item(json_array_at(section, "elements"), 0);
	const char *text = json_str(bold ? bold : cell, "text");

	assert_non_null(text); /* no links in these tables: raw_text, raw_number, bold text */
	assert_true(!bold || strcmp(json_str(bold, "type"), "text") == 0);
	assert_true(*text != '\0');
	assert_true(strpbrk(text, "\n\r\t\a\033") == NULL);
	check_direction(text);
	sums->cells += text_chars(text);
}

static void check_table(const struct json_object *block, size_t max_rows, size_t max_chars)
{
	struct json_object *rows = json_array_at(block, "rows");
	struct sums sums = { 0 };

	assert_in_range(json_len(rows), 2, max_rows);
	for (size_t r = 0; r < json_len(rows); r++) {
		struct json_object *row = json_item(rows, r);

		assert_in_range(json_len(row), 1, 20);
		assert_int_equal(json_len(row), json_len(json_item(rows, 0)));
		for (size_t c = 0; c < json_len(row); c++)
			check_cell(json_item(row, c), &sums);
	}
	assert_true(sums.cells <= max_chars);
}

static void check_label(const char *text, size_t max)
{
	assert_true(text != NULL && *text != '\0' && text_chars(text) <= max);
	assert_true(strpbrk(text, "\n\r\t\a\033") == NULL);
	check_direction(text);
}

static void check_points(const struct json_object *points, size_t max, double above)
{
	assert_in_range(json_len(points), 1, max);
	for (size_t i = 0; i < json_len(points); i++) {
		const struct json_object *point = json_item(points, i);
		double value = json_object_get_double(json_get(point, "value"));

		assert_true(isfinite(value) && value > above);
		check_label(json_str(point, "label"), 20);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(json_str(json_item(points, k), "label"),
						json_str(point, "label"));
	}
}

static void check_chart(const struct json_object *block)
{
	const struct json_object *chart = json_object_at(block, "chart");
	const struct json_object *series = json_array_at(chart, "series");
	const struct json_object *axes = json_object_at(chart, "axis_config");

	check_label(json_str(block, "title"), 50);
	if (strcmp(json_str(chart, "type"), "pie") == 0) {
		check_points(json_array_at(chart, "segments"), 12, 0);
		return;
	}
	assert_in_range(json_len(series), 1, 12);
	check_label(json_str_or(axes, "x_label", "none"), 50);
	check_label(json_str_or(axes, "y_label", "none"), 50);
	for (size_t s = 0; s < json_len(series); s++) {
		const struct json_object *one = json_item(series, s);

		check_label(json_str(one, "name"), 20);
		check_points(json_array_at(one, "data"), 20, -1e300);
		assert_int_equal(json_len(json_array_at(one, "data")),
				 json_len(json_array_at(axes, "categories")));
	}
}

static void check_block(const struct json_object *block, struct sums *sums)
{
	const char *type = json_str(block, "type");
	struct json_object *text = json_object_at(block, "text");
	struct json_object *inner = json_array_at(block, "fields");

	if (strcmp(type, "data_visualization") == 0) {
		sums->charts++;
		check_chart(block);
		return;
	}
	if (strcmp(type, "data_table") == 0 || strcmp(type, "table") == 0) {
		bool old = strcmp(type, "table") == 0;
		sums->tables++;
		check_table(block, old ? 100 : 201, old ? 10000 : 20000);
		return;
	}
	inner = inner ? inner : json_array_at(block, "elements");
	if (text)
		check_mrkdwn(json_str(text, "text"), 3000);
	sums->chars += text ? text_chars(json_str(text, "text")) : 0;
	assert_true(json_len(inner) <= 10);
	for (size_t i = 0; i < json_len(inner); i++) {
		const char *one = json_str(json_item(inner, i), "text");
		check_mrkdwn(one, 2000);
		sums->chars += text_chars(one);
	}
}

static void check_form(TALLOC_CTX *ctx, const struct slack_message *m, enum slack_form form)
{
	struct json_object *o = slack_message_encode(ctx, m, form), *back = NULL;
	const char *json = json_text(o);
	struct json_object *blocks = json_array_at(o, "blocks");
	struct sums sums = { 0 };
	struct err e;

	assert_true(text_is_utf8(json, strlen(json)));
	assert_true(json_parse(ctx, json, strlen(json), &back, &e));
	check_mrkdwn(json_str(o, "text"), form == SLACK_FORM_TEXT ? 12000 : 4000);
	assert_true(json_len(blocks) <= 50);
	assert_int_equal(blocks != NULL, form != SLACK_FORM_TEXT);
	for (size_t i = 0; i < json_len(blocks); i++)
		check_block(json_item(blocks, i), &sums);
	assert_true(sums.tables <= 1 && sums.chars <= 13200);
	assert_true(sums.charts <= (form == SLACK_FORM_CHART ? 2 : 0));
	charts_seen += sums.charts;
}

static void check_rendered(TALLOC_CTX *ctx, int round, const char *json,
			   const struct json_object *vis_config)
{
	char *title = hostile(ctx);
	struct render_about about = {
		.title = text_clean(ctx, title, strlen(title)),
		.link = "https://shop.example.com/d/7",
		.base_url = "https://shop.example.com",
	};
	struct slack_message *m = slack_message_new(ctx);
	struct looker_vis vis = looker_vis_read(ctx, vis_config);
	struct render_outcome outcome;
	struct looker_result *r;
	struct json_object *o;
	struct err e;

	if (!json_parse(ctx, json, strlen(json), &o, &e) ||
	    !looker_result_read(ctx, o, vis_config, 201, &r, &e))
		fail_msg("round %d: %s", round, e.text);
	render_result(m, r, &vis, &about, &outcome);
	for (int form = 0; form < SLACK_FORMS; form++)
		check_form(ctx, m, (enum slack_form)form);
}

static void test_random_tables(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);

		check_rendered(
			ctx, round,
			detail(ctx, 1 + pick(pick(8) ? 12 : 210), 1 + pick(pick(8) ? 5 : 25)),
			NULL);
		talloc_free(ctx);
	}
}

static void test_random_pivots_and_charts(void **state)
{
	static const char *const types[] = {
		"looker_grid", "looker_column",		 "looker_line",
		"looker_area", "looker_donut_multiples", "looker_funnel"
	};

	(void)state;
	charts_seen = 0;
	for (int round = 0; round < ROUNDS; round++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct json_object *vis = json_new_object(ctx);

		json_set_str(vis, "type", types[pick(6)]);
		json_set_str(vis, "stacking", "");
		json_set_str(vis, "x_axis_label", pick(2) ? "<!here> *axis*" : "");
		json_set_bool(vis, "transpose", pick(2));
		check_rendered(ctx, round,
			       pivoted(ctx, 1 + pick(pick(8) ? 4 : 30), 1 + pick(pick(8) ? 4 : 30)),
			       vis);
		talloc_free(ctx);
	}
	assert_in_range(charts_seen, 40, 600);
}

/* Most of broken UTF-8 does not get in. What json-c lets pass (above: a surrogate, what lies beyond
 * Unicode, NUL as JSON escapes it) is replaced. */
static void test_broken_utf8(void **state)
{
	static const char *const broken[] = { "\xff", "\xc3" };
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct json_object *o;
	struct err e;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *json = mem_printf(ctx, "{\"data\":[{\"f\":\"%s\"}]}", broken[i]);
		assert_false(json_parse(ctx, json, strlen(json), &o, &e));
	}
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_tables),
		cmocka_unit_test(test_random_pivots_and_charts),
		cmocka_unit_test(test_broken_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

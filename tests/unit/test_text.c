/* text.c and text_html.c: cleaning, cutting, measuring, folding, numbers, HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define BAD "\xEF\xBF\xBD"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FAMILY "👨‍👩‍👧"

static int set_up(void **state)
{
	*state = mem_ctx(NULL);
	return 0;
}

static int tear_down(void **state)
{
	talloc_free(*state);
	return 0;
}

struct bytes_case {
	const char *in;
	size_t len;
	const char *out;
};
#define BYTES(s) s, sizeof(s) - 1

static void test_clean(void **state)
{
	static const struct bytes_case cases[] = {
		{ BYTES(""), "" },
		{ BYTES("plain ä €"), "plain ä €" },
		{ BYTES("a\0b"), "a" BAD "b" },
		{ BYTES("a\x01\x1f\x7f"
			"b\r"),
		  "a   b " },
		{ BYTES("tab\tline\n"), "tab\tline\n" },
		{ BYTES("c1\xC2\x85"), "c1 " },
		{ BYTES("\xFF\xFEx"), BAD BAD "x" },
		{ BYTES("cut \xE2\x82"), "cut " BAD BAD },
		{ BYTES("overlong \xC0\xAF"), "overlong " BAD BAD },
		{ BYTES("surrogate \xED\xA0\x80"), "surrogate " BAD BAD BAD },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *out = text_clean(*state, cases[i].in, cases[i].len);
		assert_string_equal(out, cases[i].out);
		assert_true(text_is_utf8(out, strlen(out)));
	}
	assert_false(text_is_utf8("a\xFF", 2));
	assert_false(text_is_utf8("\xE2\x82", 2));
	assert_true(text_is_utf8("\xE2\x82\xAC", 3));
}

static void test_cut(void **state)
{
	static const struct {
		const char *in;
		size_t max;
		const char *out;
	} cases[] = {
		{ "hello", 5, "hello" },
		{ "hello", 4, "hel…" },
		{ "hello", 1, "…" },
		{ "hello", 0, "" },
		{ "", 3, "" },
		{ "€€€€", 3, "€€…" },
		{ "ae\u0301b", 3, "a…" }, /* e + accent stay together */
		{ "ae\u0301bc", 4, "ae\u0301…" },
		{ FAMILY "ab", 4, "…" },
		{ "a\xFF\xFFz", 3, "a\xFF…" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *out = text_cut(*state, cases[i].in, cases[i].max);
		assert_string_equal(out, cases[i].out);
		assert_true(text_chars(out) <= cases[i].max);
	}
}

static void test_width(void **state)
{
	static const struct {
		const char *in;
		size_t width;
	} cases[] = {
		{ "", 0 },     { "abc", 3 },   { "äöü", 3 },	{ "e\u0301", 1 },
		{ "日本", 4 }, { "😀", 2 },     { FAMILY, 2 },	{ "❤\uFE0F", 2 },
		{ "🇩🇪", 2 },   { "a\xFF", 2 }, { "Straße", 6 }, { "a\tb", 3 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(text_width(cases[i].in), cases[i].width);
	/* A selector that has nothing to turn into an emoji takes no column. */
	assert_int_equal(text_width("\ufe0f"), 0);
	assert_int_equal(text_width("a \ufe0fb"), 3);
	assert_int_equal(text_width("\u2764\ufe0f"), 2);
}

static void test_padded(void **state)
{
	static const struct {
		const char *in;
		size_t width;
		bool right;
		const char *out;
	} cases[] = {
		{ "ab", 4, false, "|ab  " },	  { "ab", 4, true, "|  ab" },
		{ "abcde", 4, false, "|abc…" },	  { "abcde", 4, true, "|abc…" },
		{ "日本語", 5, false, "|日本…" }, { "日本語", 4, false, "|日… " },
		{ "日本", 4, true, "|日本" },	  { "a\nb", 4, false, "|a b " },
		{ "x", 0, false, "|" },		  { "abc", 1, false, "|…" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *buf = mem_strdup(*state, "|");
		text_append_padded(&buf, cases[i].in, cases[i].width, cases[i].right);
		assert_string_equal(buf, cases[i].out);
		assert_int_equal(text_width(buf), cases[i].width + 1);
	}
}

static void test_fold(void **state)
{
	assert_string_equal(text_fold(*state, "ORDERS by Month"), "orders by month");
	assert_string_equal(text_fold(*state, "ÄPFEL Straße"), "äpfel strasse");
	assert_string_equal(text_fold(*state, "e\u0301"), "\u00e9");
	assert_string_equal(text_fold(*state, "A\xFF"), "a" BAD);
	assert_true(text_equal_fold("ÉTÉ", "e\u0301te\u0301"));
	assert_true(text_equal_fold("", ""));
	assert_false(text_equal_fold("a", "b"));
	assert_string_equal(text_trim(*state, "\u00a0\t a  b \u3000\n"), "a  b");
	assert_string_equal(text_trim(*state, " \t\u2003"), "");
	assert_string_equal(text_trim(*state, ""), "");
	assert_string_equal(text_trim(*state, "\xFF"), "\xFF");
}

static void test_after_word(void **state)
{
	static const struct {
		const char *text, *prefix, *rest;
	} cases[] = {
		{ "sales emea", "sales", "emea" },
		{ "sales", "sales", "" },
		{ "sales   \u00a0x", "sales", "x" },
		{ "salesman", "sales", NULL },
		{ "sale", "sales", NULL },
		{ "sales: emea", "sales", ": emea" },
		{ "sales_x", "sales", NULL },
		{ "top-10 list", "top", NULL },
		{ "top - 10", "top", "- 10" },
		{ "top-", "top", "-" },
		{ "find's", "find", NULL },
		{ "cafe\u0301s", "cafe", NULL },
		{ "orders by month 5", "orders by month", "5" },
		{ "what?ever", "what?", "ever" },
		{ "anything", "", NULL },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *rest = text_after_word(cases[i].text, cases[i].prefix);
		if (!cases[i].rest) {
			assert_null(rest);
			continue;
		}
		assert_non_null(rest);
		assert_string_equal(rest, cases[i].rest);
	}
}

static void test_int(void **state)
{
	static const struct {
		const char *in;
		int64_t min, max;
		bool ok;
		int64_t out;
	} cases[] = {
		{ "0", 0, 10, true, 0 },
		{ "-7", -10, 10, true, -7 },
		{ "11", 0, 10, false, 0 },
		{ "9223372036854775807", 0, INT64_MAX, true, INT64_MAX },
		{ "9223372036854775808", 0, INT64_MAX, false, 0 },
		{ "", 0, 10, false, 0 },
		{ "-", -10, 10, false, 0 },
		{ " 1", 0, 10, false, 0 },
		{ "1 ", 0, 10, false, 0 },
		{ "+1", 0, 10, false, 0 },
		{ "0x1", 0, 10, false, 0 },
		{ "1.0", 0, 10, false, 0 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t out = 99;
		assert_int_equal(text_to_int(cases[i].in, cases[i].min, cases[i].max, &out),
				 cases[i].ok);
		assert_int_equal(out, cases[i].ok ? cases[i].out : 99);
	}
}

static void test_number(void **state)
{
	static const struct {
		const char *in;
		bool ok;
		double out;
	} cases[] = {
		{ "-12.5", true, -12.5 }, { "1e6", true, 1e6 },	 { "1.5E-2", true, 0.015 },
		{ ".5", true, 0.5 },	  { "5.", true, 5 },	 { "+3", true, 3 },
		{ "", false, 0 },	  { ".", false, 0 },	 { "1e", false, 0 },
		{ "1e+", false, 0 },	  { "0x10", false, 0 },	 { "inf", false, 0 },
		{ "nan", false, 0 },	  { "1e999", false, 0 }, { " 1", false, 0 },
		{ "1,5", false, 0 },	  { "1 ", false, 0 },	 { "--1", false, 0 },
	};
	(void)state;
	setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is installed, strtod would want a comma */
	for (size_t i = 0; i < COUNT(cases); i++) {
		double out = 99;
		assert_int_equal(text_to_number(cases[i].in, &out), cases[i].ok);
		double wanted = cases[i].ok ? cases[i].out : 99;
		assert_true(out >= wanted && out <= wanted);
	}
	setlocale(LC_ALL, "C");
}

static void test_html(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "<html><head><title>502 Bad Gateway</title></head>\n<body><h1>502</h1></body>",
		  "502 Bad Gateway 502" },
		{ "a<br>b<b>c</b>d", "a bcd" },
		{ "x<script>alert('<b>')</script>y<STYLE>p{}</STYLE >z", "x y z" },
		{ "<!-- no <b> -->yes", "yes" },
		{ "Tom &amp; Jerry &lt;3 &hellip; &#8364;&#x20AC;", "Tom & Jerry <3 … €€" },
		{ "&amp;lt;", "&lt;" },
		{ "&nosuch; &amp &", "&nosuch; &amp &" },
		{ "&#0;&#xD800;&#x110000;&#99999999999;", BAD BAD BAD BAD },
		{ "&#10;a&#9;b&nbsp;c", "a b c" },
		{ "1 < 2 and 3 > 2", "1 < 2 and 3 > 2" },
		{ "<a title='x>y'>link</a>", "link" },
		{ "text <a href=\"never closed", "text" },
		{ "<script>never closed", "" },
		{ " \n ", "" },
		{ "bad \xFF byte", "bad " BAD " byte" },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(text_from_html(*state, cases[i].in), cases[i].out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_clean, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
		cmocka_unit_test(test_width),
		cmocka_unit_test_setup_teardown(test_padded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fold, set_up, tear_down),
		cmocka_unit_test(test_after_word),
		cmocka_unit_test(test_int),
		cmocka_unit_test(test_number),
		cmocka_unit_test_setup_teardown(test_html, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * mrkdwn: what is written for known values, and for random and hostile ones that nothing in them
 * can ping, link or format. `formats` below is our reading of Slack's rules, taken widely: a pair
 * of marks acts when it stands at a word's border and has no space inside, where U+200B may be a
 * space, and may be a letter; both readings must find nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/mrkdwn.h"

#define Z "\u200b"

static char *written(TALLOC_CTX *ctx, void (*add)(char **, const char *), const char *value)
{
	char *buf = mem_strdup(ctx, "");
	add(&buf, value);
	return buf;
}

static void test_text(void **state)
{
	static const struct {
		const char *value, *mrkdwn;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "a & b < c > d", "a &amp; b &lt; c &gt; d" },
		{ "&lt;", "&amp;lt;" },
		{ "<!channel>", "&lt;!channel&gt;" },
		{ "<https://evil.example|x>", "&lt;https:" Z "//evil.example|x&gt;" },
		/* stays copyable */
		{ "snake_case_name", "snake_case_name" },
		{ "5 * 3", "5 * 3" },
		{ "a*b", "a*b" },
		{ "12:30:45", "12:30:45" },
		{ "Region: North", "Region: North" },
		{ "Region:North", "Region:North" },
		{ "ada@example.com", "ada@example.com" },
		{ "example.com", "example.com" },
		{ "$1,204.50 (87%)", "$1,204.50 (87%)" },
		{ "naïve café 日本", "naïve café 日本" },
		/* marks */
		{ "*bold*", Z "*" Z "bold" Z "*" Z },
		{ "_it_", Z "_" Z "it" Z "_" Z },
		{ "~s~", Z "~" Z "s" Z "~" Z },
		{ "*", Z "*" Z },
		{ "`code`", "\u02cbcode\u02cb" },
		{ "> quoted", Z "&gt; quoted" },
		{ "a\n>b", "a\n" Z "&gt;b" },
		{ "a > b", "a &gt; b" },
		/* emoji, mentions, addresses */
		{ ":smile:", ":" Z "smile:" },
		{ "a:+1:b", "a:" Z "+1:b" },
		{ ":100:", ":" Z "100:" },
		{ "@here", "@" Z "here" },
		{ "hi @Channel!", "hi @" Z "Channel!" },
		{ "@hereafter", "@hereafter" },
		{ "see https://x.example", "see https:" Z "//x.example" },
		{ "www.evil.example", "www" Z ".evil.example" },
		{ "mailto:a@b.example", "mailto:" Z "a@b.example" },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(written(ctx, mrkdwn_add_text, cases[i].value), cases[i].mrkdwn);
	talloc_free(ctx);
}

static void test_marks_and_code(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	assert_string_equal(written(ctx, mrkdwn_add_bold, "a & b"), "*a &amp; b*");
	assert_string_equal(written(ctx, mrkdwn_add_bold, "  a\nb "), "*a b*");
	assert_string_equal(written(ctx, mrkdwn_add_bold, ""), "");
	assert_string_equal(written(ctx, mrkdwn_add_bold, "  "), "");
	assert_string_equal(written(ctx, mrkdwn_add_code, "a`b<c>*d*"), "`a'b&lt;c&gt;*d*`");
	assert_string_equal(written(ctx, mrkdwn_add_code, ""), "");
	assert_string_equal(written(ctx, mrkdwn_add_user, "U012AB3CD"), "<@U012AB3CD>");
	assert_string_equal(written(ctx, mrkdwn_add_user, "W1"), "<@W1>");
	assert_string_equal(written(ctx, mrkdwn_add_user, "U1> <!here"), "U1&gt; &lt;!here");
	assert_string_equal(written(ctx, mrkdwn_add_user, "U"), "U");
	assert_string_equal(written(ctx, mrkdwn_add_user, "ada"), "ada");
	talloc_free(ctx);
}

/* What is written from right to left does not move what stands beside it. */
static void test_directions(void **state)
{
	static const struct {
		void (*add)(char **, const char *);
		const char *value, *mrkdwn;
	} cases[] = {
		{ mrkdwn_add_text, "שלום 12", TEXT_ISOLATE "שלום 12" TEXT_ISOLATE_END },
		{ mrkdwn_add_text, "a\u202eb\u202c\u2066c\u2069", "abc" },
		{ mrkdwn_add_text, "@he\u202dre", "@" Z "here" },
		{ mrkdwn_add_text, "x\u200f", TEXT_ISOLATE "x\u200f" TEXT_ISOLATE_END },
		{ mrkdwn_add_text, "日本語 e\u0301", "日本語 e\u0301" },
		{ mrkdwn_add_bold, "مرحبا", TEXT_ISOLATE "*مرحبا*" TEXT_ISOLATE_END },
		{ mrkdwn_add_code, "שלום", TEXT_ISOLATE "`שלום`" TEXT_ISOLATE_END },
		{ mrkdwn_add_bold, "\u202e", "" },
		{ mrkdwn_add_text, "\xed\xa0\x80", "\ufffd\ufffd\ufffd" },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(written(ctx, cases[i].add, cases[i].value), cases[i].mrkdwn);
	talloc_free(ctx);
}

static void test_links(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *long_url = mem_strdup(ctx, "https://x.example/");
	for (int i = 0; i < 300; i++)
		mem_append(&long_url, "0123456789");
	const struct {
		const char *url, *label, *mrkdwn;
	} cases[] = {
		{ "https://x.example/a?b=1&c=2", "Orders",
		  "<https://x.example/a?b=1&amp;c=2|Orders>" },
		{ "HTTP://x.example/", "a", "<HTTP://x.example/|a>" },
		{ "https://x.example/a b|c<d>e[f]", "x",
		  "<https://x.example/a%20b%7Cc%3Cd%3Ee%5Bf%5D|x>" },
		{ "https://x.example/\n", "a\nb", "<https://x.example/%0A|a b>" },
		{ "https://x.example/", "<!here> & *b*",
		  "<https://x.example/|&lt;!here&gt; &amp; " Z "*" Z "b" Z "*" Z ">" },
		{ "https://x.example/", "", "<https://x.example/>" },
		{ "https://x.example/", NULL, "<https://x.example/>" },
		{ "javascript:alert(1)", "x", "x" },
		{ "/looks/42", "x", "x" },
		{ "", "x", "x" },
		{ NULL, "x", "x" },
		{ long_url, "x", "x" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *buf = mem_strdup(ctx, "");
		mrkdwn_add_link(&buf, cases[i].url, cases[i].label);
		assert_string_equal(buf, cases[i].mrkdwn);
	}
	talloc_free(ctx);
}

static void test_url(void **state)
{
	static const struct {
		const char *url, *clean;
	} cases[] = {
		{ "https://x.example/a?b=1&c=%20", "https://x.example/a?b=1&c=%20" },
		{ "https://x.example/a b|c<d>[e]\"`\n",
		  "https://x.example/a%20b%7Cc%3Cd%3E%5Be%5D%22%60%0A" },
		{ "https://x.example/a\u2003\u00e4", "https://x.example/a%E2%80%83%C3%A4" },
		{ "https://", NULL },
		{ "http://", NULL },
		{ "javascript:alert(1)", NULL },
		{ "/looks/42", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *clean = mrkdwn_url(ctx, cases[i].url);
		if (cases[i].clean)
			assert_string_equal(clean, cases[i].clean);
		else
			assert_null(clean);
	}
	talloc_free(ctx);
}

static void test_raw(void **state)
{
	char *buf = mem_strdup(NULL, "a");
	(void)state;
	mrkdwn_add_raw(&buf, " *b* ");
	mrkdwn_addf_raw(&buf, "<%s|%d>", "https://x", 5);
	assert_string_equal(buf, "a *b* <https://x|5>");
	talloc_free(buf);
}

static bool is_z(const char *p)
{
	return strncmp(p, Z, strlen(Z)) == 0;
}

/* The character before p: 's' space, 'w' word, 'z' U+200B, 'p' other, '^' the beginning. */
static char class_before(const char *start, const char *p)
{
	if (p == start)
		return '^';
	if (p - start >= 3 && is_z(p - 3))
		return 'z';
	unsigned char c = (unsigned char)p[-1];
	return isspace(c) ? 's' : c < 0x80 && isalnum(c) ? 'w' : 'p';
}

static char class_after(const char *p)
{
	if (!*p)
		return '$';
	if (is_z(p))
		return 'z';
	unsigned char c = (unsigned char)*p;
	return isspace(c) ? 's' : c < 0x80 && isalnum(c) ? 'w' : 'p';
}

/* Whether the mark at p can open (close) when U+200B counts as `z`: 's' or 'w'. */
static bool opens(const char *start, const char *p, char z)
{
	char before = class_before(start, p), after = class_after(p + 1);
	before = before == 'z' ? z : before;
	after = after == 'z' ? z : after;
	return before != 'w' && after != 's';
}

static bool closes(const char *start, const char *p, char z)
{
	char before = class_before(start, p), after = class_after(p + 1);
	before = before == 'z' ? z : before;
	after = after == 'z' ? z : after;
	return before != 's' && after != 'w';
}

static const char *formats(const char *s)
{
	for (const char *p = s; *p; p++) {
		if (strchr("*_~", *p) && (opens(s, p, 's') || closes(s, p, 's')))
			return "a mark, U+200B as space";
		if (strchr("*_~", *p) && (opens(s, p, 'w') || closes(s, p, 'w')))
			return "a mark, U+200B as letter";
		if (*p == '`')
			return "a back tick";
		if (*p == '<' || *p == '>')
			return "an angle bracket";
		if (*p == '&' && strncmp(p, "&amp;", 5) && strncmp(p, "&lt;", 4) &&
		    strncmp(p, "&gt;", 4))
			return "a bare &";
		if (strncmp(p, "://", 3) == 0)
			return "an address";
		if (*p == '@' &&
		    (strncasecmp(p + 1, "here", 4) == 0 ||
		     strncasecmp(p + 1, "everyone", 8) == 0) &&
		    !isalnum((unsigned char)p[*(p + 1) == 'h' || p[1] == 'H' ? 5 : 9]))
			return "a mention of all";
		if (strncmp(p, "&gt;", 4) == 0 && (p == s || p[-1] == '\n'))
			return "a quote";
		size_t n = *p == ':' ? strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_+-") : 0;
		if (n > 0 && p[1 + n] == ':')
			return "an emoji";
	}
	return NULL;
}

static void check_value(const char *value)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *out = written(ctx, mrkdwn_add_text, value);
	const char *what = formats(out);
	if (what)
		fail_msg("%s in \"%s\" from \"%s\"", what, out, value);
	assert_true(text_is_utf8(out, strlen(out)));
	talloc_free(ctx);
}

static void test_hostile_values(void **state)
{
	static const char *const values[] = {
		"<!channel>",
		"<@U1>",
		"<#C1|x>",
		"<!date^1^{date}|x>",
		"&amp;<!here>",
		"*_~`*_~`",
		"***",
		"* *",
		"*\n*",
		"a*b *c* d_e_",
		"```\ncode\n```",
		"`a``b`",
		"_*bold it*_",
		"*a*b*",
		"(*a*)",
		"\"*a*\"",
		"é*é*é",
		"*\u200bx\u200b*",
		">\n>>> all",
		" > x",
		"@here@here",
		"@HERE",
		"(@everyone)",
		"http://a",
		"HTTPS://b",
		"slack://x",
		":a::b:",
		"::a:",
		":white_check_mark:",
		"https://<a>|b",
		"\t*x*\t",
		"日本*語*",
		"*日本*",
		"🙂*🙂*",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		check_value(values[i]);
}

static void test_random_values(void **state)
{
	static const char *const atoms[] = { "*",    "_", "~",	  "`",	  "<",	     ">",   "&",
					     ":",    "@", "|",	  " ",	  "a",	     "1",   "\n",
					     "here", "/", "é",	  "日",	  "🙂",    "://", ".",
					     "www",  Z,	  "&lt;", "amp;", "!channel" };
	unsigned seed = 20261124;
	(void)state;
	for (int i = 0; i < 20000; i++) {
		char value[256] = "";
		size_t len = 0;
		for (int k = rand_r(&seed) % 12; k >= 0; k--) {
			const char *a =
				atoms[(size_t)rand_r(&seed) % (sizeof(atoms) / sizeof(atoms[0]))];
			memcpy(value + len, a, strlen(a) + 1);
			len += strlen(a);
		}
		check_value(value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	      cmocka_unit_test(test_marks_and_code),
		cmocka_unit_test(test_directions),    cmocka_unit_test(test_url),
		cmocka_unit_test(test_links),	      cmocka_unit_test(test_url),
		cmocka_unit_test(test_raw),	      cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_random_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

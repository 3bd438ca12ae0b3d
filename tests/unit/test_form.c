/* form.c: Slack's real bodies, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/form.h"
#include "base/json.h"
#include "base/mem.h"

#define BAD "\xEF\xBF\xBD"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

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

static char *read_fixture(TALLOC_CTX *ctx, const char *name, size_t *ret_len)
{
	char *buf = mem_array(ctx, char, 65536);
	FILE *f = fopen(mem_printf(ctx, FIXTURES "/slack/%s", name), "rb");
	assert_non_null(f);
	*ret_len = fread(buf, 1, 65535, f);
	fclose(f);
	/* The signature covers no final newline: a body has none. */
	while (*ret_len > 0 && buf[*ret_len - 1] == '\n')
		buf[--*ret_len] = '\0';
	return buf;
}

static void test_samples(void **state)
{
	static const struct {
		const char *file, *name, *value;
		size_t n;
	} cases[] = {
		{ "slash-command-bolt.form", "enterprise_name", "Org Name", 13 },
		{ "slash-command-bolt.form", "command", "/hello-world", 13 },
		{ "slash-command-empty-text.form", "text", "", 14 },
		{ "slash-command-signed.form", "response_url",
		  "https://hooks.slack.com/commands/T1DC2JH3J/397700885554/"
		  "96rGlfmibIGlgcZRskXaIFfN",
		  11 },
		{ "ssl-check.form", "ssl_check", "1", 2 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct form *f;
		struct err e;
		size_t len;
		char *body = read_fixture(*state, cases[i].file, &len);
		assert_true(form_parse(*state, body, len, &f, &e));
		assert_int_equal(f->n, cases[i].n);
		assert_string_equal(form_get(f, cases[i].name), cases[i].value);
		assert_null(form_get(f, "no such field"));
	}
}

static void test_payload_is_json(void **state)
{
	struct form *f;
	struct err e;
	struct json_object *o;
	size_t len;
	char *body = read_fixture(*state, "interactive-message-bolt.form", &len);
	assert_true(form_parse(*state, body, len, &f, &e));
	const char *payload = form_get(f, "payload");
	assert_true(json_parse(*state, payload, strlen(payload), &o, &e));
	assert_string_equal(json_str(o, "trigger_id"), "111.222.valid");
}

static void test_decoding(void **state)
{
	static const struct {
		const char *body;
		size_t len;
		const char *value; /* of "a"; NULL: refused */
	} cases[] = {
#define BODY(s) s, sizeof(s) - 1
		{ BODY("a=b+c%20d"), "b c d" },	 { BODY("a=%2B%26%3D%25"), "+&=%" },
		{ BODY("a=%e2%82%AC"), "€" },	 { BODY("a"), "" },
		{ BODY("&&a=1&&"), "1" },	 { BODY("a=x=y"), "x=y" },
		{ BODY("b=1&a=%00x"), BAD "x" }, { BODY("a=raw\0nul"), "raw" BAD "nul" },
		{ BODY("a=%FF"), BAD },		 { BODY("a=%1b[31m"), " [31m" },
		{ BODY("a=%"), NULL },		 { BODY("a=%4"), NULL },
		{ BODY("a=%4g"), NULL },	 { BODY("%zz=1&a=2"), NULL },
		{ BODY("a=1&a=2"), NULL },	 { BODY("a=1&%61=2"), NULL },
		{ BODY("=1&a=2"), NULL },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct form *f = NULL;
		struct err e = { 0 };
		bool ok = form_parse(*state, cases[i].body, cases[i].len, &f, &e);
		assert_int_equal(ok, cases[i].value != NULL);
		if (ok) {
			assert_string_equal(form_get(f, "a"), cases[i].value);
			continue;
		}
		assert_int_equal(e.kind, ERR_BAD_INPUT);
		assert_null(f);
	}
}

static void test_limit(void **state)
{
	struct form *f = NULL;
	struct err e;
	char *body = mem_strdup(*state, "");
	for (int i = 0; i < FORM_FIELDS_MAX; i++)
		mem_appendf(&body, "%sf%d=1", i ? "&" : "", i);
	assert_true(form_parse(*state, body, strlen(body), &f, &e));
	assert_int_equal(f->n, FORM_FIELDS_MAX);
	mem_append(&body, "&more=1");
	assert_false(form_parse(*state, body, strlen(body), &f, &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	assert_true(form_parse(*state, "", 0, &f, &e));
	assert_int_equal(f->n, 0);
}

static void test_encoding(void **state)
{
	char *body = mem_strdup(*state, "");
	form_append(&body, "text", "a b&c=ä+%");
	form_append(&body, "x", "A-z0._~");
	assert_string_equal(body, "text=a%20b%26c%3D%C3%A4%2B%25&x=A-z0._~");
	assert_string_equal(form_escape(*state, "model/view?x"), "model%2Fview%3Fx");

	struct form *f;
	struct err e;
	assert_true(form_parse(*state, body, strlen(body), &f, &e));
	assert_string_equal(form_get(f, "text"), "a b&c=ä+%");
}

/* Longer than the buffer that it is escaped through, with a cut at every place of an escape. */
static void test_long_encoding(void **state)
{
	for (size_t before = 0; before < 4; before++) {
		char raw[2048 + 1], *expected = mem_strdup(*state, ""),
				    *body = mem_strdup(*state, "");

		for (size_t i = 0; i < sizeof(raw) - 1; i++) {
			unsigned char c = i < before ? 'a' : (unsigned char)(i % 255 + 1);

			raw[i] = (char)c;
			mem_appendf(&expected, isalnum(c) || strchr("-._~", c) ? "%c" : "%%%02X",
				    c);
		}
		raw[sizeof(raw) - 1] = '\0';
		form_append(&body, "t", raw);
		assert_string_equal(body + strlen("t="), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_samples, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_payload_is_json, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_decoding, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_encoding, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_encoding, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

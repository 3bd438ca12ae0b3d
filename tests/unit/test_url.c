/* URLs by parts, and the questions that decide whom we talk to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "net/url.h"

static struct url *parse(TALLOC_CTX *ctx, const char *text)
{
	struct url *u = NULL;
	struct err e;
	return url_parse(ctx, text, &u, &e) ? u : NULL;
}

static void test_parts(void **state)
{
	static const struct {
		const char *text, *scheme, *host;
		int port;
		const char *path, *query;
	} cases[] = {
		{ "https://Slack.COM/api/x?a=1&b=2#f", "https", "slack.com", 443, "/api/x",
		  "a=1&b=2" },
		{ "HTTP://example.com", "http", "example.com", 80, "/", NULL },
		{ "http://example.com:8080/?", "http", "example.com", 8080, "/", "" },
		{ "wss://wss-primary.slack.com/link/?ticket=1", "wss", "wss-primary.slack.com", 443,
		  "/link/", "ticket=1" },
		{ "ws://[::1]:3000/", "ws", "::1", 3000, "/", NULL },
		{ "https://looker.example.com:19999/api/4.0", "https", "looker.example.com", 19999,
		  "/api/4.0", NULL },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct url *u = parse(ctx, cases[i].text);
		assert_non_null(u);
		assert_string_equal(u->scheme, cases[i].scheme);
		assert_string_equal(u->host, cases[i].host);
		assert_int_equal(u->port, cases[i].port);
		assert_string_equal(u->path, cases[i].path);
		if (cases[i].query && *cases[i].query)
			assert_string_equal(u->query, cases[i].query);
		else
			assert_true(!u->query || !*u->query);
	}
	talloc_free(ctx);
}

static void test_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"example.com",
		"/path",
		"//example.com/",
		"ftp://example.com/",
		"file:///etc/passwd",
		"javascript:alert(1)",
		"https://",
		"https:///path",
		"https:/example.com/",
		"https:example.com/",
		"https://user@example.com/",
		"https://user:pass@example.com/",
		"https://hooks.slack.com@evil.example/",
		"https://hooks.slack.com\\.evil.example/",
		"https://exa mple.com/",
		"https://example.com/a b",
		"https://example%7f.com/",
		"http://%3127.0.0.1/",
		"https://hooks%2eslack.com/",
		"https://example%ff.com/",
		"https://example%c2%85.com/",
		"https://example.com/\r\nX: y",
		"https://example.com:0/",
		"https://example.com:65536/",
		"https://example.com:x/",
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct url *u = NULL;
	struct err e;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (url_parse(ctx, cases[i], &u, &e))
			fail_msg("taken: %s as host %s", cases[i], u->host);
		assert_int_equal(e.kind, ERR_BAD_INPUT);
	}
	talloc_free(ctx);
}

static void test_same_origin(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "https://a.example/x", "https://A.example:443/y?z", true },
		{ "https://a.example/", "http://a.example/", false },
		{ "https://a.example/", "https://a.example:8443/", false },
		{ "https://a.example/", "https://a.example.evil.example/", false },
		{ "http://a.example:443/", "https://a.example/", false },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(url_same_origin(parse(ctx, cases[i].a), parse(ctx, cases[i].b)),
				 cases[i].same);
	talloc_free(ctx);
}

static void test_loopback(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} cases[] = {
		{ "http://127.0.0.1/", true },
		{ "http://127.255.3.4:80/", true },
		{ "http://LOCALHOST:3333/", true },
		{ "http://[::1]/", true },
		{ "http://127.0.0.1.evil.example/", false },
		{ "http://127.evil.example/", false },
		{ "http://localhost.evil.example/", false },
		{ "http://10.0.0.1/", false },
		{ "http://[::2]/", false },
		{ "http://128.0.0.1/", false },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(url_is_loopback(parse(ctx, cases[i].text)), cases[i].loopback);
	talloc_free(ctx);
}

static void test_host_within(void **state)
{
	static const struct {
		const char *text, *domain;
		bool within;
	} cases[] = {
		{ "https://slack.com/", "slack.com", true },
		{ "https://files.slack.com/", "slack.com", true },
		{ "https://files.slack.com/", "SLACK.com", true },
		{ "https://evilslack.com/", "slack.com", false },
		{ "https://slack.com.evil.example/", "slack.com", false },
		{ "https://com/", "slack.com", false },
		{ "https://slack.com/", "", false },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(url_host_within(parse(ctx, cases[i].text), cases[i].domain),
				 cases[i].within);
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),	    cmocka_unit_test(test_refused),
		cmocka_unit_test(test_same_origin), cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_host_within),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

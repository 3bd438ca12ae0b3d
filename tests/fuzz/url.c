/*
 * Addresses: the parts make the same address again, and a response_url that is accepted leads to
 * Slack by a second, independent reading.
 */
#include "net/url.h"

#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "slack/inbound.h"

#define API_URL "http://127.0.0.1:8123/api/"

static void check_same(TALLOC_CTX *ctx, const struct url *u)
{
	bool v6 = strchr(u->host, ':') != NULL;
	char *text =
		mem_printf(ctx, v6 ? "%s://[%s]:%d%s%s%s" : "%s://%s:%d%s%s%s", u->scheme, u->host,
			   u->port, u->path, u->query ? "?" : "", u->query ? u->query : "");
	struct url *again = NULL;
	struct err e;
	FUZZ_CHECK(url_parse(ctx, text, &again, &e));
	FUZZ_CHECK(url_same_origin(u, again));
	FUZZ_CHECK(strcmp(u->path, again->path) == 0);
	FUZZ_CHECK(url_is_loopback(u) == url_is_loopback(again));
}

static void check_parts(TALLOC_CTX *ctx, const struct url *u)
{
	static const char *const schemes[] = { "http", "https", "ws", "wss" };
	size_t i = 0;
	while (i < 4 && strcmp(u->scheme, schemes[i]) != 0)
		i++;
	FUZZ_CHECK(i < 4);
	FUZZ_CHECK(u->port >= 1 && u->port <= 65535);
	FUZZ_CHECK(u->path[0] == '/');
	FUZZ_CHECK(u->host[0] != '\0' && u->host[strcspn(u->host, "/@?#\\ <>[]\t\r\n")] == '\0');
	FUZZ_CHECK(url_host_within(u, u->host) && !url_host_within(u, ""));
	check_same(ctx, u);
}

static int hex_of(const char *s)
{
	char digits[3] = { s[0], s[0] ? s[1] : '\0', '\0' };
	return strspn(digits, "0123456789abcdefABCDEF") == 2 ? (int)strtol(digits, NULL, 16) : -1;
}

/* "host:port" behind "scheme://", as RFC 3986 cuts it, percent-encoding undone. */
static char *authority_of(TALLOC_CTX *ctx, const char *text)
{
	const char *from = strstr(text, "://");
	FUZZ_CHECK(from != NULL);
	from += 3;
	size_t len = strcspn(from, "/?#\\");
	char *out = mem_strdup(ctx, "");
	for (size_t i = 0; i < len; i++) {
		int code = from[i] == '%' ? hex_of(from + i + 1) : -1;
		char c = code > 0 ? (char)code : from[i];
		mem_append_n(&out, &c, 1);
		i += code > 0 ? 2 : 0;
	}
	return out;
}

static void check_hook(TALLOC_CTX *ctx, const char *text)
{
	static const char *const slack[] = { "hooks.slack.com", "hooks.slack-gov.com" };
	bool https = strncasecmp(text, "https://", 8) == 0, known = false;
	if (slack_inbound_hook_ok(text, NULL)) {
		char *host = authority_of(ctx, text), *port = strchr(host, ':');
		if (port) {
			*port++ = '\0';
			port += strspn(port, "0");
			FUZZ_CHECK(*port == '\0' || strcmp(port, "443") == 0);
		}
		for (size_t i = 0; i < sizeof(slack) / sizeof(slack[0]); i++)
			known |= strcasecmp(host, slack[i]) == 0;
		FUZZ_CHECK(https && known);
	} else if (slack_inbound_hook_ok(text, API_URL)) {
		FUZZ_CHECK(strncasecmp(text, "http://", 7) == 0);
		FUZZ_CHECK(strchr(authority_of(ctx, text), '@') == NULL);
		FUZZ_CHECK(strstr(authority_of(ctx, text), ":") != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *text = mem_strndup(ctx, (const char *)data, size);
	struct url *u = NULL;
	struct err e;
	if (size == 0)
		text = mem_strdup(ctx, "");
	if (url_parse(ctx, text, &u, &e))
		check_parts(ctx, u);
	else
		FUZZ_CHECK(e.kind == ERR_BAD_INPUT && e.text[0] != '\0');
	check_hook(ctx, text);
	talloc_free(ctx);
	return 0;
}

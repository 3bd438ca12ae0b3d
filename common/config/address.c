/* Checks and normalises the addresses that stand in the settings. No percent-decoding, no names
 * beyond ASCII: what passes here is handed to libcurl as it is. */
#include "config/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define HOST_CHARS "abcdefghijklmnopqrstuvwxyz0123456789.-_"

static const struct {
	const char *name;
	const char *prefix;
	int port;
} schemes[] = {
	{ "https", "https://", 443 },
	{ "http", "http://", 80 },
};

static bool has_bad_byte(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7F || *s == '\\' || *s == '"' || *s == '<' || *s == '>')
			return true;
	return false;
}

static char *lower(TALLOC_CTX *ctx, const char *s, size_t n)
{
	char *out = mem_strndup(ctx, s, n);
	for (char *p = out; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}

static bool is_host(const char *host)
{
	size_t len = strlen(host);
	if (host[0] != '[')
		return len > 0 && strspn(host, HOST_CHARS) == len;
	struct in6_addr parsed;
	char inner[INET6_ADDRSTRLEN + 1];
	if (len < 3 || len - 2 >= sizeof(inner) || host[len - 1] != ']')
		return false;
	memcpy(inner, host + 1, len - 2);
	inner[len - 2] = '\0';
	return inet_pton(AF_INET6, inner, &parsed) == 1;
}

/* authority: host[:port] */
static bool parse_authority(TALLOC_CTX *ctx, const char *text, size_t len, struct address *a,
			    struct err *e)
{
	if (memchr(text, '@', len))
		return err_set(e, ERR_BAD_INPUT, "a user name or password stands in the address");
	const char *bracket = memchr(text, ']', len);
	const char *from = bracket ? bracket : text;
	const char *colon = memchr(from, ':', len - (size_t)(from - text));
	a->host = lower(ctx, text, colon ? (size_t)(colon - text) : len);
	if (!is_host(a->host))
		return err_set(e, ERR_BAD_INPUT, "the host name is missing or no host name");
	if (!colon)
		return true;
	int64_t port;
	char *digits = mem_strndup(ctx, colon + 1, len - (size_t)(colon + 1 - text));
	if (!text_to_int(digits, 1, 65535, &port))
		return err_set(e, ERR_BAD_INPUT, "the port is no number from 1 to 65535");
	a->port = (int)port;
	return true;
}

bool address_parse(TALLOC_CTX *ctx, const char *text, struct address *ret, struct err *e)
{
	struct address a = { 0 };
	int own_port = 0;
	const char *rest = NULL;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i].prefix);
		if (strncasecmp(text, schemes[i].prefix, len) != 0)
			continue;
		a.scheme = schemes[i].name;
		own_port = schemes[i].port;
		rest = text + len;
	}
	if (!rest)
		return err_set(e, ERR_BAD_INPUT, "does not begin with https:// or http://");
	if (has_bad_byte(rest))
		return err_set(e, ERR_BAD_INPUT, "has a character that no address has");
	if (strpbrk(rest, "?#"))
		return err_set(e, ERR_BAD_INPUT, "has a query or a fragment ('?' or '#')");

	size_t authority = strcspn(rest, "/");
	if (!parse_authority(ctx, rest, authority, &a, e))
		return false;
	if (a.port == own_port)
		a.port = 0;
	size_t path = strlen(rest + authority);
	while (path > 0 && rest[authority + path - 1] == '/')
		path--;
	a.path = mem_strndup(ctx, rest + authority, path);
	*ret = a;
	return true;
}

char *address_name(TALLOC_CTX *ctx, const struct address *a)
{
	return a->port ? mem_printf(ctx, "%s:%d", a->host, a->port) : mem_strdup(ctx, a->host);
}

char *address_text(TALLOC_CTX *ctx, const struct address *a)
{
	return mem_printf(ctx, "%s://%s%s", a->scheme, address_name(ctx, a), a->path);
}

bool address_is_loopback(const struct address *a)
{
	struct in_addr v4;
	if (strcmp(a->host, "localhost") == 0 || strcmp(a->host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, a->host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

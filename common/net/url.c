/*
 * Reads URLs with libcurl's own parser, so that what is checked here is what http.c later talks to,
 * and compares them by parts. It does no I/O, resolves no names and builds no URLs.
 */
#include "net/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

static const struct {
	const char *scheme;
	int port;
} schemes[] = {
	{ "http", 80 },
	{ "https", 443 },
	{ "ws", 80 },
	{ "wss", 443 },
};

static int default_port(const char *scheme)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strcmp(schemes[i].scheme, scheme) == 0)
			return schemes[i].port;
	}
	return 0;
}

/* NULL when the URL does not have that part. */
static char *part(TALLOC_CTX *ctx, CURLU *u, CURLUPart what)
{
	char *raw = NULL;
	if (curl_url_get(u, what, &raw, 0) != CURLUE_OK)
		return NULL;
	char *copy = mem_strdup(ctx, raw);
	curl_free(raw);
	return copy;
}

static char *lower(char *s)
{
	for (char *p = s; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return s;
}

static char *host_part(TALLOC_CTX *ctx, CURLU *u)
{
	char *host = lower(part(ctx, u, CURLUPART_HOST));
	size_t len = host ? strlen(host) : 0;
	if (len > 2 && host[0] == '[' && host[len - 1] == ']')
		return mem_strndup(ctx, host + 1, len - 2);
	return host;
}

static bool is_printable(const char *host)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	bool same = strcmp(text_clean(tmp, host, strlen(host)), host) == 0;
	talloc_free(tmp);
	return same && host[strcspn(host, "\n\t")] == '\0';
}

static bool read_parts(TALLOC_CTX *ctx, CURLU *u, struct url *url, struct err *e)
{
	url->scheme = lower(part(ctx, u, CURLUPART_SCHEME));
	url->port = default_port(url->scheme ? url->scheme : "");
	if (url->port == 0)
		return err_set(e, ERR_BAD_INPUT, "not an http, https, ws or wss address");
	url->host = host_part(ctx, u);
	if (!url->host || !*url->host)
		return err_set(e, ERR_BAD_INPUT, "the address has no host");
	if (!is_printable(url->host))
		return err_set(e, ERR_BAD_INPUT, "the host of the address is no name");
	int64_t port = url->port;
	const char *given = part(ctx, u, CURLUPART_PORT);
	if (given && !text_to_int(given, 1, 65535, &port))
		return err_set(e, ERR_BAD_INPUT, "the port of %s is not a port", url->host);
	url->port = (int)port;
	url->path = part(ctx, u, CURLUPART_PATH);
	if (!url->path)
		url->path = "/";
	url->query = part(ctx, u, CURLUPART_QUERY);
	return true;
}

/* libcurl also takes "https:/host" and "https:///host"; others read those differently. */
static bool has_two_slashes(const char *text)
{
	const char *colon = strchr(text, ':');
	return colon && strncmp(colon, "://", 3) == 0 && colon[3] != '/';
}

/* libcurl undoes %XX in a host after it has looked for numbers: %3127.0.0.1 would be a name to us
 * and an address to the resolver. Only an IPv6 zone needs it. */
static bool escapes_host(const char *text)
{
	const char *host = strchr(text, ':') + 3;
	return *host != '[' && memchr(host, '%', strcspn(host, "/?#")) != NULL;
}

bool url_parse(TALLOC_CTX *ctx, const char *text, struct url **ret, struct err *e)
{
	if (!has_two_slashes(text) || escapes_host(text))
		return err_set(e, ERR_BAD_INPUT, "not a complete address (https://host/...)");
	CURLU *u = curl_url();
	if (!u)
		die("out of memory in curl_url");
	/* ws and wss are unknown to Debian 12's libcurl; read_parts() narrows the schemes again. */
	CURLUcode rc = curl_url_set(u, CURLUPART_URL, text,
				    CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME);
	struct url *url = mem_zero(ctx, struct url);
	bool ok = rc == CURLUE_OK ? read_parts(url, u, url, e)
		  : rc == CURLUE_USER_NOT_ALLOWED
			  ? err_set(e, ERR_BAD_INPUT, "an address must not hold a name or password")
			  : err_set(e, ERR_BAD_INPUT, "not a complete address (https://host/...)");
	curl_url_cleanup(u);
	if (!ok) {
		talloc_free(url);
		return false;
	}
	*ret = url;
	return true;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0 &&
	       a->port == b->port;
}

bool url_is_loopback(const struct url *u)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (strcmp(u->host, "localhost") == 0)
		return true;
	/* As an address, not as text: 127.evil.example is a name. */
	if (inet_pton(AF_INET, u->host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, u->host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool url_host_within(const struct url *u, const char *domain)
{
	size_t host = strlen(u->host), want = strlen(domain);
	if (want == 0 || host < want || strcasecmp(u->host + host - want, domain) != 0)
		return false;
	return host == want || u->host[host - want - 1] == '.';
}

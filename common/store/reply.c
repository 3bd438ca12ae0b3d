/*
 * What the stores share on the wire: the PUT, and the meaning of an answer that is no success. Of
 * such an answer only the code is shown: the rest repeats parts of the request.
 */
#include "store/backend.h"

#include <ctype.h>

#include "base/mem.h"
#include "net/url.h"

#define CODE_MAX_BYTES 60

static char *only_word(TALLOC_CTX *ctx, const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && isalnum((unsigned char)s[n]))
		n++;
	return mem_strndup(ctx, s, n == len && n <= CODE_MAX_BYTES ? n : 0);
}

char *store_code(TALLOC_CTX *ctx, const struct http_response *rs)
{
	static const char open[] = "<Code>";
	const char *header = http_header_get(rs, "x-ms-error-code");
	const char *at = strstr(rs->body, open);

	if (header)
		return only_word(ctx, header, strlen(header));
	if (!at)
		return mem_strdup(ctx, "");
	at += strlen(open);
	return only_word(ctx, at, strcspn(at, "<"));
}

static enum err_kind kind_of(int status)
{
	if (status >= 500 || status == 429 || status == 408)
		return ERR_TEMPORARY;
	switch (status) {
	case 401:
		return ERR_AUTH;
	case 403:
		return ERR_FORBIDDEN;
	case 404:
		return ERR_NOT_FOUND;
	default:
		return status >= 400 ? ERR_BAD_INPUT : ERR_BAD_REPLY;
	}
}

bool store_refused(const struct store *s, const struct store_rule *rules,
		   const struct http_response *rs, struct err *e)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	const char *code = store_code(ctx, rs);

	while (rules->code && strcmp(rules->code, code) != 0)
		rules++;
	if (rules->code)
		err_set(e, rules->kind, "%s: %s (%s)", s->backend->name, rules->words, code);
	else if (kind_of(rs->status) == ERR_TEMPORARY)
		err_set(e, ERR_TEMPORARY, "%s is busy or has trouble (status %d%s%s)",
			s->backend->name, rs->status, *code ? ", " : "", code);
	else
		err_set(e, kind_of(rs->status), "%s did not take the picture (status %d%s%s)",
			s->backend->name, rs->status, *code ? ", " : "", code);
	talloc_free(ctx);
	return false;
}

bool store_send(TALLOC_CTX *ctx, const struct store *s, const struct store_try *t,
		const struct http_header *headers, size_t n, struct http_response **ret,
		struct err *e)
{
	struct http_request rq = {
		.method = "PUT",
		.url = t->url,
		.headers = headers,
		.n_headers = n,
		.body = t->object->bytes,
		.body_len = t->object->len,
		.deadline_ms = t->deadline_ms,
		.max_bytes = STORE_ANSWER_MAX_BYTES,
	};

	return http_send(ctx, &rq, ret, e) || err_wrap(e, "%s", s->backend->name);
}

bool store_host(TALLOC_CTX *ctx, const char *url, const char **ret_host, const char **ret_path,
		struct err *e)
{
	struct url *u;

	if (!url_parse(ctx, url, &u, e))
		return false;
	bool usual = u->port == (strcmp(u->scheme, "https") == 0 ? 443 : 80);
	char *host = mem_printf(ctx, strchr(u->host, ':') ? "[%s]" : "%s", u->host);
	if (!usual)
		mem_appendf(&host, ":%d", u->port);
	*ret_host = host;
	*ret_path = u->path;
	return true;
}

char *store_trim(TALLOC_CTX *ctx, const char *url)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	return mem_strndup(ctx, url, len);
}

/*
 * Collects an answer as libcurl hands it over, within the caller's limits, and reads what is said
 * about it: headers, content type, Retry-After. It judges no status and knows nothing of sending.
 */
#include <ctype.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/http_private.h"

#define BODY_FIRST_BYTES 4096
#define RETRY_AFTER_MAX_S (24 * 3600) /* more is no plan but a mistake */
#define DESCRIBE_MAX_CHARS 160

void http_reply_begin(TALLOC_CTX *ctx, struct http_reply *r, size_t max_bytes)
{
	*r = (struct http_reply){ .rs = mem_zero(ctx, struct http_response),
				  .max_bytes = max_bytes };
	r->rs->content_type = "";
	r->rs->retry_after_ms = -1;
	r->rs->body = mem_strdup(r->rs, "");
	r->body_size = 1;
}

/* A new status line: what came before was "100 Continue" or the like. */
static void forget_headers(struct http_reply *r)
{
	TALLOC_FREE(r->rs->headers);
	r->rs->n_headers = 0;
}

/* "HTTP/1.1 200 OK" */
static bool says_ok(const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	return blank && line + len - blank > 4 && memcmp(blank, " 200", 4) == 0;
}

size_t http_reply_header(char *line, size_t size, size_t n, void *user)
{
	struct http_reply *r = user;
	size_t len = size * n;
	r->headers_bytes += len;
	if (r->headers_bytes > HTTP_HEADERS_MAX_BYTES) {
		r->headers_too_large = true;
		return 0;
	}
	if (len >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
		forget_headers(r);
		r->for_sink = r->sink && says_ok(line, len);
		return len;
	}
	const char *colon = memchr(line, ':', len);
	if (!colon)
		return len;
	struct http_response *rs = r->rs;
	rs->headers = mem_grow(rs, rs->headers, struct http_header, rs->n_headers + 1);
	struct http_header *h = &rs->headers[rs->n_headers++];
	const char *value = colon + 1;
	h->name = text_clean(rs->headers, line, (size_t)(colon - line));
	h->value = text_trim(rs->headers,
			     text_clean(rs->headers, value, len - (size_t)(value - line)));
	return len;
}

static void grow_body(struct http_reply *r, size_t need)
{
	if (need <= r->body_size)
		return;
	size_t size = r->body_size < BODY_FIRST_BYTES ? BODY_FIRST_BYTES : r->body_size * 2;
	if (size < need)
		size = need;
	r->rs->body = mem_grow(r->rs, r->rs->body, char, size);
	r->body_size = size;
}

static size_t give_sink(struct http_reply *r, const char *data, size_t len)
{
	r->too_large = len > r->max_bytes - r->sunk_bytes;
	r->unwanted = !r->too_large && !r->sink(r->sink_user, data, len);
	if (r->too_large || r->unwanted)
		return len + 1; /* as below */
	r->sunk_bytes += len;
	return len;
}

/* `data` is decoded already, in pieces of at most 16 KiB: a bomb ends here, not in memory. */
size_t http_reply_body(char *data, size_t size, size_t n, void *user)
{
	struct http_reply *r = user;
	size_t len = size * n;
	if (r->for_sink)
		return give_sink(r, data, len);
	size_t max_bytes = r->max_bytes;
	if (r->sink && max_bytes > HTTP_KEPT_MAX_BYTES)
		max_bytes = HTTP_KEPT_MAX_BYTES;
	if (len > max_bytes - r->rs->body_len) {
		r->too_large = true;
		return len + 1; /* not what came in: libcurl ends the transfer */
	}
	grow_body(r, r->rs->body_len + len + 1);
	memcpy(r->rs->body + r->rs->body_len, data, len);
	r->rs->body_len += len;
	r->rs->body[r->rs->body_len] = '\0';
	return len;
}

/* Seconds, or a date (RFC 9110 10.2.3). */
static int64_t retry_after_ms(const char *value)
{
	int64_t seconds = 0;
	if (!value)
		return -1;
	if (!text_to_int(value, 0, INT32_MAX, &seconds)) {
		time_t when = curl_getdate(value, NULL);
		if (when == (time_t)-1)
			return -1;
		int64_t left_ms = (int64_t)when * 1000 - clock_now_ms();
		seconds = left_ms <= 0 ? 0 : (left_ms + 999) / 1000;
	}
	return (seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : seconds) * 1000;
}

static const char *media_type(TALLOC_CTX *ctx, const char *value)
{
	if (!value)
		return "";
	char *type = text_trim(ctx, mem_strndup(ctx, value, strcspn(value, ";")));
	for (char *p = type; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return type;
}

void http_reply_end(struct http_reply *r, int status)
{
	struct http_response *rs = r->rs;
	rs->status = status;
	rs->content_type = media_type(rs, http_header_get(rs, "Content-Type"));
	rs->retry_after_ms = retry_after_ms(http_header_get(rs, "Retry-After"));
}

const char *http_header_get(const struct http_response *rs, const char *name)
{
	for (size_t i = 0; i < rs->n_headers; i++) {
		if (strcasecmp(rs->headers[i].name, name) == 0)
			return rs->headers[i].value;
	}
	return NULL;
}

char *http_describe(TALLOC_CTX *ctx, const struct http_response *rs)
{
	char *status = mem_printf(ctx, "HTTP %d", rs->status);
	if (strncmp(rs->content_type, "text/", 5) != 0)
		return status;
	char *text = text_clean(ctx, rs->body, rs->body_len);
	if (strcmp(rs->content_type, "text/html") == 0)
		text = text_from_html(ctx, text);
	for (char *p = text; *p; p++) {
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	}
	text = text_cut(ctx, text_trim(ctx, text), DESCRIBE_MAX_CHARS);
	return *text ? mem_printf(ctx, "%s: %s", status, text) : status;
}

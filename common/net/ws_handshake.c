/*
 * Asks a web server to go over to WebSocket frames, and judges its answer: no extension and no
 * subprotocol is offered, so none may come back. It follows no redirects and answers no 401.
 */
#include "net/ws_handshake.h"

#include <openssl/evp.h>
#include <poll.h>
#include <sodium.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/http_private.h"

#define NONCE_BYTES 16
#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, 1.3 */
#define STATUS_LINE "HTTP/1."
#define STATUS_LINE_LEN (sizeof(STATUS_LINE) - 1)

static char *base64(TALLOC_CTX *ctx, const unsigned char *bytes, size_t len)
{
	size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	char *text = mem_array(ctx, char, size);
	return sodium_bin2base64(text, size, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

char *ws_handshake_accept(TALLOC_CTX *ctx, const char *key)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	char *text = mem_printf(ctx, "%s" ACCEPT_GUID, key);
	if (EVP_Digest(text, strlen(text), hash, &len, EVP_sha1(), NULL) != 1)
		die("OpenSSL has no SHA-1");
	talloc_free(text);
	return base64(ctx, hash, len);
}

static char *random_key(TALLOC_CTX *ctx)
{
	unsigned char nonce[NONCE_BYTES];
	randombytes_buf(nonce, sizeof(nonce));
	return base64(ctx, nonce, sizeof(nonce));
}

static char *host_header(TALLOC_CTX *ctx, const struct url *url)
{
	int usual = strcmp(url->scheme, "wss") == 0 ? 443 : 80;
	bool v6 = strchr(url->host, ':') != NULL;
	char *host = mem_printf(ctx, v6 ? "[%s]" : "%s", url->host);
	return url->port == usual ? host : mem_printf(ctx, "%s:%d", host, url->port);
}

static char *request_text(TALLOC_CTX *ctx, const struct url *url, const char *key)
{
	return mem_printf(ctx,
			  "GET %s%s%s HTTP/1.1\r\n"
			  "Host: %s\r\n"
			  "Upgrade: websocket\r\n"
			  "Connection: Upgrade\r\n"
			  "Sec-WebSocket-Key: %s\r\n"
			  "Sec-WebSocket-Version: 13\r\n"
			  "User-Agent: lookerbot/" LOOKERBOT_VERSION "\r\n\r\n",
			  url->path, url->query ? "?" : "", url->query ? url->query : "",
			  host_header(ctx, url), key);
}

static bool send_request(struct ws_wire *w, const struct url *url, const char *text,
			 int64_t deadline_ms, struct err *e)
{
	size_t len = strlen(text), at = 0, n;
	while (at < len) {
		enum ws_io io = ws_wire_send(w, text + at, len - at, &n);
		at += n;
		if (io == WS_IO_DONE)
			continue;
		if (io != WS_IO_WAIT)
			return err_set(e, ERR_TEMPORARY, "%s: the connection broke while sending",
				       url->host);
		if (clock_left_ms(deadline_ms) <= 0)
			return err_set(e, ERR_TEMPORARY, "%s: it took nothing in time", url->host);
		ws_wire_wait(w, POLLOUT, -1, deadline_ms);
	}
	return true;
}

size_t ws_handshake_end(const char *data, size_t len)
{
	const char *end = len > 0 ? memmem(data, len, "\r\n\r\n", 4) : NULL;
	return end ? (size_t)(end - data) + 4 : 0;
}

/* So far: who speaks something else is not waited for. */
static bool is_http(const char *data, size_t len)
{
	return memcmp(data, STATUS_LINE, len < STATUS_LINE_LEN ? len : STATUS_LINE_LEN) == 0;
}

/* Reads into `buf` of WS_HEADERS_MAX_BYTES until the header block is whole. */
static bool read_block(struct ws_wire *w, const char *host, int64_t deadline_ms, char *buf,
		       size_t *ret_len, struct err *e)
{
	size_t len = 0, n;
	for (;;) {
		enum ws_io io = ws_wire_recv(w, buf + len, WS_HEADERS_MAX_BYTES - len, &n);
		len += n;
		if (!is_http(buf, len))
			return err_set(e, ERR_BAD_REPLY, "%s: what it answered is not HTTP", host);
		*ret_len = len;
		if (ws_handshake_end(buf, len) > 0)
			return true;
		if (len == WS_HEADERS_MAX_BYTES)
			return err_set(e, ERR_BAD_REPLY,
				       "%s: the answer's headers are larger than %d bytes", host,
				       WS_HEADERS_MAX_BYTES);
		if (io == WS_IO_END || io == WS_IO_BROKEN)
			return err_set(e, ERR_TEMPORARY,
				       "%s: the connection broke before the answer", host);
		if (clock_left_ms(deadline_ms) <= 0)
			return err_set(e, ERR_TEMPORARY, "%s: it did not answer in time", host);
		if (io == WS_IO_WAIT)
			ws_wire_wait(w, POLLIN, -1, deadline_ms);
	}
}

/* 0 when the block begins with no status line. */
static int read_status(const char *block, size_t len)
{
	int64_t status = 0;
	char digits[4] = "";
	if (len < STATUS_LINE_LEN + 6 || !is_http(block, len))
		return 0;
	const char *version = block + STATUS_LINE_LEN;
	if ((version[0] != '0' && version[0] != '1') || version[1] != ' ' ||
	    (version[5] != ' ' && version[5] != '\r'))
		return 0;
	memcpy(digits, version + 2, 3);
	return text_to_int(digits, 100, 999, &status) ? (int)status : 0;
}

static const struct http_response *read_headers(TALLOC_CTX *ctx, const char *block, size_t len)
{
	struct http_reply r;
	http_reply_begin(ctx, &r, 0);
	for (const char *line = block, *end = block + len; line < end;) {
		const char *eol = memchr(line, '\n', (size_t)(end - line));
		size_t n = eol ? (size_t)(eol + 1 - line) : (size_t)(end - line);
		http_reply_header((char *)line, 1, n, &r); /* libcurl's type: it is not written */
		line += n;
	}
	http_reply_end(&r, read_status(block, len));
	return r.rs;
}

/* `token` in a list "a, b". */
static bool has_token(const char *list, const char *token)
{
	size_t want = strlen(token);
	while (list && *list) {
		list += strspn(list, ", \t");
		size_t len = strcspn(list, ", \t");
		if (len == want && strncasecmp(list, token, len) == 0)
			return true;
		list += len;
	}
	return false;
}

/* NULL when it is the answer to our question; else what is wrong with it. */
static const char *fault_of(const struct http_response *rs, const char *accept)
{
	const char *upgrade = http_header_get(rs, "Upgrade");
	const char *given = http_header_get(rs, "Sec-WebSocket-Accept");
	if (!upgrade || strcasecmp(upgrade, "websocket") != 0 ||
	    !has_token(http_header_get(rs, "Connection"), "upgrade"))
		return "it does not go over to WebSocket";
	if (!given || strcmp(given, accept) != 0)
		return "the key of its WebSocket answer is wrong";
	if (http_header_get(rs, "Sec-WebSocket-Extensions") ||
	    http_header_get(rs, "Sec-WebSocket-Protocol"))
		return "it wants a WebSocket extension that was not offered";
	return NULL;
}

static bool refused(const char *host, const struct http_response *rs, struct err *e)
{
	bool later = rs->status == 409 || rs->status == 429 || rs->status / 100 == 5;
	err_set(e, later ? ERR_TEMPORARY : ERR_BAD_REPLY,
		"%s: it refuses the WebSocket with HTTP %d", host, rs->status);
	if (rs->status == 429 && rs->retry_after_ms >= 0)
		e->not_before_ms = clock_now_ms() + rs->retry_after_ms;
	return false;
}

bool ws_handshake_check(const char *host, const char *key, const char *block, size_t len,
			struct err *e)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	const struct http_response *rs = read_headers(tmp, block, len);
	bool ok = false;
	if (rs->status == 0) {
		err_set(e, ERR_BAD_REPLY, "%s: what it answered is not HTTP", host);
	} else if (rs->status != 101) {
		ok = refused(host, rs, e);
	} else {
		const char *fault = fault_of(rs, ws_handshake_accept(tmp, key));
		ok = !fault || err_set(e, ERR_BAD_REPLY, "%s: %s", host, fault);
	}
	talloc_free(tmp);
	return ok;
}

/* Nothing that would end the request's first line: libcurl's parser should not let it through. */
static bool is_target(const char *s)
{
	for (; s && *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

bool ws_handshake(struct ws_wire *w, const struct url *url, int64_t deadline_ms, struct err *e)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	char *buf = mem_array(tmp, char, WS_HEADERS_MAX_BYTES);
	const char *key = random_key(tmp);
	size_t len = 0, end = 0;
	bool ok = is_target(url->path) && is_target(url->query);
	if (!ok)
		err_set(e, ERR_BAD_INPUT, "%s: the address has characters that must be escaped",
			url->host);
	ok = ok && send_request(w, url, request_text(tmp, url, key), deadline_ms, e) &&
	     read_block(w, url->host, deadline_ms, buf, &len, e);
	end = ok ? ws_handshake_end(buf, len) : 0;
	ok = ok && ws_handshake_check(url->host, key, buf, end, e);
	if (ok)
		ws_wire_unread(w, buf + end, len - end);
	talloc_free(tmp);
	return ok;
}

/*
 * Opens a connection with libcurl and moves bytes over it. libcurl does names, proxies and TLS
 * (CURLOPT_CONNECT_ONLY); Debian 12's has no WebSockets, so what the bytes mean is others' work.
 */
#include "net/ws_wire.h"

#include <fcntl.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http_private.h"

struct ws_wire {
	CURL *easy;
	X509_STORE *store; /* NULL without TLS */
	int fd;		   /* libcurl's */
	char *again;	   /* given back, NULL when there is nothing */
	size_t again_at, again_len;
	char why[CURL_ERROR_SIZE]; /* libcurl's words; it knows the host, never path or query */
};

static int wire_close(struct ws_wire *w)
{
	curl_easy_cleanup(w->easy);
	X509_STORE_free(w->store);
	return 0;
}

static CURLcode use_store(CURL *easy, void *ssl_ctx, void *user)
{
	(void)easy;
	SSL_CTX_set1_cert_store(ssl_ctx, user);
	return CURLE_OK;
}

static size_t drop_body(char *data, size_t size, size_t n, void *user)
{
	(void)data, (void)user;
	return size * n;
}

static bool set_tls(struct ws_wire *w, struct err *e)
{
	if (!http_tls_store(NULL, &w->store, e))
		return false;
	curl_easy_setopt(w->easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(w->easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(w->easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(w->easy, CURLOPT_SSL_CTX_FUNCTION, use_store);
	curl_easy_setopt(w->easy, CURLOPT_SSL_CTX_DATA, w->store);
	return true;
}

/* Scheme, host and port: libcurl needs no more, and what it has not seen it cannot tell. */
static void set_url(struct ws_wire *w, const struct url *url, bool tls)
{
	bool v6 = strchr(url->host, ':') != NULL;
	char *text = mem_printf(w, v6 ? "%s://[%s]:%d/" : "%s://%s:%d/", tls ? "https" : "http",
				url->host, url->port);
	curl_easy_setopt(w->easy, CURLOPT_URL, text);
	talloc_free(text);
	if (url_is_loopback(url)) /* whatever the environment says */
		curl_easy_setopt(w->easy, CURLOPT_PROXY, "");
}

static void set_rest(struct ws_wire *w, int64_t left_ms)
{
	CURL *easy = w->easy;
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	/* Else TLS agrees on HTTP/2 with whoever speaks it, and that has no Upgrade. */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* An HTTP proxy must not read along, also without TLS: it would not know the frames. */
	curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_body); /* of a proxy that refuses */
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "lookerbot/" LOOKERBOT_VERSION);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)left_ms);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, w->why);
}

static bool perform(struct ws_wire *w, const struct url *url, int64_t deadline_ms, struct err *e)
{
	int64_t left_ms = clock_left_ms(deadline_ms);
	bool tls = strcmp(url->scheme, "wss") == 0;
	if (left_ms <= 0)
		return err_set(e, ERR_TEMPORARY, "%s: no time left to connect", url->host);
	if (tls && !set_tls(w, e))
		return false;
	set_url(w, url, tls);
	set_rest(w, left_ms);
	CURLcode rc = curl_easy_perform(w->easy);
	if (rc != CURLE_OK)
		return err_set(e, ERR_TEMPORARY, "%s: %s", url->host,
			       w->why[0] ? w->why : curl_easy_strerror(rc));
	curl_socket_t fd = CURL_SOCKET_BAD;
	rc = curl_easy_getinfo(w->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (rc != CURLE_OK || fd == CURL_SOCKET_BAD)
		return err_set(e, ERR_TEMPORARY, "%s: the connection is gone at once", url->host);
	w->fd = fd;
	/* A program that is started meanwhile would keep the connection open when we are gone. */
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return true;
}

bool ws_wire_open(TALLOC_CTX *ctx, const struct url *url, int64_t deadline_ms, struct ws_wire **ret,
		  struct err *e)
{
	struct ws_wire *w = mem_zero(ctx, struct ws_wire);
	w->easy = curl_easy_init();
	if (!w->easy)
		die("no handle for a WebSocket");
	talloc_set_destructor(w, wire_close);
	if (!perform(w, url, deadline_ms, e)) {
		talloc_free(w);
		return false;
	}
	*ret = w;
	return true;
}

static size_t recv_again(struct ws_wire *w, void *buf, size_t size)
{
	size_t left = w->again_len - w->again_at, n = left < size ? left : size;
	memcpy(buf, w->again + w->again_at, n);
	w->again_at += n;
	if (n == left)
		TALLOC_FREE(w->again);
	return n;
}

enum ws_io ws_wire_recv(struct ws_wire *w, void *buf, size_t size, size_t *ret_n)
{
	*ret_n = 0;
	if (w->again) {
		*ret_n = recv_again(w, buf, size);
		return WS_IO_DONE;
	}
	CURLcode rc = curl_easy_recv(w->easy, buf, size, ret_n);
	if (rc == CURLE_OK)
		return *ret_n > 0 ? WS_IO_DONE : WS_IO_END;
	*ret_n = 0;
	return rc == CURLE_AGAIN ? WS_IO_WAIT : WS_IO_BROKEN;
}

void ws_wire_unread(struct ws_wire *w, const void *data, size_t len)
{
	if (len == 0)
		return;
	w->again = mem_array(w, char, len);
	memcpy(w->again, data, len);
	w->again_at = 0;
	w->again_len = len;
}

enum ws_io ws_wire_send(struct ws_wire *w, const void *data, size_t len, size_t *ret_n)
{
	*ret_n = 0;
	CURLcode rc = curl_easy_send(w->easy, data, len, ret_n);
	if (rc == CURLE_OK)
		return *ret_n > 0 ? WS_IO_DONE : WS_IO_WAIT;
	*ret_n = 0;
	return rc == CURLE_AGAIN ? WS_IO_WAIT : WS_IO_BROKEN;
}

bool ws_wire_wait(const struct ws_wire *w, short events, int also_fd, int64_t until_ms)
{
	struct pollfd fds[] = { { .fd = w->fd, .events = events },
				{ .fd = also_fd, .events = POLLIN } };
	int64_t left_ms = clock_left_ms(until_ms);
	int n = poll(fds, 2, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
	return n > 0 && fds[1].revents != 0;
}

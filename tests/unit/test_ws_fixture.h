/* A WebSocket client and a scripted server for one test. The server checks nothing: it tells what
 * it got in its own messages, or leaves it in the fixture to be read after fixture_stop. */
#ifndef TEST_WS_FIXTURE_H
#define TEST_WS_FIXTURE_H

#include <poll.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http.h"
#include "net/ws.h"
#include "net/ws_handshake.h"
#include "test_http_server.h"

#define SECRET "s3cr3t" /* stands in paths and queries: no error may name it */
#define SWITCHING                                                                                  \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
#define FIN 0x80
#define FRAME_MAX_BYTES (16 * 1024 * 1024)

/* What the server does after the handshake; then it closes. */
struct script {
	const char *path;
	void (*play)(struct server_conn *c);
};

struct fixture {
	TALLOC_CTX *ctx;
	struct server *s;
	struct ws *ws;
	struct ws_message m;
	struct err e;
};

/* The whole answer to the request that came last. */
static inline void say_switching(struct server_conn *c, const char *behind, size_t len)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	pthread_mutex_lock(&c->s->lock);
	const char *key = strstr(c->s->last, "Sec-WebSocket-Key: ");
	key = key ? mem_strndup(ctx, key + 19, strcspn(key + 19, "\r\n")) : "";
	pthread_mutex_unlock(&c->s->lock);
	char *text = mem_printf(ctx, SWITCHING "Sec-WebSocket-Accept: %s\r\n\r\n",
				ws_handshake_accept(ctx, key));
	size_t head = strlen(text);
	mem_append_n(&text, behind, len); /* in one packet */
	server_write(c, text, head + len);
	talloc_free(ctx);
}

/* The first bytes of an unmasked frame; returns their number. */
static inline size_t frame_head(unsigned char head[10], int first, size_t len)
{
	size_t n = len < 126 ? 2 : len < 65536 ? 4 : 10;
	head[0] = (unsigned char)first;
	head[1] = n == 2 ? (unsigned char)len : n == 4 ? 126 : 127;
	for (size_t i = 2; i < n; i++)
		head[i] = (unsigned char)((uint64_t)len >> (8 * (n - 1 - i)));
	return n;
}

static inline void say_frame(struct server_conn *c, int first, const void *data, size_t len)
{
	unsigned char head[10];
	server_write(c, head, frame_head(head, first, len));
	server_write(c, data, len);
}

static inline void say_text(struct server_conn *c, const char *text)
{
	say_frame(c, FIN | 1, text, strlen(text));
}

static inline bool read_exactly(struct server_conn *c, void *buf, size_t len)
{
	for (size_t n = 0; n < len;) {
		ssize_t got = server_read(c, (char *)buf + n, len - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return true;
}

/* A frame of the client, unmasked, NUL behind it; -1 at the end, -2 for one that is not masked. */
static inline int read_frame(TALLOC_CTX *ctx, struct server_conn *c, char **ret, size_t *ret_len)
{
	unsigned char head[2], more[8], mask[4];
	if (!read_exactly(c, head, 2))
		return -1;
	size_t len = head[1] & 127, n = len == 126 ? 2 : len == 127 ? 8 : 0;
	if (!(head[1] & 128))
		return -2;
	if (!read_exactly(c, more, n))
		return -1;
	for (size_t i = 0, all = 0; i < n; i++)
		len = all = all << 8 | more[i];
	if (len > FRAME_MAX_BYTES || !read_exactly(c, mask, 4))
		return -1;
	*ret = mem_array(ctx, char, len + 1);
	*ret_len = len;
	if (!read_exactly(c, *ret, len))
		return -1;
	for (size_t i = 0; i < len; i++)
		(*ret)[i] ^= (char)mask[i % 4];
	return head[0];
}

/* Until the client goes away. */
static inline void hold(struct server_conn *c)
{
	char bytes[4096];
	while (server_read(c, bytes, sizeof(bytes)) > 0)
		;
}

static inline void play(struct server_conn *c, const char *path, const struct script *scripts,
			size_t n)
{
	size_t len = strcspn(path, "?");
	say_switching(c, "", 0);
	for (size_t i = 0; i < n; i++)
		if (strlen(scripts[i].path) == len && strncmp(scripts[i].path, path, len) == 0)
			scripts[i].play(c);
}

static inline struct fixture *fixture_new(server_handler handler)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->ctx = mem_ctx(NULL);
	f->s = server_start(handler, NULL);
	return f;
}

static inline bool open_within(struct fixture *f, const char *path, int64_t ms)
{
	char *url = mem_printf(f->ctx, "ws://127.0.0.1:%d%s?ticket=" SECRET, f->s->port, path);
	f->e = (struct err){ 0 };
	ws_free(f->ws);
	f->ws = NULL;
	return ws_open(f->ctx, url, clock_deadline_ms(ms), &f->ws, &f->e);
}

static inline bool open_ws(struct fixture *f, const char *path)
{
	return open_within(f, path, 20000);
}

/* Drops the connection and waits for the server's threads. */
static inline void fixture_free(struct fixture *f)
{
	ws_free(f->ws);
	server_stop(f->s);
	talloc_free(f->ctx);
	free(f);
}

/* The code of the client's next close frame; 1005 for none, -1 when no such frame comes. */
static inline int read_close(struct server_conn *c)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *data = NULL;
	size_t len = 0;
	int first;
	do
		first = read_frame(ctx, c, &data, &len);
	while (first >= 0 && first != (FIN | 8));
	int code = first < 0 ? -1
		   : len < 2 ? 1005
			     : ((unsigned char)data[0] << 8 | (unsigned char)data[1]);
	talloc_free(ctx);
	return code;
}

static inline struct fixture *fixture_open(server_handler handler, const char *path)
{
	struct fixture *f = fixture_new(handler);
	assert_true(open_ws(f, path));
	return f;
}

static inline bool next_within(struct fixture *f, int64_t ms)
{
	return ws_next(f->ws, clock_deadline_ms(ms), &f->m, &f->e);
}

static inline void expect_event(struct fixture *f, enum ws_event event)
{
	bool ok = next_within(f, 20000);
	if (!ok)
		print_error("%s\n", f->e.text);
	assert_true(ok);
	assert_int_equal(f->m.event, event);
	assert_int_equal(strlen(f->m.text), f->m.len);
}

static inline void expect_text(struct fixture *f, const char *text)
{
	expect_event(f, WS_TEXT);
	assert_string_equal(f->m.text, text);
}

/* It stays dead. */
static inline void expect_dead(struct fixture *f, enum err_kind kind, const char *why)
{
	for (int i = 0; i < 2; i++) {
		f->e = (struct err){ 0 };
		assert_false(next_within(f, 20000));
		if (f->e.kind != kind || !strstr(f->e.text, why))
			print_error("%s: %s\n", err_kind_name(f->e.kind), f->e.text);
		assert_int_equal(f->e.kind, kind);
		assert_non_null(strstr(f->e.text, why));
		assert_non_null(strstr(f->e.text, "127.0.0.1"));
		assert_null(strstr(f->e.text, SECRET));
	}
	assert_false(ws_send(f->ws, "x", 1, clock_deadline_ms(20000), &f->e));
	assert_false(ws_ping(f->ws, clock_deadline_ms(20000), &f->e));
}

#endif

/*
 * The HTTP client against a server in this process: what comes back, what each failure means for
 * the caller (was anything sent?), and whom it trusts.
 */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http.h"
#include "net/http_private.h"
#include "test_http_server.h"

/* gzip of "hello hello hello". */
static const char gzip_small[] =
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00"
	"\x80\x88\xf9\xe5\x11\x00\x00\x00";
/* gzip of 150,000 zero bytes. */
static const char gzip_bomb[] =
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\xf5"
	"\x4f\x6d\x0b\x2f\xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x78\x18\xdd\x85\x78\x98\xf0\x49\x02\x00";

#define SECRET "s3cr3t"
#define OK_LEN "HTTP/1.1 200 OK\r\nContent-Length: "

static void say_gzip(struct server_conn *c, const char *data, size_t len)
{
	char head[128];
	snprintf(head, sizeof(head), OK_LEN "%zu\r\nContent-Encoding: gzip\r\n\r\n", len);
	server_say(c, head);
	server_write(c, data, len);
}

/* Until the client goes away. */
static void hold(struct server_conn *c)
{
	char byte;
	while (server_read(c, &byte, 1) > 0)
		;
}

static void say_large_headers(struct server_conn *c)
{
	server_say(c, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 1100; i++)
		server_say(c, "X-Padding: 01234567890123456789012345678901234567890123456789\r\n");
	server_say(c, "Content-Length: 0\r\n\r\n");
}

static void say_429(struct server_conn *c, const char *retry_after)
{
	char head[128];
	snprintf(head, sizeof(head),
		 "HTTP/1.1 429 Slow down\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
		 retry_after);
	server_say(c, head);
}

static void say_date_429(struct server_conn *c)
{
	char date[64];
	struct tm tm;
	time_t then = time(NULL) + 1;
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &tm));
	say_429(c, date);
}

/* Paths that always get the same bytes; those with `close` end the connection after them. */
static const struct {
	const char *path;
	const char *answer;
	bool close;
} fixed[] = {
	{ "/ok",
	  OK_LEN "5\r\nX-Thing:  a b \r\nContent-Type: Text/HTML; charset=utf-8\r\n\r\nhello" },
	{ "/empty", "HTTP/1.1 204 No\r\n\r\n" },
	{ "/chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		      "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n" },
	{ "/not-found", "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno" },
	{ "/redirect", "HTTP/1.1 302 Go\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n" },
	{ "/continue", "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n" OK_LEN "2\r\n\r\nok" },
	{ "/large-chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			    "10\r\n0123456789abcdef\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n" },
	{ "/truncated", OK_LEN "100\r\n\r\nhello", true },
	{ "/garbage", "what is this?\n", true },
	{ "/nothing", "", true },
	{ "/html", "HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 60\r\n\r\n"
		   "<html><h1>Bad Gateway</h1><script>x()</script>nginx &amp; co.</html>" },
};

static bool serve_special(struct server_conn *c, const char *path, int nth)
{
	if (strcmp(path, "/slow") == 0) {
		server_say(c, OK_LEN "100\r\n\r\nhello");
		hold(c);
		return false;
	}
	if (strncmp(path, "/silent", 7) == 0) {
		hold(c);
		return false;
	}
	if (strcmp(path, "/die-once") == 0 && nth == 2) {
		server_reset(c);
		return false;
	}
	if (strcmp(path, "/429-once") == 0 && nth == 1)
		say_429(c, "0");
	else if (strcmp(path, "/429-date") == 0 && nth == 1)
		say_date_429(c);
	else if (strcmp(path, "/429-always") == 0)
		say_429(c, "0");
	else if (strcmp(path, "/429-long") == 0)
		say_429(c, "100");
	else if (strcmp(path, "/headers") == 0)
		say_large_headers(c);
	else if (strcmp(path, "/gzip") == 0)
		say_gzip(c, gzip_small, sizeof(gzip_small) - 1);
	else if (strcmp(path, "/bomb") == 0)
		say_gzip(c, gzip_bomb, sizeof(gzip_bomb) - 1);
	else
		server_say(c, OK_LEN "4\r\n\r\nfine");
	return true;
}

static bool serve(struct server_conn *c, const char *path, int nth)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strncmp(path, fixed[i].path, strcspn(path, "?")) == 0 &&
		    strlen(fixed[i].path) == strcspn(path, "?")) {
			server_say(c, fixed[i].answer);
			return !fixed[i].close;
		}
	}
	return serve_special(c, path, nth);
}

struct fixture {
	TALLOC_CTX *ctx;
	struct server *s;
	struct http_response *rs;
	struct err e;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->ctx = mem_ctx(NULL);
	f->s = server_start(serve, NULL);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	server_stop(f->s);
	talloc_free(f->ctx);
	free(f);
	return 0;
}

/* The request under test; tests change it before sending. */
static struct http_request request(struct fixture *f, const char *method, const char *path)
{
	return (struct http_request){
		.method = method,
		.url = mem_printf(f->ctx, "http://127.0.0.1:%d%s", f->s->port, path),
		.deadline_ms = clock_deadline_ms(10000),
		.max_bytes = 100000,
	};
}

static bool send_it(struct fixture *f, const struct http_request *rq)
{
	f->e = (struct err){ 0 };
	return http_send(f->ctx, rq, &f->rs, &f->e);
}

static bool get(struct fixture *f, const char *path)
{
	struct http_request rq = request(f, "GET", path);
	return send_it(f, &rq);
}

static bool post(struct fixture *f, const char *path, const char *body)
{
	struct http_request rq = request(f, "POST", path);
	rq.body = body;
	rq.body_len = strlen(body);
	return send_it(f, &rq);
}

static void test_answers(void **state)
{
	static const struct {
		const char *path;
		int status;
		const char *body;
	} cases[] = {
		{ "/ok", 200, "hello" },
		{ "/empty", 204, "" },
		{ "/chunked", 200, "hello" },
		{ "/not-found", 404, "no" },
		{ "/redirect", 302, "" },
		{ "/continue", 200, "ok" },
		{ "/gzip", 200, "hello hello hello" },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(get(f, cases[i].path));
		assert_int_equal(f->rs->status, cases[i].status);
		assert_string_equal(f->rs->body, cases[i].body);
		assert_int_equal(f->rs->body_len, strlen(cases[i].body));
	}
	assert_int_equal(server_connections(f->s), 1); /* kept alive all the way */
	assert_null(http_header_get(f->rs, "X-Early"));
}

static void test_headers(void **state)
{
	struct fixture *f = *state;
	assert_true(get(f, "/ok"));
	assert_string_equal(f->rs->content_type, "text/html");
	assert_string_equal(http_header_get(f->rs, "x-thing"), "a b");
	assert_null(http_header_get(f->rs, "x-other"));
	assert_int_equal(f->rs->retry_after_ms, -1);
}

static void test_what_is_sent(void **state)
{
	struct fixture *f = *state;
	struct http_header headers[] = { { "X-One", "1" }, { "X-Empty", "" } };
	struct http_request rq = request(f, "PATCH", "/fine?a=b");
	rq.headers = headers;
	rq.n_headers = 2;
	rq.body = "{}";
	rq.body_len = 2;
	assert_true(send_it(f, &rq));
	assert_non_null(strstr(f->s->last, "PATCH /fine?a=b HTTP/1.1\r\n"));
	assert_non_null(strstr(f->s->last, "X-One: 1\r\n"));
	assert_non_null(strstr(f->s->last, "X-Empty:\r\n"));
	assert_non_null(strstr(f->s->last, "Content-Length: 2\r\n"));
	assert_non_null(strstr(f->s->last, "User-Agent: lookerbot/"));
	assert_null(strstr(f->s->last, "Expect:"));
	assert_non_null(strstr(f->s->last, "\r\n\r\n{}"));
	assert_true(post(f, "/fine", ""));
	assert_non_null(strstr(f->s->last, "Content-Length: 0\r\n"));
}

static void test_failures(void **state)
{
	static const struct {
		const char *method, *path;
		enum err_kind kind;
	} cases[] = {
		{ "GET", "/truncated?" SECRET, ERR_UNKNOWN },
		{ "POST", "/truncated?" SECRET, ERR_UNKNOWN },
		{ "POST", "/nothing?" SECRET, ERR_UNKNOWN },
		{ "GET", "/garbage?" SECRET, ERR_BAD_REPLY },
		{ "GET", "/headers", ERR_BAD_REPLY },
		{ "G ET", "/ok", ERR_BAD_INPUT },
		{ "GET /x HTTP/1.1\r\nX: ", "/ok", ERR_BAD_INPUT },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request rq = request(f, cases[i].method, cases[i].path);
		assert_false(send_it(f, &rq));
		assert_int_equal(f->e.kind, cases[i].kind);
		assert_non_null(strstr(f->e.text, "127.0.0.1: "));
		assert_null(strstr(f->e.text, SECRET));
	}
}

static void test_refused_input(void **state)
{
	struct fixture *f = *state;
	static const char *const urls[] = {
		"ftp://127.0.0.1/", "file:///etc/passwd",    "127.0.0.1/ok",
		"ws://127.0.0.1/",  "http://u:p@127.0.0.1/", "",
		"http://"
	};
	static const struct http_header bad[] = {
		{ "X", "a\r\nY: b" }, { "X", "a\nb" }, { "X\r\nY", "a" },
		{ "X:", "a" },	      { "", "a" },
	};
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct http_request rq = request(f, "GET", "/ok");
		rq.url = urls[i];
		assert_false(send_it(f, &rq));
		assert_int_equal(f->e.kind, ERR_BAD_INPUT);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct http_request rq = request(f, "GET", "/ok");
		rq.headers = &bad[i];
		rq.n_headers = 1;
		assert_false(send_it(f, &rq));
		assert_int_equal(f->e.kind, ERR_BAD_INPUT);
	}
	assert_int_equal(server_requests(f->s), 0);
}

static void test_nothing_was_sent(void **state)
{
	struct fixture *f = *state;
	struct http_request late = request(f, "POST", "/ok");
	late.deadline_ms = clock_mono_ms() - 1;
	assert_false(send_it(f, &late));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_int_equal(server_requests(f->s), 0);

	struct server *gone = server_start(serve, NULL);
	int port = gone->port;
	server_stop(gone);
	struct http_request rq = request(f, "POST", "/ok");
	rq.url = mem_printf(f->ctx, "http://127.0.0.1:%d/" SECRET, port);
	assert_false(send_it(f, &rq));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_string_equal(f->e.text, "127.0.0.1: it takes no connection");

	rq.url = "http://no-such-host.invalid/" SECRET;
	rq.deadline_ms = clock_deadline_ms(3000);
	assert_false(send_it(f, &rq));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_null(strstr(f->e.text, SECRET));
}

static void test_deadline(void **state)
{
	static const char *const paths[] = { "/slow", "/silent" };
	struct fixture *f = *state;
	for (size_t i = 0; i < 2; i++) {
		struct http_request rq = request(f, "GET", paths[i]);
		int64_t start_ms = clock_mono_ms();
		rq.deadline_ms = clock_deadline_ms(200);
		assert_false(send_it(f, &rq));
		assert_int_equal(f->e.kind, ERR_UNKNOWN);
		assert_in_range(clock_mono_ms() - start_ms, 150, 5000);
	}
}

static void test_too_large(void **state)
{
	static const struct {
		const char *path;
		size_t max_bytes;
		bool fits;
	} cases[] = {
		{ "/ok", 5, true },
		{ "/ok", 4, false },
		{ "/large-chunked", 32, true },
		{ "/large-chunked", 31, false },
		{ "/bomb", 150000, true },
		{ "/bomb", 149999, false },
		{ "/gzip", 16, false },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request rq = request(f, "GET", cases[i].path);
		rq.max_bytes = cases[i].max_bytes;
		assert_int_equal(send_it(f, &rq), cases[i].fits);
		if (!cases[i].fits)
			assert_int_equal(f->e.kind, ERR_BAD_REPLY);
	}
}

/* A kept-alive connection dies under the second request. */
static void test_post_is_never_repeated(void **state)
{
	struct fixture *f = *state;
	assert_true(post(f, "/fine", "one"));
	assert_false(post(f, "/die-once", "two"));
	assert_int_equal(f->e.kind, ERR_UNKNOWN);
	/* A repeated second one would have come before the third. */
	assert_true(post(f, "/fine", "three"));
	assert_int_equal(server_requests(f->s), 3);
}

static void test_empty_post_is_never_repeated(void **state)
{
	struct fixture *f = *state;
	assert_true(post(f, "/fine", "one"));
	assert_false(post(f, "/die-once", ""));
	assert_int_equal(f->e.kind, ERR_UNKNOWN);
	assert_int_equal(server_requests(f->s), 2);
}

static void test_get_is_repeated(void **state)
{
	struct fixture *f = *state;
	assert_true(get(f, "/fine"));
	assert_true(get(f, "/die-once"));
	assert_int_equal(server_requests(f->s), 3);
}

static void test_429(void **state)
{
	static const struct {
		const char *path;
		int status, requests;
	} cases[] = {
		{ "/429-once", 200, 2 },
		{ "/429-date", 200, 2 },
		{ "/429-always", 429, 4 },
		{ "/429-long", 429, 1 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(state);
		struct fixture *f = *state;
		assert_true(post(f, cases[i].path, "body"));
		assert_int_equal(f->rs->status, cases[i].status);
		assert_int_equal(server_requests(f->s), cases[i].requests);
		assert_non_null(strstr(f->s->last, "\r\n\r\nbody"));
		if (strcmp(cases[i].path, "/429-long") == 0)
			assert_int_equal(f->rs->retry_after_ms, 100000);
		tear_down(state);
	}
}

static void test_loopback_is_not_proxied(void **state)
{
	struct fixture *f = *state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	bool ok = get(f, "/ok");
	unsetenv("http_proxy");
	assert_true(ok);
}

static void test_describe(void **state)
{
	struct fixture *f = *state;
	assert_true(get(f, "/html"));
	char *text = http_describe(f->ctx, f->rs);
	assert_non_null(strstr(text, "HTTP 502"));
	assert_non_null(strstr(text, "Bad Gateway"));
	assert_null(strchr(text, '<'));
	assert_true(get(f, "/not-found"));
	assert_string_equal(http_describe(f->ctx, f->rs), "HTTP 404");
}

static void *many(void *arg)
{
	struct fixture mine = { .ctx = mem_ctx(NULL), .s = arg };
	size_t good = 0;
	for (int i = 0; i < 20; i++)
		good += get(&mine, "/ok") && strcmp(mine.rs->body, "hello") == 0;
	talloc_free(mine.ctx);
	return (void *)good;
}

static void test_threads_have_connections_of_their_own(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[8];
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many, f->s), 0);
	for (size_t i = 0; i < 8; i++) {
		void *good = NULL;
		pthread_join(threads[i], &good);
		assert_int_equal((size_t)good, 20);
	}
	assert_int_equal(server_connections(f->s), 8);
	assert_int_equal(server_requests(f->s), 160);
}

/* A certificate for 127.0.0.1 that signed itself, as PEM in `path`. */
static SSL_CTX *self_signed(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1,
				   0);
	X509_set_issuer_name(cert, name);
	X509_add_ext(cert, san, -1);
	X509_sign(cert, key, EVP_sha256());
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	PEM_write_X509(out, cert);
	fclose(out);
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(tls, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);
	X509_EXTENSION_free(san);
	X509_free(cert);
	EVP_PKEY_free(key);
	return tls;
}

static bool get_tls(struct fixture *f, const char *host, const char *ca_file, bool no_verify)
{
	struct http_request rq = request(f, "GET", "/ok");
	rq.url = mem_printf(f->ctx, "https://%s:%d/ok?" SECRET, host, f->s->port);
	rq.tls.ca_file = ca_file;
	rq.tls.no_verify = no_verify;
	return send_it(f, &rq);
}

static void test_tls(void **state)
{
	struct fixture f = { .ctx = mem_ctx(NULL) };
	char path[] = "/tmp/lookerbot-test-ca-XXXXXX";
	int fd = mkstemp(path);
	(void)state;
	assert_true(fd >= 0);
	close(fd);
	SSL_CTX *tls = self_signed(path);
	f.s = server_start(serve, tls);

	assert_false(get_tls(&f, "127.0.0.1", NULL, false));
	assert_int_equal(f.e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(f.e.text, "127.0.0.1: its TLS certificate is not trusted"));
	assert_null(strstr(f.e.text, SECRET));
	assert_int_equal(server_requests(f.s), 0);

	assert_true(get_tls(&f, "127.0.0.1", path, false));
	assert_string_equal(f.rs->body, "hello");
	/* An open connection made with more trust must not serve a request with less. */
	assert_false(get_tls(&f, "127.0.0.1", NULL, false));
	assert_true(get_tls(&f, "127.0.0.1", NULL, true));
	assert_false(get_tls(&f, "127.0.0.1", NULL, false));
	assert_false(get_tls(&f, "localhost", path, false));
	assert_non_null(strstr(f.e.text, "for another host"));
	assert_false(get_tls(&f, "127.0.0.1", "/nonexistent.pem", false));
	assert_int_equal(f.e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(f.e.text, "/nonexistent.pem"));

	server_stop(f.s);
	SSL_CTX_free(tls);
	unlink(path);
	talloc_free(f.ctx);
}

static void test_one_store(void **state)
{
	X509_STORE *a = NULL, *b = NULL;
	struct err e;
	(void)state;
	assert_true(http_tls_store(NULL, &a, &e));
	assert_true(http_tls_store(NULL, &b, &e));
	assert_ptr_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_headers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_was_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_deadline, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_post_is_never_repeated, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_empty_post_is_never_repeated, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_get_is_repeated, set_up, tear_down),
		cmocka_unit_test(test_429),
		cmocka_unit_test_setup_teardown(test_loopback_is_not_proxied, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_describe, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_threads_have_connections_of_their_own, set_up,
						tear_down),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_one_store),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

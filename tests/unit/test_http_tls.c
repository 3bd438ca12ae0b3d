/* Whom the HTTP client trusts: a self-signed server, with and without its certificate named. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http_private.h"
#include "test_http_fixture.h"

static bool serve(struct server_conn *c, const char *path, int nth)
{
	(void)path, (void)nth;
	server_say(c, OK_LEN "5\r\n\r\nhello");
	return true;
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
	char path[] = "/tmp/lookerbot-test-ca-XXXXXX";
	int fd = mkstemp(path);
	(void)state;
	assert_true(fd >= 0);
	close(fd);
	SSL_CTX *tls = self_signed(path);
	struct fixture *f = fixture_new(serve, tls);

	assert_false(get_tls(f, "127.0.0.1", NULL, false));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(f->e.text, "127.0.0.1: its TLS certificate is not trusted"));
	assert_null(strstr(f->e.text, SECRET));
	assert_int_equal(server_requests(f->s), 0);

	assert_true(get_tls(f, "127.0.0.1", path, false));
	assert_string_equal(f->rs->body, "hello");
	/* An open connection made with more trust must not serve a request with less. */
	assert_false(get_tls(f, "127.0.0.1", NULL, false));
	assert_true(get_tls(f, "127.0.0.1", NULL, true));
	assert_false(get_tls(f, "127.0.0.1", NULL, false));
	assert_false(get_tls(f, "localhost", path, false));
	assert_non_null(strstr(f->e.text, "for another host"));
	assert_false(get_tls(f, "127.0.0.1", "/nonexistent.pem", false));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(f->e.text, "/nonexistent.pem"));

	fixture_free(f);
	SSL_CTX_free(tls);
	unlink(path);
}

static void test_one_store(void **state)
{
	X509_STORE *a = NULL, *b = NULL;
	struct err e;
	(void)state;
	assert_true(http_tls_store(NULL, &a, &e));
	assert_true(http_tls_store(NULL, &b, &e));
	assert_ptr_equal(a, b);
	X509_STORE_free(a);
	X509_STORE_free(b);
}

/* A changed CA file counts from the next request on, for better or worse. */
static void test_changed_file(void **state)
{
	char good[] = "/tmp/lookerbot-test-ca-XXXXXX", path[] = "/tmp/lookerbot-test-ca-XXXXXX";
	int fds[] = { mkstemp(good), mkstemp(path) };
	(void)state;
	close(fds[0]);
	close(fds[1]);
	SSL_CTX *tls = self_signed(good);
	SSL_CTX_free(self_signed(path)); /* of somebody else */
	struct fixture *f = fixture_new(serve, tls);

	assert_false(get_tls(f, "127.0.0.1", path, false));
	assert_non_null(strstr(f->e.text, "not trusted"));
	FILE *out = fopen(path, "w");
	fputs("no certificate", out);
	fclose(out);
	assert_false(get_tls(f, "127.0.0.1", path, false));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(f->e.text, "cannot be used"));
	assert_int_equal(rename(good, path), 0);
	assert_true(get_tls(f, "127.0.0.1", path, false));

	fixture_free(f);
	SSL_CTX_free(tls);
	unlink(path);
}

/* Settings that name another file again and again (SIGHUP) use nothing up. */
static void test_many_files(void **state)
{
	char path[] = "/tmp/lookerbot-test-ca-XXXXXX";
	int fd = mkstemp(path);
	struct err e;
	(void)state;
	close(fd);
	SSL_CTX_free(self_signed(path));
	for (int i = 0; i < 30; i++) {
		X509_STORE *store = NULL;
		char *same = mem_strdup(NULL, ""); /* the same file by another name */
		for (int n = 0; n < i; n++)
			mem_append(&same, "/");
		mem_append(&same, path);
		assert_true(http_tls_store(same, &store, &e));
		X509_STORE_free(store);
		talloc_free(same);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_one_store),
		cmocka_unit_test(test_changed_file),
		cmocka_unit_test(test_many_files),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

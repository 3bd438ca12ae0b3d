/* Google's access tokens: from the machine, by a service account's key, kept, and renewed. */
#include "test_store.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/json.h"

static void test_google(void **state)
{
	static const struct answer list[] = {
		{ 200, NULL, TOKEN_JSON },
		{ 200, NULL, "" },
		{ 200, NULL, "" },
	};
	struct fixture *f = *state;
	const char *url;

	use_google(f);
	struct store *s = store_new(f->ctx, &f->config);
	answers(f, list, COUNT(list));
	assert_true(put(f, s, &url));
	has(script.requests[0], "GET /computeMetadata/v1/instance/service-accounts/default/token ");
	has(script.requests[0], "\r\nmetadata-flavor: Google\r\n");
	has(script.requests[1], "PUT /pictures/lookerbot/");
	has(script.requests[1], "\r\nauthorization: Bearer token-not-a-secret\r\n");
	has(script.requests[1], "\r\nx-goog-acl: public-read\r\n");
	assert_true(put(f, s, &url)); /* with the same token */
	assert_int_equal(f->s->n_requests, 3);
}

static void test_google_renews(void **state)
{
	static const struct answer list[] = {
		{ 200, NULL, TOKEN_JSON },
		{ 401, NULL, "" },
		{ 200, NULL, "{\"access_token\":\"newer\",\"expires_in\":60}" },
		{ 412, NULL, "public access prevention is enforced" },
		{ 200, NULL, "" },
	};
	struct fixture *f = *state;
	const char *url;

	use_google(f);
	answers(f, list, COUNT(list));
	assert_true(put(f, store_new(f->ctx, &f->config), &url));
	has(script.requests[3], "Bearer newer");
	has(script.requests[3], "x-goog-acl");
	assert_null(strcasestr(script.requests[4], "x-goog-acl"));
	assert_int_equal(f->s->n_requests, 5);
}

static const char *key_file(struct fixture *f, const char *token_uri)
{
	struct json_object *o = json_new_object(f->ctx);
	EVP_PKEY *key = EVP_RSA_gen(2048);
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	size_t len = (size_t)BIO_get_mem_data(bio, &data);
	json_set_str(o, "private_key", mem_strndup(f->ctx, data, len));
	json_set_str(o, "client_email", "bot@acme.example");
	json_set_str(o, "token_uri", token_uri);
	BIO_free(bio);
	EVP_PKEY_free(key);
	return json_text(o);
}

static void test_google_key(void **state)
{
	static const struct answer list[] = { { 200, NULL, TOKEN_JSON }, { 200, NULL, "" } };
	static const struct answer no[] = { { 400, NULL, "{\"error\":\"invalid_grant\"}" } };
	struct fixture *f = *state;
	const char *url;

	use_google(f);
	f->config.gcs_credentials_json = key_file(f, mem_printf(f->ctx, "%s/token", f->url));
	answers(f, list, COUNT(list));
	assert_true(put(f, store_new(f->ctx, &f->config), &url));
	has(script.requests[0], "POST /token ");
	has(script.requests[0],
	    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey");
	answers(f, no, COUNT(no));
	assert_false(put(f, store_new(f->ctx, &f->config), &url));
	assert_int_equal(f->e.kind, ERR_AUTH);
	has(f->e.text, "GOOGLE_CLOUD_CREDENTIALS_JSON (invalid_grant)");
	/* What is signed opens the account: never in the clear to another machine. */
	f->config.gcs_credentials_json = key_file(f, "http://192.0.2.1/token");
	assert_false(put(f, store_new(f->ctx, &f->config), &url));
	assert_int_equal(f->e.kind, ERR_BAD_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_google),
		TEST(test_google_key),
		TEST(test_google_renews),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

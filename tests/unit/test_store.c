/* What is sent to each kind of store, and what each refusal means. Whether the stores take it is
 * tests/e2e/test_stores.py's business. */
#include "test_store.h"

#define NO_ACL "<Error><Code>AccessControlListNotSupported</Code></Error>"

/* --- which one, and what it is called --- */

static void test_which(void **state)
{
	struct fixture *f = *state;

	assert_null(store_new(f->ctx, &f->config));
	f->config.azure_account = "acme"; /* of no use without a container */
	assert_null(store_new(f->ctx, &f->config));
	use_google(f);
	assert_string_equal(store_name(store_new(f->ctx, &f->config)), "Google Cloud Storage");
	use_azure(f);
	assert_string_equal(store_name(store_new(f->ctx, &f->config)), "Azure Storage");
	use_s3(f);
	assert_string_equal(store_name(store_new(f->ctx, &f->config)), "Amazon S3");
}

static void test_addresses(void **state)
{
	static const struct {
		const char *bucket, *region, *base;
	} cases[] = {
		{ "acme", "us-east-1", "https://acme.s3.us-east-1.amazonaws.com" },
		{ "acme.com", "eu-west-1", "https://s3.eu-west-1.amazonaws.com/acme.com" },
		{ "acme", "cn-north-1", "https://acme.s3.cn-north-1.amazonaws.com.cn" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct config c = { .s3_bucket = cases[i].bucket, .s3_region = cases[i].region };
		assert_string_equal(store_base(store_new(f->ctx, &c)), cases[i].base);
	}
	struct config azure = { .azure_account = "acme", .azure_container = "pics" };
	assert_string_equal(store_base(store_new(f->ctx, &azure)),
			    "https://acme.blob.core.windows.net/pics");
	struct config google = { .gcs_bucket = "pics" };
	assert_string_equal(store_base(store_new(f->ctx, &google)),
			    "https://storage.googleapis.com/pics");
}

static void test_name(void **state)
{
	static const struct answer ok[] = { { 200, NULL, "" } };
	struct fixture *f = *state;
	const char *first, *second;

	use_s3(f);
	struct store *s = store_new(f->ctx, &f->config);
	answers(f, ok, 1);
	assert_true(put(f, s, &first));
	assert_true(put(f, s, &second));
	assert_string_not_equal(first, second);
	const char *name = first + strlen(f->url) + strlen("/pictures/lookerbot/");
	assert_int_equal(strspn(name, "0123456789abcdef"), 64); /* 256 bits */
	assert_string_equal(name + 64, ".png");
}

/* --- what is sent --- */

static void test_s3(void **state)
{
	static const struct answer ok[] = { { 200, NULL, "" } };
	struct fixture *f = *state;
	const char *url, *sent = script.requests[0];

	use_s3(f);
	f->config.aws_session_token = "session-not-a-secret";
	answers(f, ok, 1);
	assert_true(put(f, store_new(f->ctx, &f->config), &url));
	has(sent, mem_printf(f->ctx, "PUT %s HTTP/1.1\r\n", url + strlen(f->url)));
	has(sent, "\r\ncontent-type: image/png\r\n");
	has(sent, "\r\nx-amz-acl: public-read\r\n");
	has(sent, "\r\nx-amz-security-token: session-not-a-secret\r\n");
	has(sent, "SignedHeaders=content-type;host;x-amz-acl;x-amz-content-sha256;x-amz-date;"
		  "x-amz-security-token, Signature=");
	has(sent, "Credential=AKIDEXAMPLE/");
	has(sent, "/us-east-1/s3/aws4_request");
	has(sent, "\r\n\r\nnot a PNG");
	assert_null(strstr(sent, "aws-not-a-secret"));
}

static void test_s3_without_acl(void **state)
{
	static const struct answer refuses[] = { { 400, NULL, NO_ACL }, { 200, NULL, "" } };
	struct fixture *f = *state;
	const char *url;

	use_s3(f);
	struct store *s = store_new(f->ctx, &f->config);
	answers(f, refuses, COUNT(refuses));
	assert_true(put(f, s, &url));
	has(script.requests[0], "x-amz-acl");
	assert_null(strcasestr(script.requests[1], "x-amz-acl"));
	assert_true(put(f, s, &url)); /* and it is known from then on */
	assert_null(strcasestr(script.requests[2], "x-amz-acl"));
	assert_int_equal(f->s->n_requests, 3);
}

static void test_azure(void **state)
{
	static const struct answer ok[] = { { 201, NULL, "" } };
	struct fixture *f = *state;
	const char *url, *sent = script.requests[0];

	use_azure(f);
	answers(f, ok, 1);
	assert_true(put(f, store_new(f->ctx, &f->config), &url));
	has(sent, "PUT /acme/pictures/lookerbot/");
	has(sent, "\r\nx-ms-blob-type: BlockBlob\r\n");
	has(sent, "\r\ncontent-type: image/png\r\n");
	has(sent, "\r\nauthorization: SharedKey acme:");
}

/* --- what goes wrong --- */

enum { S3, AZURE, GOOGLE };

static void test_refusals(void **state)
{
	static const struct {
		int store, status;
		const char *code;
		enum err_kind kind;
		const char *words;
	} cases[] = {
		{ S3, 403, "InvalidAccessKeyId", ERR_AUTH, "AWS_ACCESS_KEY_ID" },
		{ S3, 403, "SignatureDoesNotMatch", ERR_AUTH, "AWS_SECRET_ACCESS_KEY" },
		{ S3, 400, "ExpiredToken", ERR_AUTH, "AWS_SESSION_TOKEN" },
		{ S3, 403, "AccessDenied", ERR_FORBIDDEN, "s3:PutObject" },
		{ S3, 404, "NoSuchBucket", ERR_NOT_FOUND, "SLACKBOT_S3_BUCKET" },
		{ S3, 301, "PermanentRedirect", ERR_BAD_INPUT, "SLACKBOT_S3_BUCKET_REGION" },
		{ S3, 503, "SlowDown", ERR_TEMPORARY, "fewer" },
		{ S3, 500, "", ERR_TEMPORARY, "status 500" },
		{ S3, 418, "<b>", ERR_BAD_INPUT, "did not take the picture (status 418)" },
		{ S3, 302, "", ERR_BAD_REPLY, "status 302" },
		{ AZURE, 403, "AuthenticationFailed", ERR_AUTH, "AZURE_STORAGE_ACCESS_KEY" },
		{ AZURE, 404, "ContainerNotFound", ERR_NOT_FOUND, "SLACKBOT_AZURE_CONTAINER" },
		{ AZURE, 403, "SomethingNew", ERR_FORBIDDEN, "SomethingNew" },
		{ AZURE, 503, "ServerBusy", ERR_TEMPORARY, "ServerBusy" },
		{ GOOGLE, 403, "AccessDenied", ERR_FORBIDDEN, "Storage Object Creator" },
		{ GOOGLE, 404, "NoSuchBucket", ERR_NOT_FOUND, "GOOGLE_CLOUD_BUCKET" },
	};
	static void (*const use[])(struct fixture *) = { use_s3, use_azure, use_google };
	struct fixture *f = *state;
	const char *url;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct answer list[] = {
			{ 200, NULL, TOKEN_JSON },
			{ cases[i].status, NULL,
			  mem_printf(f->ctx,
				     "<Error><Code>%s</Code><AWSAccessKeyId>hush</"
				     "AWSAccessKeyId></Error>",
				     cases[i].code) },
		};
		memset(&f->config, 0, sizeof(f->config));
		f->config.s3_region = "us-east-1";
		use[cases[i].store](f);
		bool google = cases[i].store == GOOGLE;
		answers(f, google ? list : list + 1, google ? 2 : 1);
		assert_false(put(f, store_new(f->ctx, &f->config), &url));
		if (f->e.kind != cases[i].kind)
			fail_msg("%s: %s: %s", cases[i].code, err_kind_name(f->e.kind), f->e.text);
		has(f->e.text, cases[i].words);
		assert_null(strstr(f->e.text, "hush"));
		assert_null(strstr(f->e.text, "lookerbot/"));
	}
}

static void test_no_keys(void **state)
{
	struct fixture *f = *state;
	const char *url;

	use_s3(f);
	f->config.aws_secret_access_key = NULL;
	assert_false(put(f, store_new(f->ctx, &f->config), &url));
	assert_int_equal(f->e.kind, ERR_AUTH);
	has(f->e.text, "AWS_SECRET_ACCESS_KEY is not set");
	f->config.s3_bucket = NULL;
	use_azure(f);
	f->config.azure_key = "no base64!";
	assert_false(put(f, store_new(f->ctx, &f->config), &url));
	assert_int_equal(f->e.kind, ERR_AUTH);
	assert_int_equal(f->s->n_requests, 0);
}

static void test_down(void **state)
{
	static const struct answer dead[] = { { 0, NULL, "" } };
	struct fixture *f = *state;
	const char *url;

	use_s3(f);
	answers(f, dead, 1);
	assert_false(put(f, store_new(f->ctx, &f->config), &url));
	assert_int_equal(f->e.kind, ERR_UNKNOWN);
	has(f->e.text, "Amazon S3: ");
	f->config.s3_endpoint = "http://127.0.0.1:1"; /* nobody listens there */
	assert_false(put(f, store_new(f->ctx, &f->config), &url));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
}

/* --- what a stranger gets --- */

static void test_readable(void **state)
{
	static const struct {
		struct answer answer;
		bool known, readable;
	} cases[] = {
		{ { 200, NULL, "not a PNG" }, true, true },
		{ { 200, NULL, "<html>log in" }, true, false },
		{ { 403, NULL, "" }, true, false },
		{ { 302, "Location: /login\r\n", "" }, true, false },
		{ { 404, NULL, "" }, true, false },
		{ { 503, NULL, "" }, false, false },
		{ { 0, NULL, "" }, false, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool readable = !cases[i].readable;
		answers(f, &cases[i].answer, 1);
		assert_int_equal(store_is_readable(f->ctx, clock_deadline_ms(10000), f->url,
						   &picture, &readable, &f->e),
				 cases[i].known);
		if (cases[i].known)
			assert_int_equal(readable, cases[i].readable);
		assert_null(strcasestr(script.requests[0], "authorization"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_which),    TEST(test_addresses), TEST(test_name),
		TEST(test_s3),	     TEST(test_azure),	   TEST(test_s3_without_acl),
		TEST(test_refusals), TEST(test_no_keys),   TEST(test_down),
		TEST(test_readable),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

/* Signatures against Amazon's own examples, Azure's text to sign, and a token that the public key
 * must verify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include "base/mem.h"
#include "store/sign.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAY_24_2013 1369353600
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static TALLOC_CTX *ctx;

static int set_up(void **state)
{
	(void)state;
	ctx = mem_ctx(NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	talloc_free(ctx);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* docs.aws.amazon.com, "Examples: Signature Calculations in AWS Signature Version 4". */
static const struct sign_aws_key example_key = {
	.id = "AKIAIOSFODNN7EXAMPLE",
	.secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	.region = "us-east-1",
	.service = "s3",
};

#define SCOPE                                                                                      \
	"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "

static void test_aws_put(void **state)
{
	static const char body[] = "Welcome to Amazon S3.";
	char digest[SIGN_SHA256_HEX_BYTES];
	const struct http_header headers[] = {
		{ "date", "Fri, 24 May 2013 00:00:00 GMT" },
		{ "host", "examplebucket.s3.amazonaws.com" },
		{ "x-amz-content-sha256", digest },
		{ "x-amz-date", "20130524T000000Z" },
		{ "x-amz-storage-class", "REDUCED_REDUNDANCY" },
	};
	struct sign_request rq = { "PUT",  "/test%24file.text", "", headers, COUNT(headers),
				   digest, MAY_24_2013 };

	(void)state;
	sign_sha256(body, strlen(body), digest);
	assert_string_equal(digest,
			    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
	assert_string_equal(
		sign_aws(ctx, &example_key, &rq), SCOPE
		"SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
		"Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

static void test_aws_get(void **state)
{
	const struct http_header object[] = {
		{ "host", "examplebucket.s3.amazonaws.com" },
		{ "range", "bytes=0-9" },
		{ "x-amz-content-sha256", EMPTY_SHA256 },
		{ "x-amz-date", "20130524T000000Z" },
	};
	const struct http_header list[] = {
		{ "host", "examplebucket.s3.amazonaws.com" },
		{ "x-amz-content-sha256", EMPTY_SHA256 },
		{ "x-amz-date", "20130524T000000Z" },
	};
	struct sign_request rq = { "GET",	  "/test.txt",	"",	    object,
				   COUNT(object), EMPTY_SHA256, MAY_24_2013 };

	(void)state;
	assert_string_equal(
		sign_aws(ctx, &example_key, &rq),
		SCOPE "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
		      "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
	rq = (struct sign_request){ "GET",	"/",	     "max-keys=2&prefix=J",
				    list,	COUNT(list), EMPTY_SHA256,
				    MAY_24_2013 };
	assert_string_equal(
		sign_aws(ctx, &example_key, &rq),
		SCOPE "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
		      "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void test_times(void **state)
{
	(void)state;
	assert_string_equal(sign_time_basic(ctx, MAY_24_2013), "20130524T000000Z");
	assert_string_equal(sign_time_http(ctx, MAY_24_2013), "Fri, 24 May 2013 00:00:00 GMT");
}

static const struct http_header azure_headers[] = {
	{ "content-type", "image/png" },
	{ "x-ms-blob-type", "BlockBlob" },
	{ "x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT" },
	{ "x-ms-version", "2021-08-06" },
};

static void test_azure(void **state)
{
	const struct sign_request rq = { .method = "PUT",
					 .path = "/mycontainer/lookerbot/x.png",
					 .headers = azure_headers,
					 .n_headers = COUNT(azure_headers) };
	const char *text = sign_azure_text(ctx, "myaccount", &rq, 11), *authorization = NULL;
	struct err e;

	(void)state;
	/* The eleven lines behind the method, as the page lists them. */
	assert_string_equal(text, "PUT\n"
				  "\n\n" /* encoding, language */
				  "11\n"
				  "\n" /* MD5 */
				  "image/png\n"
				  "\n"	       /* date: x-ms-date counts */
				  "\n\n\n\n\n" /* conditions, range */
				  "x-ms-blob-type:BlockBlob\n"
				  "x-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
				  "x-ms-version:2021-08-06\n"
				  "/myaccount/mycontainer/lookerbot/x.png");
	/* The signature was made with another program (openssl dgst -sha256 -hmac). */
	assert_true(sign_azure(ctx, "myaccount", "bm90LWEtc2VjcmV0", text, &authorization, &e));
	assert_string_equal(authorization,
			    "SharedKey myaccount:lSV6kgRr/SCN9dNIXksDgccVUh1urNeM6EreLaAECvw=");
	assert_false(sign_azure(ctx, "myaccount", "no base64!", text, &authorization, &e));
	assert_int_equal(e.kind, ERR_AUTH);
	assert_non_null(strstr(e.text, "AZURE_STORAGE_ACCESS_KEY"));
	assert_null(strstr(e.text, "no base64!"));
	assert_false(sign_azure(ctx, "myaccount", "", text, &authorization, &e));
}

static char *pem_of(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	size_t len = (size_t)BIO_get_mem_data(bio, &data);
	char *pem = mem_strndup(ctx, data, len);
	BIO_free(bio);
	return pem;
}

static size_t decode(const char *text, size_t len, unsigned char *ret, size_t size)
{
	size_t n = 0;

	assert_int_equal(sodium_base642bin(ret, size, text, len, NULL, &n, NULL,
					   sodium_base64_VARIANT_URLSAFE_NO_PADDING),
			 0);
	return n;
}

static void test_jwt(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char bytes[1024];
	const char *jwt = NULL;
	struct err e;

	(void)state;
	assert_true(
		sign_jwt(ctx, pem_of(key), "{\"alg\":\"RS256\"}", "{\"iss\":\"a?b>c\"}", &jwt, &e));
	const char *first = strchr(jwt, '.'), *last = strrchr(jwt, '.');
	size_t len = decode(jwt, (size_t)(first - jwt), bytes, sizeof(bytes));
	assert_int_equal(len, strlen("{\"alg\":\"RS256\"}"));
	assert_memory_equal(bytes, "{\"alg\":\"RS256\"}", len);
	len = decode(first + 1, (size_t)(last - first - 1), bytes, sizeof(bytes));
	assert_memory_equal(bytes, "{\"iss\":\"a?b>c\"}", len);
	len = decode(last + 1, strlen(last + 1), bytes, sizeof(bytes));
	assert_int_equal(EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(
		EVP_DigestVerify(md, bytes, len, (const unsigned char *)jwt, (size_t)(last - jwt)),
		1);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
}

static void test_jwt_bad_keys(void **state)
{
	EVP_PKEY *curve = EVP_EC_gen("P-256"), *rsa = EVP_RSA_gen(2048);
	char *cut = pem_of(rsa);
	mem_truncate(cut, strlen(cut) / 2);
	const char *const keys[] = { "", "not-a-secret", cut, pem_of(curve) };
	const char *jwt = NULL;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_false(sign_jwt(ctx, keys[i], "{}", "{}", &jwt, &e));
		assert_int_equal(e.kind, ERR_AUTH);
		assert_non_null(strstr(e.text, "GOOGLE_CLOUD_CREDENTIALS_JSON"));
	}
	EVP_PKEY_free(curve);
	EVP_PKEY_free(rsa);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_aws_put), TEST(test_aws_get), TEST(test_times),
		TEST(test_azure),   TEST(test_jwt),	TEST(test_jwt_bad_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

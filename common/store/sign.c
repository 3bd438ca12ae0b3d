/*
 * Signatures by libcrypto's HMAC and RSA and libsodium's base64. Which headers are signed is the
 * caller's choice.
 */
#include "store/sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <sodium.h>

#include "base/mem.h"

#define MAC_BYTES SHA256_DIGEST_LENGTH
#define AZURE_KEY_MAX_BYTES 512
#define TIME_MAX_BYTES 64

static void hmac(const void *key, size_t key_len, const char *text, unsigned char ret[MAC_BYTES])
{
	unsigned int len = MAC_BYTES;

	if (!HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), ret,
		  &len))
		die("libcrypto has no HMAC-SHA-256");
}

static void hex(const unsigned char bytes[MAC_BYTES], char ret[SIGN_SHA256_HEX_BYTES])
{
	sodium_bin2hex(ret, SIGN_SHA256_HEX_BYTES, bytes, MAC_BYTES);
}

void sign_sha256(const char *bytes, size_t len, char ret[SIGN_SHA256_HEX_BYTES])
{
	unsigned char digest[MAC_BYTES];

	SHA256((const unsigned char *)bytes, len, digest);
	hex(digest, ret);
}

static struct tm utc(int64_t unix_s)
{
	time_t t = (time_t)unix_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		die("no time for a signature");
	return tm;
}

char *sign_time_basic(TALLOC_CTX *ctx, int64_t unix_s)
{
	struct tm tm = utc(unix_s);
	char text[TIME_MAX_BYTES];

	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
	return mem_strdup(ctx, text);
}

/* The programs never call setlocale, so the names are English. */
char *sign_time_http(TALLOC_CTX *ctx, int64_t unix_s)
{
	struct tm tm = utc(unix_s);
	char text[TIME_MAX_BYTES];

	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return mem_strdup(ctx, text);
}

/* "content-type;host;x-amz-date" */
static char *names_of(TALLOC_CTX *ctx, const struct sign_request *rq)
{
	char *names = mem_strdup(ctx, "");

	for (size_t i = 0; i < rq->n_headers; i++)
		mem_appendf(&names, "%s%s", i > 0 ? ";" : "", rq->headers[i].name);
	return names;
}

static char *canonical(TALLOC_CTX *ctx, const struct sign_request *rq, const char *names)
{
	char *text = mem_printf(ctx, "%s\n%s\n%s\n", rq->method, rq->path, rq->query);

	for (size_t i = 0; i < rq->n_headers; i++)
		mem_appendf(&text, "%s:%s\n", rq->headers[i].name, rq->headers[i].value);
	mem_appendf(&text, "\n%s\n%s", names, rq->sha256);
	return text;
}

/* The key of one day, region and service. */
static void aws_day_key(TALLOC_CTX *ctx, const struct sign_aws_key *key, const char *day,
			unsigned char ret[MAC_BYTES])
{
	char *secret = mem_printf(ctx, "AWS4%s", key->secret);
	const char *const parts[] = { key->region, key->service, "aws4_request" };
	unsigned char next[MAC_BYTES];

	hmac(secret, strlen(secret), day, ret);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		hmac(ret, MAC_BYTES, parts[i], next);
		memcpy(ret, next, MAC_BYTES);
	}
	explicit_bzero(secret, strlen(secret));
	explicit_bzero(next, sizeof(next));
}

char *sign_aws(TALLOC_CTX *ctx, const struct sign_aws_key *key, const struct sign_request *rq)
{
	const char *when = sign_time_basic(ctx, rq->unix_s), *day = mem_strndup(ctx, when, 8);
	const char *names = names_of(ctx, rq), *text = canonical(ctx, rq, names);
	const char *scope =
		mem_printf(ctx, "%s/%s/%s/aws4_request", day, key->region, key->service);
	unsigned char mac[MAC_BYTES], day_key[MAC_BYTES];
	char digest[SIGN_SHA256_HEX_BYTES];

	sign_sha256(text, strlen(text), digest);
	const char *to_sign = mem_printf(ctx, "AWS4-HMAC-SHA256\n%s\n%s\n%s", when, scope, digest);
	aws_day_key(ctx, key, day, day_key);
	hmac(day_key, sizeof(day_key), to_sign, mac);
	explicit_bzero(day_key, sizeof(day_key));
	hex(mac, digest);
	return mem_printf(ctx, "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
			  key->id, scope, names, digest);
}

char *sign_azure_text(TALLOC_CTX *ctx, const char *account, const struct sign_request *rq,
		      size_t content_len)
{
	const char *type = "";
	char *ms = mem_strdup(ctx, "");

	for (size_t i = 0; i < rq->n_headers; i++) {
		const struct http_header *h = &rq->headers[i];
		if (strcmp(h->name, "content-type") == 0)
			type = h->value;
		else if (strncmp(h->name, "x-ms-", 5) == 0)
			mem_appendf(&ms, "%s:%s\n", h->name, h->value);
	}
	/* Content-Encoding, -Language, -Length, -MD5, -Type, Date, four conditions, Range. */
	return mem_printf(ctx, "%s\n\n\n%zu\n\n%s\n\n\n\n\n\n\n%s/%s%s", rq->method, content_len,
			  type, ms, account, rq->path);
}

bool sign_azure(TALLOC_CTX *ctx, const char *account, const char *key, const char *text,
		const char **ret, struct err *e)
{
	unsigned char raw[AZURE_KEY_MAX_BYTES], mac[MAC_BYTES];
	char signature[sodium_base64_ENCODED_LEN(MAC_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	size_t len = 0;

	if (sodium_base642bin(raw, sizeof(raw), key, strlen(key), " \r\n", &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    len == 0)
		return err_set(e, ERR_AUTH,
			       "AZURE_STORAGE_ACCESS_KEY is no key of an Azure account: it is not "
			       "base64");
	hmac(raw, len, text, mac);
	explicit_bzero(raw, sizeof(raw));
	sodium_bin2base64(signature, sizeof(signature), mac, sizeof(mac),
			  sodium_base64_VARIANT_ORIGINAL);
	*ret = mem_printf(ctx, "SharedKey %s:%s", account, signature);
	return true;
}

/* --- JSON Web Tokens --- */

static char *base64url(TALLOC_CTX *ctx, const void *bytes, size_t len)
{
	size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *buffer = mem_array(ctx, char, size);

	return sodium_bin2base64(buffer, size, bytes, len,
				 sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static int no_password(char *buffer, int size, int writing, void *user)
{
	(void)buffer, (void)size, (void)writing, (void)user;
	return 0; /* libcrypto would ask the terminal for one */
}

static EVP_PKEY *read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

	BIO_free(bio);
	if (key && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static bool rsa_sign(TALLOC_CTX *ctx, EVP_PKEY *key, const char *text, unsigned char **ret,
		     size_t *ret_len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t len = (size_t)EVP_PKEY_get_size(key);
	unsigned char *signature = mem_array(ctx, unsigned char, len);
	bool ok =
		md && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
		EVP_DigestSign(md, signature, &len, (const unsigned char *)text, strlen(text)) == 1;

	EVP_MD_CTX_free(md);
	*ret = signature;
	*ret_len = len;
	return ok;
}

bool sign_jwt(TALLOC_CTX *ctx, const char *private_key, const char *header, const char *claims,
	      const char **ret, struct err *e)
{
	char *text = mem_printf(ctx, "%s.%s", base64url(ctx, header, strlen(header)),
				base64url(ctx, claims, strlen(claims)));
	EVP_PKEY *key = read_key(private_key);
	unsigned char *signature = NULL;
	size_t len = 0;
	bool ok = key && rsa_sign(ctx, key, text, &signature, &len);

	EVP_PKEY_free(key);
	if (!ok)
		return err_set(e, ERR_AUTH,
			       "the private_key in GOOGLE_CLOUD_CREDENTIALS_JSON is no RSA key; "
			       "paste the whole key file of the service account");
	*ret = mem_printf(ctx, "%s.%s", text, base64url(ctx, signature, len));
	return true;
}

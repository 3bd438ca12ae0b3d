/*
 * Signatures: line 1 is X-Slack-Request-Timestamp, line 2 X-Slack-Signature, the rest the body.
 * Accepted is only what was signed with one of the secrets, and what was signed is accepted.
 */
#include "slack/verify.h"

#include <sodium.h>

#include "base/mem.h"
#include "fuzz.h"

#define NOW_S 1700000000
#define NOW_MS (NOW_S * INT64_C(1000))
#define MAC_BYTES crypto_auth_hmacsha256_BYTES

static const char *const secrets[] = { NULL, "8f742231b10e8888abcd99yyyzzz85a5", "" };

/* A second way to the signature: of the whole message at once. */
static char *sign(TALLOC_CTX *ctx, const char *timestamp, const char *body, size_t len)
{
	unsigned char mac[MAC_BYTES];
	char hex[MAC_BYTES * 2 + 1];
	crypto_auth_hmacsha256_state st;
	char *message = mem_printf(ctx, "v0:%s:", timestamp);
	mem_append_n(&message, body, len);
	crypto_auth_hmacsha256_init(&st, (const unsigned char *)secrets[1], strlen(secrets[1]));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)message,
				      strlen(timestamp) + 4 + len);
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_bin2hex(hex, sizeof(hex), mac, MAC_BYTES);
	return mem_printf(ctx, "v0=%s", hex);
}

static bool in_window(const char *timestamp)
{
	if (timestamp[0] == '\0' || timestamp[strspn(timestamp, "0123456789")] != '\0')
		return false;
	timestamp += strspn(timestamp, "0");
	if (strlen(timestamp) > 15)
		return false;
	long long off = strtoll(timestamp, NULL, 10) - NOW_S;
	return off >= -SLACK_VERIFY_WINDOW_S && off <= SLACK_VERIFY_WINDOW_S;
}

static bool accepts(const char *timestamp, const char *signature, const char *body, size_t len)
{
	struct err e;
	if (slack_verify_signature(secrets, 3, timestamp, signature, body, len, NOW_MS, &e))
		return true;
	FUZZ_CHECK(e.kind == ERR_AUTH && e.text[0] != '\0');
	FUZZ_CHECK(strstr(e.text, secrets[1]) == NULL);
	return false;
}

/* Takes a line off the input. */
static char *take_line(TALLOC_CTX *ctx, const char **data, size_t *size)
{
	const char *end = memchr(*data, '\n', *size);
	size_t len = end ? (size_t)(end - *data) : *size;
	char *line = mem_strndup(ctx, len ? *data : "", len);
	*data += len + (end != NULL);
	*size -= len + (end != NULL);
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	const char *body = size ? (const char *)data : "";
	FUZZ_CHECK(sodium_init() >= 0);
	char *timestamp = take_line(ctx, &body, &size);
	char *signature = take_line(ctx, &body, &size);
	char *right = sign(ctx, timestamp, body, size);
	bool fresh = in_window(timestamp);
	struct err e;

	FUZZ_CHECK(accepts(timestamp, right, body, size) == fresh);
	FUZZ_CHECK(accepts(timestamp, signature, body, size) ==
		   (fresh && strncmp(signature, "v0=", 3) == 0 &&
		    strcasecmp(signature + 3, right + 3) == 0));
	right[3 + (size_t)(data ? size % 64 : 0)] ^= 1; /* still hex, or no hex any more */
	FUZZ_CHECK(!accepts(timestamp, right, body, size));
	FUZZ_CHECK(!accepts(NULL, right, body, size) && !accepts(timestamp, NULL, body, size));
	FUZZ_CHECK(slack_verify_token(secrets, 3, signature, &e) ==
		   (strcmp(signature, secrets[1]) == 0));
	talloc_free(ctx);
	return 0;
}

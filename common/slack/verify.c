/*
 * Whether a request came from Slack: the v0 signature over timestamp and raw body, and the old
 * verification token. It reads no headers and no form; an empty secret never verifies anything.
 */
#include "slack/verify.h"

#include <sodium.h>

#include "base/text.h"

#define SIGNATURE_PREFIX "v0="
#define MAC_BYTES crypto_auth_hmacsha256_BYTES

static bool usable(const char *secret)
{
	return secret && *secret;
}

static bool any_usable(const char *const *secrets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (usable(secrets[i]))
			return true;
	}
	return false;
}

/* Seconds since 1970, digits only: text_to_int() alone would take a sign. */
static bool read_timestamp(const char *timestamp, int64_t *ret_s)
{
	return timestamp && timestamp[strspn(timestamp, "0123456789")] == '\0' &&
	       text_to_int(timestamp, 0, INT64_MAX / 1000, ret_s);
}

static bool read_signature(const char *signature, unsigned char mac[MAC_BYTES])
{
	size_t prefix = strlen(SIGNATURE_PREFIX), got = 0;
	if (!signature || strncmp(signature, SIGNATURE_PREFIX, prefix) != 0)
		return false;
	const char *hex = signature + prefix;
	return strlen(hex) == MAC_BYTES * 2 &&
	       sodium_hex2bin(mac, MAC_BYTES, hex, MAC_BYTES * 2, NULL, &got, NULL) == 0 &&
	       got == MAC_BYTES;
}

/* Slack's secret is used as text, not as the hex number that it looks like. */
static void sign(const char *secret, const char *timestamp, const char *body, size_t len,
		 unsigned char mac[MAC_BYTES])
{
	crypto_auth_hmacsha256_state st;
	crypto_auth_hmacsha256_init(&st, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)"v0:", 3);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)timestamp, strlen(timestamp));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)":", 1);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)body, len);
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_memzero(&st, sizeof(st));
}

static bool check_age(int64_t then_s, int64_t now_ms, struct err *e)
{
	int64_t off_s = now_ms / 1000 - then_s;
	if (off_s >= -SLACK_VERIFY_WINDOW_S && off_s <= SLACK_VERIFY_WINDOW_S)
		return true;
	return err_set(e, ERR_AUTH,
		       "the request's timestamp is %lld s %s this machine's clock: a repeated "
		       "request, or check the clock (NTP)",
		       (long long)(off_s < 0 ? -off_s : off_s), off_s < 0 ? "ahead of" : "behind");
}

bool slack_verify_signature(const char *const *secrets, size_t n, const char *timestamp,
			    const char *signature, const char *body, size_t len, int64_t now_ms,
			    struct err *e)
{
	unsigned char given[MAC_BYTES], ours[MAC_BYTES];
	int64_t then_s = 0;
	if (!any_usable(secrets, n))
		return err_set(e, ERR_AUTH, "no signing secret is configured");
	if (!timestamp || !signature)
		return err_set(e, ERR_AUTH, "the request is not signed (no X-Slack-Signature)");
	if (!read_timestamp(timestamp, &then_s))
		return err_set(e, ERR_AUTH, "X-Slack-Request-Timestamp is not a time");
	if (!check_age(then_s, now_ms, e))
		return false;
	if (!read_signature(signature, given))
		return err_set(e, ERR_AUTH, "X-Slack-Signature is not a v0 signature");
	/* All secrets, whatever the first said: the time must not tell which one is in use. */
	bool equal = false;
	for (size_t i = 0; i < n; i++) {
		if (!usable(secrets[i]))
			continue;
		sign(secrets[i], timestamp, body ? body : "", body ? len : 0, ours);
		equal |= sodium_memcmp(given, ours, MAC_BYTES) == 0;
	}
	if (!equal)
		return err_set(e, ERR_AUTH,
			       "the signature does not fit: compare the signing secret with the "
			       "app's page (Basic Information, App Credentials)");
	return true;
}

bool slack_verify_token(const char *const *tokens, size_t n, const char *token, struct err *e)
{
	unsigned char given[crypto_hash_sha256_BYTES], ours[crypto_hash_sha256_BYTES];
	if (!any_usable(tokens, n))
		return err_set(e, ERR_AUTH, "no verification token is configured");
	if (!usable(token))
		return err_set(e, ERR_AUTH, "the request has no verification token");
	/* Hashes are compared, because they have one length: the time tells nothing. */
	crypto_hash_sha256(given, (const unsigned char *)token, strlen(token));
	bool equal = false;
	for (size_t i = 0; i < n; i++) {
		if (!usable(tokens[i]))
			continue;
		crypto_hash_sha256(ours, (const unsigned char *)tokens[i], strlen(tokens[i]));
		equal |= sodium_memcmp(given, ours, sizeof(given)) == 0;
	}
	if (!equal)
		return err_set(
			e, ERR_AUTH,
			"the verification token does not fit: compare it with the app's page");
	return true;
}

/*
 * One request of the load generator: a slash command as Slack sends it, with a channel and a
 * trigger_id of its own and a fresh signature, or a GET with the same headers.
 */
#include "load.h"

#include <err.h>
#include <sodium.h>

#define BODY_MAX_BYTES 2048

/* clang-format off */
static const char body_format[] =
	"token=bench-verification-token&team_id=T0001&team_domain=acme&channel_id=CB%09lld"
	"&channel_name=sales&user_id=U0001&user_name=ada&command=%%2Flooker&text=%s"
	"&api_app_id=A0001&is_enterprise_install=false"
	"&response_url=http%%3A%%2F%%2F127.0.0.1%%3A%lld%%2Fhooks%%2FCB%09lld"
	"&trigger_id=%lld.%lld.0123456789abcdef0123456789abcdef";

static const char head_format[] =
	"%s %s HTTP/1.1\r\n"
	"Host: 127.0.0.1\r\n"
	"User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
	"Accept: application/json,*/*\r\n"
	"X-Slack-Signature: v0=%s\r\n"
	"X-Slack-Request-Timestamp: %lld\r\n"
	"%s"
	"\r\n";
/* clang-format on */

static void sign(const struct load_options *o, long long now_s, const char *body, size_t len,
		 char hex[crypto_auth_hmacsha256_BYTES * 2 + 1])
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state st;
	char begin[32];
	int n = snprintf(begin, sizeof(begin), "v0:%lld:", now_s);

	crypto_auth_hmacsha256_init(&st, (const unsigned char *)o->secret, strlen(o->secret));
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)begin, (unsigned long long)n);
	crypto_auth_hmacsha256_update(&st, (const unsigned char *)body, len);
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_bin2hex(hex, crypto_auth_hmacsha256_BYTES * 2 + 1, mac, sizeof(mac));
}

static long long now_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

size_t load_request(const struct load_options *o, int64_t n, char buf[LOAD_REQUEST_MAX_BYTES])
{
	char hex[crypto_auth_hmacsha256_BYTES * 2 + 1], body[BODY_MAX_BYTES], type[128] = "";
	long long number = o->first + n, stamp = now_s();
	int body_len = snprintf(body, sizeof(body), body_format, number, o->text,
				(long long)o->hook_port, number, number, stamp);
	int head_len;

	sign(o, stamp, body, (size_t)body_len, hex);
	if (o->get)
		body_len = 0;
	else
		(void)snprintf(type, sizeof(type),
			       "Content-Type: application/x-www-form-urlencoded\r\n"
			       "Content-Length: %d\r\n",
			       body_len);
	head_len = snprintf(buf, LOAD_REQUEST_MAX_BYTES, head_format, o->get ? "GET" : "POST",
			    o->path, hex, stamp, type);
	if (body_len >= BODY_MAX_BYTES || head_len + body_len >= LOAD_REQUEST_MAX_BYTES)
		errx(1, "the request is too long");
	memcpy(buf + head_len, body, (size_t)body_len);
	return (size_t)(head_len + body_len);
}

/* The bytes of the fake Socket Mode: the handshake's key, frames, and an event as Slack sends it.
 */
#include "slack_ws.h"

#include <err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, 1.3 */
#define KEY_MAX_BYTES 64
#define TIME_S 1764000000
/* An envelope's id: then the attempt and the number, in hexadecimal. */
#define ENVELOPE "cda4159a-72a5-4744-aba3-"
#define FIN 0x80
#define MASKED 0x80
#define EVENTS_PER_S 1000 /* of the time that the events' ts show */

#define EVENT                                                                                      \
	"{\"envelope_id\":\"%s\",\"payload\":{\"token\":\"not-a-token\",\"team_id\":\"T0001\","    \
	"\"api_app_id\":\"A0001\",\"event\":{"                                                     \
	"\"client_msg_id\":\"f0582a78-72db-4feb-b2f3-%012zx\",\"type\":\"app_mention\","           \
	"\"text\":\"<@U0BOT> sales EMEA\",\"user\":\"U0001\",\"ts\":\"%s\",\"team\":\"T0001\","    \
	"\"blocks\":[{\"type\":\"rich_text\",\"block_id\":\"Sesm\",\"elements\":[{"                \
	"\"type\":\"rich_text_section\",\"elements\":[{\"type\":\"user\",\"user_id\":\"U0BOT\"},"  \
	"{\"type\":\"text\",\"text\":\" sales EMEA\"}]}]}],\"channel\":\"CB%09zu\","               \
	"\"event_ts\":\"%s\"},\"type\":\"event_callback\",\"event_id\":\"EvB%08zu\","              \
	"\"event_time\":%zu,\"authorizations\":[{\"enterprise_id\":null,\"team_id\":\"T0001\","    \
	"\"user_id\":\"U0BOT\",\"is_bot\":true,\"is_enterprise_install\":false}],"                 \
	"\"is_ext_shared_channel\":false,\"event_context\":\"4-app_mention-T0001-CB%09zu\"},"      \
	"\"type\":\"events_api\",\"accepts_response_payload\":false,\"retry_attempt\":%u,"         \
	"\"retry_reason\":\"%s\"}"

void slack_ws_accept(const char *key, size_t len, char ret[32])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	char text[KEY_MAX_BYTES + sizeof(GUID)];
	unsigned hash_len;

	if (len > KEY_MAX_BYTES)
		errx(1, "a handshake's key of %zu bytes", len);
	(void)snprintf(text, sizeof(text), "%.*s%s", (int)len, key, GUID);
	if (EVP_Digest(text, strlen(text), hash, &hash_len, EVP_sha1(), NULL) != 1)
		errx(1, "no SHA-1");
	(void)EVP_EncodeBlock((unsigned char *)ret, hash, (int)hash_len);
}

size_t slack_ws_head(char *buf, int opcode, size_t len)
{
	buf[0] = (char)(FIN | opcode);
	if (len < 126) {
		buf[1] = (char)len;
		return 2;
	}
	buf[1] = 126;
	buf[2] = (char)(len >> 8);
	buf[3] = (char)(len & 0xff);
	return 4;
}

bool slack_ws_parse(struct upstream_conn *c, struct slack_ws_frame *ret)
{
	const unsigned char *in = (const unsigned char *)c->in, *mask;
	size_t head = 2, len;

	if (c->len < head)
		return false;
	len = in[1] & 0x7f;
	if (!(in[1] & MASKED) || (in[0] & 0xf0) != FIN || len == 127)
		errx(1, "a frame that begins with %02x %02x", in[0], in[1]);
	if (len == 126) {
		head = 4;
		if (c->len < head)
			return false;
		len = (size_t)in[2] << 8 | in[3];
	}
	mask = in + head;
	if (c->len < head + 4 + len)
		return false;
	*ret = (struct slack_ws_frame){ in[0] & 0x0f, c->in + head + 4, len, head + 4 + len };
	for (size_t i = 0; i < len; i++)
		ret->data[i] ^= (char)mask[i % 4];
	return true;
}

size_t slack_ws_event(char buf[SLACK_WS_EVENT_MAX_BYTES], size_t n, unsigned attempt)
{
	char id[64], ts[32], *text = buf + SLACK_WS_HEAD_MAX_BYTES;
	size_t time_s = TIME_S + n / EVENTS_PER_S;

	(void)snprintf(id, sizeof(id), ENVELOPE "%04x%08zx", attempt & 0xffff, n);
	(void)snprintf(ts, sizeof(ts), "%zu.%06zu", time_s, n % EVENTS_PER_S * 100);
	int len = snprintf(text, SLACK_WS_EVENT_MAX_BYTES - SLACK_WS_HEAD_MAX_BYTES, EVENT, id, n,
			   ts, n, ts, n, time_s, n, attempt - 1, attempt > 1 ? "timeout" : "");
	if (len < 126 || len >= SLACK_WS_EVENT_MAX_BYTES - SLACK_WS_HEAD_MAX_BYTES)
		errx(1, "an event of %d bytes", len);
	return slack_ws_head(buf, SLACK_WS_TEXT, (size_t)len) + (size_t)len;
}

bool slack_ws_ack(const char *text, size_t *ret_n, unsigned *ret_attempt)
{
	const char *id = strstr(text, ENVELOPE);

	return id && sscanf(id + strlen(ENVELOPE), "%4x%8zx", ret_attempt, ret_n) == 2;
}

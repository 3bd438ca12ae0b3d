/*
 * The answer to a WebSocket handshake: who is taken in has said 101 and the right key, and every
 * refusal is an error that fits the status.
 */
#include "net/ws_handshake.h"

#include "base/text.h"
#include "fuzz.h"

/* The example of RFC 6455, 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define HOST "slack.test"
#define STATUS_AT 9

static bool has(const char *block, size_t len, const char *text)
{
	return memmem(block, len, text, strlen(text)) != NULL;
}

static void check_block(const char *block, size_t len)
{
	struct err e = { 0 };
	char *copy = text_clean(NULL, block, len); /* without NULs */
	bool http = strncmp(copy, "HTTP/1.", 7) == 0 && strlen(copy) > STATUS_AT + 3;
	if (ws_handshake_check(HOST, KEY, block, len, &e)) {
		FUZZ_CHECK(http && strncmp(copy + STATUS_AT, "101", 3) == 0);
		FUZZ_CHECK(has(block, len, ACCEPT));
		FUZZ_CHECK(strcasestr(copy, "websocket") && strcasestr(copy, "upgrade"));
	} else {
		bool later = http && (copy[STATUS_AT] == '5' || copy[STATUS_AT] == '4');
		FUZZ_CHECK(e.kind == ERR_BAD_REPLY || (e.kind == ERR_TEMPORARY && later));
		FUZZ_CHECK(strstr(e.text, HOST) != NULL);
		fuzz_check_utf8(e.text);
		FUZZ_CHECK(e.not_before_ms == 0 || strncmp(copy + STATUS_AT, "429", 3) == 0);
	}
	talloc_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *block = size ? (const char *)data : "";
	size_t end = ws_handshake_end(block, size);
	FUZZ_CHECK(end <= size && (end == 0 || memcmp(block + end - 4, "\r\n\r\n", 4) == 0));
	FUZZ_CHECK(end > 0 || !has(block, size, "\r\n\r\n"));
	if (end > 0)
		check_block(block, end);
	return 0;
}

/*
 * Drives net/ws by lines on standard input, for test_ws.py: `send TEXT`, `large BYTES`, `ping`,
 * `close`, `next` (waits for an event). Each answers with one line; the end of the input drops the
 * connection.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/http.h"
#include "net/ws.h"

#define WAIT_MS 20000
#define LINE_MAX_BYTES 1024
#define LARGE_MAX_BYTES (16 * 1024 * 1024)
#define SHOWN_BYTES 64

static void answer(bool ok, const struct err *e)
{
	if (ok)
		puts("done");
	else
		printf("error %s: %s\n", err_kind_name(e->kind), e->text);
}

static void send_large(struct ws *ws, const char *digits)
{
	struct err e;
	int64_t len = 0;
	if (!text_to_int(digits, 0, LARGE_MAX_BYTES, &len))
		die("ws_client: not a size");
	char *text = mem_array(NULL, char, (size_t)len + 1);
	memset(text, 'x', (size_t)len);
	answer(ws_send(ws, text, (size_t)len, clock_deadline_ms(WAIT_MS), &e), &e);
	talloc_free(text);
}

static void next(struct ws *ws)
{
	static const char *const names[] = { "nothing", "text", "pong", "closed" };
	struct ws_message m;
	struct err e;
	if (!ws_next(ws, clock_deadline_ms(WAIT_MS), &m, &e)) {
		answer(false, &e);
		return;
	}
	printf("%s %zu %d %.*s\n", names[m.event], m.len, m.code, SHOWN_BYTES, m.text);
}

static void obey(struct ws *ws, const char *line)
{
	int64_t deadline_ms = clock_deadline_ms(WAIT_MS);
	struct err e;
	if (strncmp(line, "send ", 5) == 0)
		answer(ws_send(ws, line + 5, strlen(line + 5), deadline_ms, &e), &e);
	else if (strncmp(line, "large ", 6) == 0)
		send_large(ws, line + 6);
	else if (strcmp(line, "ping") == 0)
		answer(ws_ping(ws, deadline_ms, &e), &e);
	else if (strcmp(line, "close") == 0)
		answer(ws_close(ws, deadline_ms, &e), &e);
	else if (strcmp(line, "next") == 0)
		next(ws);
	else
		die("ws_client: no such command");
}

int main(int argc, char **argv)
{
	char line[LINE_MAX_BYTES];
	struct ws *ws = NULL;
	struct err e;
	if (argc != 2)
		die("usage: ws_client URL");
	setvbuf(stdout, NULL, _IOLBF, 0);
	http_start();
	bool ok = ws_open(NULL, argv[1], clock_deadline_ms(WAIT_MS), &ws, &e);
	answer(ok, &e);
	while (ok && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		obey(ws, line);
	}
	ws_free(ws);
	http_stop();
	return ok ? 0 : 1;
}

/*
 * A batch's items as intake takes them, the log line of each, the acknowledgements. When it is time
 * for that, and on which connection, is connection.c's.
 */
#include "rtm-relay/batch.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "rtm-relay/socket_mode.h"

#define REQUEST_ID_BYTES 16

static char *make_id(TALLOC_CTX *ctx)
{
	unsigned char bytes[REQUEST_ID_BYTES];
	char hex[2 * REQUEST_ID_BYTES + 1];

	randombytes_buf(bytes, sizeof(bytes));
	return mem_strdup(ctx, sodium_bin2hex(hex, sizeof(hex), bytes, sizeof(bytes)));
}

static bool was_stored(const struct intake_answer *a)
{
	return a->status < 500;
}

/* RTM brings all that is said in the bot's channels: what is not for it is nobody's business. */
static void log_item(int64_t connection, const struct frame *f, const struct intake_item *item,
		     const struct intake_answer *a, int64_t ms)
{
	enum log_level level = was_stored(a) ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR;

	if (f->in->kind == SLACK_INBOUND_NOTHING)
		level = LOG_LEVEL_DEBUG;
	LOG_WRITE(level, "envelope", LOG_S("id", item->request), LOG_I("connection", connection),
		  LOG_S("type", f->type), LOG_I("ms", ms), LOG_I("job", a->job),
		  LOG_S("note", a->note));
}

/* What is only acknowledged is as good as stored. */
static void note_taken(int64_t connection, struct batch *batch, const struct intake_item *items,
		       const struct intake_answer *taken, int64_t ms)
{
	for (size_t i = 0, j = 0; i < batch->n; i++) {
		batch->answers[i] = (struct intake_answer){ .status = 200, .body = "" };
		if (batch->frames[i].kind != FRAME_ITEM)
			continue;
		batch->answers[i] = taken[j];
		stats_add(STATS_REQUESTS);
		log_item(connection, &batch->frames[i], &items[j], &taken[j], ms);
		j++;
	}
}

int64_t batch_take_down(TALLOC_CTX *ctx, struct bot_host *host, int64_t connection,
			struct batch *batch)
{
	struct intake_item *items = mem_array(ctx, struct intake_item, batch->n);
	struct intake_answer *taken = mem_array(ctx, struct intake_answer, batch->n);
	int64_t began_ms = clock_mono_ms();
	size_t n = 0;

	for (size_t i = 0; i < batch->n; i++)
		if (batch->frames[i].kind == FRAME_ITEM)
			items[n++] = (struct intake_item){ batch->frames[i].in, make_id(ctx) };
	if (n > 0) {
		struct bot *bot = bot_take(host);
		intake_take(ctx, bot, items, n, taken);
		bot_drop(bot);
	}
	note_taken(connection, batch, items, taken, clock_mono_ms() - began_ms);
	return (int64_t)n;
}

bool batch_acknowledge(TALLOC_CTX *ctx, struct ws *ws, const struct batch *batch, struct err *e)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct frame *f = &batch->frames[i];
		const struct intake_answer *a = &batch->answers[i];

		if (!f->envelope_id || !was_stored(a))
			continue;
		const char *ack = socket_mode_ack(ctx, f, a->body);
		if (!ws_send(ws, ack, strlen(ack), clock_deadline_ms(WAY_SEND_MS), e))
			return err_wrap(e, "acknowledging");
	}
	return true;
}

/* Dedupe keys, the durable put, the immediate answer. */
#include "bot/intake.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/stats.h"
#include "base/text.h"
#include "bot/catalogue.h"
#include "bot/command.h"
#include "bot/job.h"

#define COMMAND_LIFE_MS (30 * 60 * 1000LL)

static void answer(TALLOC_CTX *ctx, struct intake_answer *ret, const char *response_type,
		   const char *text)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "response_type", response_type);
	json_set_str(o, "text", text);
	ret->status = 200;
	ret->body = mem_strdup(ctx, json_text(o));
}

static void refuse(TALLOC_CTX *ctx, struct intake_answer *ret, const char *text)
{
	stats_add(STATS_REFUSED);
	ret->note = "refused";
	answer(ctx, ret, "ephemeral", text);
}

/* What will be asked decides the lane and whether the typed command is shown to the channel. */
static const char *route(TALLOC_CTX *ctx, struct bot *bot, const char *text, bool *ret_echoed)
{
	const struct catalogue *catalogue = catalogue_take(bot);
	struct command_match match = command_match(ctx, bot, catalogue, text);
	const char *lane = command_lane(ctx, bot, &match);

	*ret_echoed = match.command->echoed;
	catalogue_drop(catalogue);
	return lane;
}

static bool store(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in,
		  const char *request, const char *lane, int64_t *ret_id, struct err *e)
{
	struct json_object *o = slack_inbound_save(ctx, in);
	json_set_str(o, JOB_REQUEST, request);
	const char *body = json_text(o);
	struct queue_put put = {
		.kind = JOB_COMMAND,
		.keys = { in->trigger_id },
		.lane = lane,
		.priority = QUEUE_PRIORITY_COMMAND,
		.expires_ms = clock_now_ms() + COMMAND_LIFE_MS,
		.body = body,
		.body_len = strlen(body),
	};
	return queue_put(bot->queue, &put, 1, ret_id, e);
}

void intake_slash(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in,
		  const char *request, struct intake_answer *ret)
{
	const char *hint = job_request_hint(ctx, request);

	*ret = (struct intake_answer){ .status = 200, .body = "" };

	if (text_chars(in->text) > SLACK_TEXT_MAX_CHARS) {
		refuse(ctx, ret,
		       mem_printf(ctx,
				  "That is too long for me: at most %d characters after the "
				  "command, please.%s",
				  SLACK_TEXT_MAX_CHARS, hint));
		return;
	}
	if (in->response_url &&
	    !slack_inbound_hook_ok(in->response_url, bot->config->slack_api_url)) {
		refuse(ctx, ret,
		       mem_printf(ctx, "This request's response_url is not an address of Slack.%s",
				  hint));
		return;
	}

	struct err e;
	bool echoed;
	const char *lane = route(ctx, bot, slack_inbound_clean(ctx, in->text), &echoed);
	if (!store(ctx, bot, in, request, lane, &ret->job, &e)) {
		ret->note = mem_printf(ctx, "not stored: %s", e.text);
		answer(ctx, ret, "ephemeral",
		       mem_printf(ctx,
				  "I could not take this down (the bot's own storage is not "
				  "writable at the moment), please try again in a minute.%s",
				  hint));
		return;
	}
	ret->note = ret->job ? "stored" : "duplicate";
	if (ret->job) /* duplicates are counted by the queue, for all who put */
		stats_add(STATS_ACCEPTED);
	if (echoed)
		answer(ctx, ret, "in_channel", NULL);
}

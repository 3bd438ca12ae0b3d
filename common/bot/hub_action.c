/*
 * LookML's data actions whose address is ours: a message and a channel, from the form or from the
 * action. Somebody waits in Looker for what becomes of it. It is delivered as a schedule is
 * (job_schedule.c): durable first, in its channel's turn, for a day when Slack is away.
 */
#include "bot/hub.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "bot/schedule_intake.h"
#include "looker/hub.h"

#define MESSAGE_MAX_CHARS 4000 /* as much as people may write in one */
#define TITLE_MAX_CHARS 60

#define REFUSED_STATUS 409 /* Slack did; the handler makes a 200 of it */

static bool read_channel(struct schedule_taking *t, const struct looker_hub_call *call)
{
	const char *channel;
	struct err e;

	if (!looker_hub_value(t->ctx, call, "channel", &channel, &e))
		return schedule_refuse(t, 400, "channel", mem_strdup(t->ctx, e.text));
	return schedule_choose_place(t, SCHEDULE_FORM, channel);
}

static bool read_message(struct schedule_taking *t, const struct looker_hub_call *call)
{
	struct schedule_job *j = &t->job;
	const char *message;
	struct err e;

	if (!looker_hub_value(t->ctx, call, "message", &message, &e))
		return schedule_refuse(t, 400, "message", mem_strdup(t->ctx, e.text));
	if (!message)
		return schedule_refuse(
			t, 400, "message",
			"There is no message: the action needs a param or a form_param "
			"named message.");
	if (text_chars(message) > MESSAGE_MAX_CHARS)
		return schedule_refuse(t, 400, "message",
				       mem_printf(t->ctx,
						  "The message is longer than %d characters.",
						  MESSAGE_MAX_CHARS));
	j->words = text_trim(t->ctx, message);
	j->title = text_cut(t->ctx, mem_strndup(t->ctx, j->words, strcspn(j->words, "\n")),
			    TITLE_MAX_CHARS);
	j->bare = true;
	j->format = "message";
	return true;
}

static bool read_body(struct schedule_taking *t, struct looker_hub_call *ret)
{
	struct err e;

	if (!looker_hub_read(t->ctx, t->item->body, t->item->len, ret, &e))
		return schedule_refuse(t, 400, NULL, mem_strdup(t->ctx, e.text));
	return true;
}

/* What Looker shows when nothing more is known within its patience. */
static const char *accepted(TALLOC_CTX *ctx, const struct schedule_job *j, bool known)
{
	const char *place = schedule_job_place(ctx, j);

	if (known)
		return mem_printf(ctx, "It came before, and is sent once to %s.", place);
	return mem_printf(ctx, "Accepted: it will be sent to %s.", place);
}

void hub_take(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_item *item,
	      struct schedule_answer *ret)
{
	struct schedule_taking t = {
		.ctx = ctx, .bot = bot, .item = item, .ret = ret, .waits = true
	};
	struct looker_hub_call call;

	*ret = (struct schedule_answer){ .status = 200 };
	t.job.request = item->request;
	t.job.awaited_ms = item->awaited_ms;
	if (!read_body(&t, &call) || !read_message(&t, &call) ||
	    !schedule_choose_looker(&t, NULL) || !read_channel(&t, &call))
		return;
	schedule_put(&t);
	if (ret->status == 200)
		ret->reason = accepted(ctx, &t.job, ret->job == 0);
}

/* --- the end of it --- */

static void is_sent(struct schedule_answer *ret)
{
	ret->reason = "Sent!";
	ret->note = "sent";
}

static void is_refused(TALLOC_CTX *ctx, const char *why, struct schedule_answer *ret)
{
	ret->status = REFUSED_STATUS;
	ret->reason = mem_printf(ctx, "It was not sent: %s", why ? why : "Slack refused it.");
	ret->note = "stored, then refused by Slack";
}

void hub_wait(TALLOC_CTX *ctx, struct bot *bot, int64_t until_ms, struct schedule_answer *ret)
{
	enum queue_state state;
	const char *why = NULL;
	struct err e;

	if (!queue_wait_end(bot->queue, ctx, ret->job, until_ms, &state, &why, &e))
		return; /* it is on disk all the same */
	if (state == QUEUE_DONE)
		is_sent(ret);
	else if (state == QUEUE_DEAD)
		is_refused(ctx, why, ret);
	else if (why && why[0])
		ret->reason = mem_printf(ctx, "%s (Not yet: %s)", ret->reason, why);
}

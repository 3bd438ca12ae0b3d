/*
 * "Refresh": the same content again, with the presser's rights. Who asked for the answer, or sees
 * it alone, gets the new one in its place; anybody else gets it in private, since the answer in the
 * channel is not theirs. What goes wrong is a word to the presser, and the answer stays.
 */
#include "bot/offers_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/command.h"
#include "bot/forms.h"

static bool is_own(const struct slack_inbound *in, const struct offers_answer *a)
{
	return strcmp(a->asker, in->user_id) == 0;
}

/* A word to the presser alone belongs where the button is, in its thread too; Slack takes no thread
 * for one that goes by response_url. */
static const struct slack_inbound *place(TALLOC_CTX *ctx, const struct slack_inbound *in,
					 const struct reply *r)
{
	struct slack_inbound *there = mem_zero(ctx, struct slack_inbound);

	*there = *in;
	if (r->private && !r->replace && in->thread_ts)
		there->response_url = NULL;
	return there;
}

/* Where the new answer goes. */
static void choose_way(struct job_run *run, const struct slack_inbound *in,
		       const struct offers_answer *a, bool private, struct reply *r)
{
	bool in_place = !private && is_own(in, a);

	r->private = !in_place || in->ephemeral;
	if (in_place)
		job_guard(run, in, r, !r->picture);
	/* Where the bot may not change messages; never what is for one person over what is for all.
	 */
	r->replace = in_place && r->private == in->ephemeral;
	if (!r->private)
		r->loading = in->ts; /* as a loading text: it becomes the answer */
}

struct job_end press_refresh(struct job_run *run, const struct command_call *call,
			     const struct reply *so_far, const struct offers_answer *a)
{
	const struct slack_inbound *in = call->in;
	struct command_answer answer = { 0 };
	struct reply r = *so_far;
	int64_t when_ms;
	struct err e;

	if (r.message)
		return job_deliver(run, place(run->ctx, in, &r), &r);
	if (!offers_show(run->ctx, call, a, "", &answer, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		return job_may_try_again(run, &e, &when_ms)
			       ? job_ask_later(run, so_far, when_ms, why)
			       : job_bury(run, in, so_far, why);
	}
	r = (struct reply){
		.message = answer.message,
		.form = forms_first(run->ctx, run->bot, in->team_id),
		.picture = answer.picture,
		.tiles = answer.tiles,
		.shown = answer.shown,
	};
	choose_way(run, in, a, answer.private, &r);
	return job_tell(run, place(run->ctx, in, &r), &r);
}

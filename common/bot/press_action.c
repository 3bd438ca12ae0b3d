/*
 * A press of a data action's button. An action that asks for values opens its form
 * (bot/action_form.c); any other becomes a job of its own, whose dedupe key is the place of the
 * button, the person and the round: while one is under way there is no second one, and when it has
 * ended the same person may press again. What performs it is bot/action_perform.c.
 */
#include "bot/press_action.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/action_form.h"
#include "bot/action_perform.h"
#include "bot/command.h"
#include "slack/mrkdwn.h"

#define ACTION_LIFE_MS (10 * 60 * 1000LL)
#define ROUND_MS (31 * 24 * 3600 * 1000LL) /* longer than the button's key lives */
#define DOUBLE_MS 2000 /* a press so soon after the last one's end is the same */

#define S_OLD "That button is too old: please run it again."

/* A word to the presser alone belongs where the button is, in its thread too; Slack takes no thread
 * for one that goes by response_url. */
static const struct slack_inbound *place(TALLOC_CTX *ctx, const struct slack_inbound *in)
{
	struct slack_inbound *there = mem_zero(ctx, struct slack_inbound);

	*there = *in;
	if (in->thread_ts)
		there->response_url = NULL;
	return there;
}

static struct job_end say(struct job_run *run, const struct slack_inbound *in, const char *mrkdwn)
{
	struct reply r = { .message = command_say(run->ctx, mrkdwn), .private = true };

	return job_tell(run, place(run->ctx, in), &r);
}

/* --- rounds: how often this person's press of this button has been carried out --- */

struct round {
	int64_t n;
	int64_t ended_ms; /* of the last one */
};

/* The person, the message and the place in it: when the answer is run again, another key stands in
 * the same place, and the second click of a double one may meet that. */
static char *place_of(struct job_run *run, const struct slack_inbound *in)
{
	const char *number = strchr(in->value, '.');

	if (!in->ts || !number)
		return mem_printf(run->ctx, "%s:%s", in->value, in->user_id);
	return mem_printf(run->ctx, "%s:%s%s:%s", in->channel_id, in->ts, number, in->user_id);
}

static char *round_key(struct job_run *run, const struct slack_inbound *in)
{
	return mem_printf(run->ctx, "action:%s", place_of(run, in));
}

static bool read_round(struct job_run *run, const struct slack_inbound *in, struct round *ret,
		       struct err *e)
{
	struct json_object *o = NULL;
	char *text = NULL;
	size_t len = 0;

	if (!queue_state_get(run->bot->queue, run->ctx, round_key(run, in), &text, &len, e))
		return false;
	if (text && !json_parse(run->ctx, text, len, &o, e))
		return false;
	ret->n = json_int_or(o, "n", 0);
	ret->ended_ms = json_int_or(o, "ended_ms", 0);
	return true;
}

/* Round `n` is over. When that cannot be written, the button does nothing for that person any
 * more, which harms less than twice. */
static void end_round(struct job_run *run, const struct slack_inbound *in, int64_t n)
{
	struct json_object *o = json_new_object(run->ctx);
	struct round now;
	struct err e;

	if (read_round(run, in, &now, &e) && now.n > n)
		return; /* this job is run again only to tell */
	json_set_int(o, "n", n + 1);
	json_set_int(o, "ended_ms", clock_now_ms());
	const char *text = json_text(o);
	(void)!queue_state_set(run->bot->queue, round_key(run, in), text, strlen(text),
			       clock_now_ms() + ROUND_MS, &e);
}

/* --- the press --- */

static bool put(struct job_run *run, const struct slack_inbound *in,
		const struct action_order *order, int64_t n, int64_t *ret_id, struct err *e)
{
	struct json_object *o = slack_inbound_save(run->ctx, in);

	json_set_str(o, JOB_REQUEST, run->request);
	json_set(o, "order", json_object_get(action_order_save(run->ctx, order)));
	json_set_int(o, "round", n);
	const char *body = json_text(o);
	struct queue_put put = {
		.kind = JOB_ACTION,
		.keys = { mem_printf(run->ctx, "%s:%lld", place_of(run, in), (long long)n) },
		.key_ttl_ms = ROUND_MS,
		.lane = "",
		.priority = QUEUE_PRIORITY_COMMAND,
		.expires_ms = clock_now_ms() + ACTION_LIFE_MS,
		.body = body,
		.body_len = strlen(body),
	};
	return queue_put(run->bot->queue, &put, 1, ret_id, e);
}

static struct job_end under_way(struct job_run *run, const struct slack_inbound *in,
				const struct action_order *order)
{
	char *text = mem_strdup(run->ctx, ":hourglass_flowing_sand: ");

	mrkdwn_add_bold(&text, order->label);
	mrkdwn_add_raw(&text, " is under way already: I tell you here when it has ended.");
	return say(run, in, text);
}

static struct job_end set_going(struct job_run *run, const struct slack_inbound *in,
				const struct action_order *order, const struct reply *so_far)
{
	struct round last = { .n = 0 };
	int64_t id = 0, when_ms;
	struct err e;

	bool ok = read_round(run, in, &last, &e);
	if (ok && last.ended_ms <= clock_now_ms() && /* else the clock was set back */
	    run->job->created_ms < last.ended_ms + DOUBLE_MS)
		return job_end_done(run, "pressed twice");
	if (!ok || !put(run, in, order, last.n, &id, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		return job_may_try_again(run, &e, &when_ms)
			       ? job_end_later(run, when_ms, why)
			       : job_bury(run, place(run->ctx, in), so_far, why);
	}
	if (id == 0) /* or this job put it, died, and is run again: the same words are true */
		return under_way(run, in, order);
	return job_end_done(run, mem_printf(run->ctx, "job %lld performs it", (long long)id));
}

struct job_end press_action(struct job_run *run, const struct slack_inbound *in,
			    const struct reply *so_far, const struct key_meaning *key)
{
	struct action_order order;
	struct reply told = *so_far;

	if (so_far->message)
		return job_deliver(run, place(run->ctx, in), &told);
	if (run->job->deaths >= QUEUE_MAX_DEATHS)
		return job_bury(run, place(run->ctx, in), so_far,
				"the bot's process died again and again while it worked on this. "
				"Its log says more");
	if (clock_now_ms() > run->job->expires_ms)
		return job_bury(run, place(run->ctx, in), so_far, "it took too long to get to it");
	if (!run->bot->config->data_actions)
		return say(run, in, ACTION_OFFER_OFF);
	if (!action_offer_read(run->ctx, key, in->value, &order))
		return say(run, in, S_OLD);
	order.ephemeral = in->ephemeral;
	return order.asks ? action_form_open(run, in, &order) : set_going(run, in, &order, so_far);
}

/* --- its job --- */

static struct job_end tell(struct job_run *run, const struct slack_inbound *in, int64_t round,
			   const struct action_outcome *outcome)
{
	struct reply r = {
		.message = command_say(run->ctx, outcome->words),
		.private = true,
		.dead = outcome->dead,
	};

	if (!job_keep(run, reply_save(run->ctx, &r), ""))
		return job_end_waits("");
	end_round(run, in, round);
	return job_deliver(run, place(run->ctx, in), &r);
}

static struct job_end perform(struct job_run *run, const struct slack_inbound *in,
			      const struct action_order *order, int64_t round)
{
	struct action_outcome outcome = action_perform(run, in, order, NULL);

	if (outcome.what == ACTION_LATER)
		return outcome.end;
	if (outcome.what == ACTION_ANSWERED && outcome.performed.refresh)
		action_refresh(run, in, order);
	return tell(run, in, round, &outcome);
}

struct job_end job_run_action(struct job_run *run)
{
	struct action_order order;
	struct slack_inbound *in;
	struct json_object *o;
	struct reply r;
	bool found;
	struct err e;

	if (!job_read_inbound(run, &in, &e) ||
	    !json_parse(run->ctx, run->job->body, run->job->body_len, &o, &e) ||
	    !reply_load(run->ctx, run->job->progress, run->job->progress_len, &r, &found, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (!action_order_load(run->ctx, json_object_at(o, "order"), &order))
		return job_end_dead(run, "the action cannot be read");
	int64_t round = json_int_or(o, "round", 0);
	if (found) {
		end_round(run, in, round);
		return job_deliver(run, place(run->ctx, in), &r);
	}
	if (run->job->deaths >= QUEUE_MAX_DEATHS || clock_now_ms() > run->job->expires_ms) {
		/* When it was sent, this says so; else nothing was. */
		struct action_outcome outcome = action_forgo(run, in, &order);
		return tell(run, in, round, &outcome);
	}
	return perform(run, in, &order, round);
}

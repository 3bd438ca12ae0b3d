/*
 * The call, its note before it, its answer beside the note, and the words for each of its ends
 * (the original bot's where it had some). The progress is {"action":{"sent","performed"}}; the
 * handlers put their last words in its place.
 */
#include "bot/action_perform.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/identity.h"
#include "slack/mrkdwn.h"

#define CALL_DEADLINE_MS (60 * 1000LL) /* Looker waits for the action's server meanwhile */

#define S_STOPPED "the bot was stopped while it waited for Looker's answer"

struct work {
	struct job_run *run;
	const struct slack_inbound *in;
	const struct action_order *order;
	struct json_object *step; /* what is in the progress */
	struct action_outcome ret;
};

/* --- progress --- */

static struct json_object *load_step(struct job_run *run)
{
	struct json_object *o = NULL;
	struct err ignored;

	if (run->job->progress_len > 0 &&
	    json_parse(run->ctx, run->job->progress, run->job->progress_len, &o, &ignored) &&
	    json_object_at(o, "action"))
		return json_object_at(o, "action");
	return json_new_object(run->ctx);
}

static bool keep(struct work *w, const char *lane)
{
	struct json_object *o = json_new_object(w->run->ctx);

	json_set(o, "action", json_object_get(w->step));
	return job_keep(w->run, json_text(o), lane);
}

/* False: it is not on disk, and the process is about to end. */
static bool note_sent(struct work *w, bool sent)
{
	json_set_bool(w->step, "sent", sent);
	return keep(w, NULL);
}

static void note_performed(struct work *w)
{
	const struct looker_performed *p = &w->ret.performed;
	struct json_object *o = json_object_new_object(), *faults = json_object_new_array();

	json_set_bool(o, "success", p->success);
	json_set_bool(o, "refresh", p->refresh);
	json_set_str(o, "message", p->message);
	for (size_t i = 0; i < p->n_faults; i++) {
		struct json_object *fault = json_object_new_object();
		json_set_str(fault, "field", p->faults[i].field);
		json_set_str(fault, "message", p->faults[i].message);
		json_object_array_add(faults, fault);
	}
	json_set(o, "faults", faults);
	json_set(w->step, "performed", o);
	keep(w, NULL);
}

static bool was_performed(struct work *w)
{
	const struct json_object *o = json_object_at(w->step, "performed");
	const struct json_object *faults = json_array_at(o, "faults");
	struct looker_performed *p = &w->ret.performed;

	*p = (struct looker_performed){
		.success = json_bool_or(o, "success", false),
		.refresh = json_bool_or(o, "refresh", false),
		.message = json_str(o, "message"),
		.n_faults = json_len(faults),
	};
	p->faults = mem_array(w->run->ctx, struct looker_fault, p->n_faults);
	for (size_t i = 0; i < p->n_faults; i++) {
		p->faults[i].field = json_str_or(json_item(faults, i), "field", "");
		p->faults[i].message = json_str_or(json_item(faults, i), "message", "");
	}
	return o != NULL;
}

/* --- words --- */

/* A sentence of Looker's and our mark behind it, unless it ends with one of its own. */
static void add_sentence(char **text, const char *sentence, const char *mark)
{
	size_t len = strlen(sentence);

	mrkdwn_add_text(text, sentence);
	if (len == 0 || !strchr(".!?…", sentence[len - 1]))
		mrkdwn_add_raw(text, mark);
}

static const char *say_performed(const struct work *w)
{
	const struct looker_performed *p = &w->ret.performed;
	char *text = mem_strdup(w->run->ctx, "");

	if (p->success) {
		mrkdwn_add_raw(&text, ":white_check_mark: ");
		add_sentence(&text, p->message ? p->message : "Done", "!");
		return text;
	}
	for (size_t i = 0; i < p->n_faults; i++) {
		mrkdwn_add_raw(&text, i > 0 ? "\n:x: " : ":x: ");
		mrkdwn_add_text(&text, p->faults[i].message);
	}
	if (p->n_faults > 0)
		return text;
	mrkdwn_add_raw(&text, ":x: ");
	if (p->message) {
		add_sentence(&text, p->message, ".");
		return text;
	}
	mrkdwn_add_bold(&text, w->order->label);
	mrkdwn_add_raw(&text, " failed, and Looker does not say why.");
	return text;
}

/* What people should know who read the list of dead jobs, too. */
static const char *say_unknown(struct work *w, const char *why)
{
	char *text = mem_strdup(w->run->ctx, ":warning: I do not know whether ");

	w->ret.dead =
		mem_printf(w->run->ctx, "it is not known whether the action was done: %s", why);
	mrkdwn_add_bold(&text, w->order->label);
	mrkdwn_add_raw(&text, " was done: ");
	add_sentence(&text, why, ".");
	mrkdwn_add_raw(&text, " I do not try it again by myself. Please look in ");
	if (w->order->source.link)
		mrkdwn_add_link(&text, w->order->source.link, "Looker");
	else
		mrkdwn_add_text(&text, w->order->source.looker);
	mrkdwn_add_raw(&text, " before you do.");
	mrkdwn_add_text(&text, job_request_hint(w->run->ctx, w->run->request));
	return text;
}

static const char *say_refused(struct work *w, const char *why)
{
	char *text = mem_strdup(w->run->ctx, ":warning: Couldn't perform action due to an error: ");

	add_sentence(&text, why, ".");
	mrkdwn_add_raw(&text, " Nothing was done.");
	mrkdwn_add_text(&text, job_request_hint(w->run->ctx, w->run->request));
	return text;
}

/* --- the way --- */

static bool not_done(struct work *w, const char *words)
{
	w->ret.what = ACTION_NOT_DONE;
	w->ret.words = words;
	return false;
}

/* Nothing was done: later when that may help. */
static bool stumble(struct work *w, const struct err *e)
{
	const char *why = mem_strdup(w->run->ctx, e->text);
	int64_t when_ms;

	if (!job_may_try_again(w->run, e, &when_ms))
		return not_done(w, say_refused(w, why));
	w->ret.what = ACTION_LATER;
	w->ret.end = job_end_later(w->run, when_ms, why);
	return false;
}

static bool find_looker(struct work *w, struct looker **ret_lk)
{
	struct job_run *run = w->run;
	const struct bot *bot = run->bot;
	struct command_call call = {
		.bot = run->bot,
		.in = w->in,
		.now_ms = clock_now_ms(),
		.deadline_ms = run->deadline_ms,
	};
	struct identity who;
	size_t i = 0;
	struct err e;

	while (i < bot->n_lookers && strcmp(looker_name(bot->lookers[i]), w->order->source.looker))
		i++;
	if (i == bot->n_lookers) {
		const char *why = mem_printf(run->ctx, "%s is no longer one of my Lookers",
					     w->order->source.looker);
		return not_done(w, say_refused(w, why));
	}
	const char *lane = bot_looker_lane(run->ctx, bot->lookers[i]);
	if (strcmp(lane, run->lane) != 0 && !job_keep(run, NULL, lane)) {
		w->ret.what = ACTION_LATER;
		w->ret.end = job_end_waits(lane);
		return false;
	}
	if (!identity_looker(run->ctx, &call, i, &who, &e))
		return stumble(w, &e);
	if (!who.lk)
		return not_done(w, who.miss);
	*ret_lk = who.lk;
	return true;
}

bool action_looker(struct job_run *run, const struct slack_inbound *in,
		   const struct action_order *order, struct looker **ret_lk,
		   struct action_outcome *ret)
{
	struct work w = { .run = run, .in = in, .order = order };
	bool ok = find_looker(&w, ret_lk);

	*ret = w.ret;
	return ok;
}

static void answered(struct work *w)
{
	w->ret.what = ACTION_ANSWERED;
	w->ret.words = say_performed(w);
}

static void unknown(struct work *w, const char *why)
{
	w->ret.what = ACTION_UNKNOWN;
	w->ret.words = say_unknown(w, why);
}

static void call(struct work *w, struct looker *lk, struct json_object *values)
{
	struct err e;

	if (!note_sent(w, true)) {
		w->ret.what = ACTION_LATER;
		w->ret.end = job_end_later(w->run, clock_now_ms(), "the bot is being stopped");
		return;
	}
	if (looker_action_perform(w->run->ctx, lk, clock_deadline_ms(CALL_DEADLINE_MS),
				  w->order->action, values, &w->ret.performed, &e)) {
		note_performed(w);
		answered(w);
		return;
	}
	if (e.kind == ERR_UNKNOWN) {
		unknown(w, mem_strdup(w->run->ctx, e.text));
		return;
	}
	(void)note_sent(w, false);
	(void)stumble(w, &e);
}

bool action_begun(struct job_run *run)
{
	const struct json_object *step = load_step(run);

	return json_bool_or(step, "sent", false) || json_object_at(step, "performed");
}

struct action_outcome action_perform(struct job_run *run, const struct slack_inbound *in,
				     const struct action_order *order, struct json_object *values)
{
	struct work w = { .run = run, .in = in, .order = order, .step = load_step(run) };
	struct looker *lk;

	if (was_performed(&w))
		answered(&w);
	else if (json_bool_or(w.step, "sent", false))
		unknown(&w, S_STOPPED);
	else if (find_looker(&w, &lk))
		call(&w, lk, values);
	return w.ret;
}

struct action_outcome action_forgo(struct job_run *run, const struct slack_inbound *in,
				   const struct action_order *order)
{
	struct work w = { .run = run, .in = in, .order = order, .step = load_step(run) };

	if (was_performed(&w))
		answered(&w);
	else if (json_bool_or(w.step, "sent", false))
		unknown(&w, S_STOPPED);
	else if (run->job->deaths >= QUEUE_MAX_DEATHS)
		(void)not_done(&w, say_refused(&w, "the bot's process died again and again before "
						   "it got to it"));
	else
		(void)not_done(&w, say_refused(&w, "it took too long to get to it"));
	return w.ret;
}

/*
 * Forms, from the press to the modal's last words: the table of kinds, the steps that handlers are
 * made of, and the job of a submission. What is to be shown is stored in the job's progress first,
 * so that Slack's bad hour repeats no work. What a form is for is its kind's.
 */
#include "bot/modal.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "bot/action_form.h"
#include "bot/command.h"
#include "bot/filters_form.h"
#include "bot/modal_private.h"
#include "bot/people.h"
#include "slack/mrkdwn.h"

#define OPEN_DEADLINE_MS 2500 /* a trigger lives 3 s */
#define SHOW_DEADLINE_MS (10 * 1000LL)
#define VIEW_OF_JOB_MS (3600 * 1000LL)
#define SHOW_AGAIN_MS 5000
#define SHOW_TRIES_MAX 8

#define S_LOADING "Loading…"
#define S_GONE "This form is too old. Please press the button again."
#define S_NOT_YOURS "This form was opened for somebody else. Please press the button yourself."
#define S_LATE "Slack could not open the form in time: please press again."
#define S_NOT_OPENED "Slack did not open the form."
#define S_NOT_SHOWN "I could not show this form. Please press the button again."
#define S_UNKNOWN                                                                                  \
	":warning: I do not know what came of this: the form is no longer kept. Please look in "   \
	"Looker before you send it again."

static const struct modal_kind kinds[] = {
	{ .name = FILTERS_FORM_KIND,
	  .submit = filters_form_submit,
	  .check = filters_form_check,
	  .working = filters_form_working,
	  .begun = filters_form_begun },
	{ .name = ACTION_FORM_KIND,
	  .submit = action_form_submit,
	  .refetch = action_form_refetch,
	  .begun = action_form_begun },
};

const struct modal_kind *modal_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* --- opening --- */

static char *view_of_job(struct job_run *run)
{
	return mem_printf(run->ctx, "modal:view:%lld", (long long)run->job->id);
}

/* A process that died after the opening left it here. */
static const char *opened_before(struct job_run *run)
{
	char *value = NULL;
	size_t len;
	struct err e;

	if (run->job->attempts < 2 ||
	    !queue_state_get(run->bot->queue, run->ctx, view_of_job(run), &value, &len, &e))
		return NULL;
	return value;
}

/* When it cannot be noted, a second run says in private that there is no form. */
static void note_opened(struct job_run *run, const struct slack_inbound *in, const char *view_id)
{
	struct err e;

	(void)!queue_state_set(run->bot->queue, view_of_job(run), view_id, strlen(view_id),
			       clock_now_ms() + VIEW_OF_JOB_MS, &e);
	modal_keep_hook(run, in, view_id);
}

static struct job_end tell_in_private(struct job_run *run, const struct slack_inbound *in,
				      const char *mrkdwn)
{
	struct reply r = { .message = command_say(run->ctx, mrkdwn), .private = true };

	return job_tell(run, in, &r);
}

bool modal_begin(struct job_run *run, const struct slack_inbound *in, const char *title,
		 const char *otherwise, const char **ret_view_id, struct job_end *ret)
{
	const struct slack_modal modal = { .title = title, .intro = S_LOADING, .close = "Cancel" };
	struct reply so_far;
	bool found;
	struct err e;

	if (!reply_load(run->ctx, run->job->progress, run->job->progress_len, &so_far, &found,
			&e)) {
		*ret = job_end_dead(run, mem_strdup(run->ctx, e.text));
		return false;
	}
	if (found) { /* it was told that there is no form */
		*ret = job_deliver(run, in, &so_far);
		return false;
	}
	*ret_view_id = opened_before(run);
	if (*ret_view_id)
		return true;
	err_set(&e, ERR_NOT_FOUND, "no trigger");
	if (in->trigger_id &&
	    slack_modal_open(run->ctx, run->bot->slack, clock_deadline_ms(OPEN_DEADLINE_MS),
			     in->trigger_id, &modal, ret_view_id, &e)) {
		note_opened(run, in, *ret_view_id);
		return true;
	}
	log_debug("modal_not_opened", LOG_I("job", run->job->id), LOG_S("reason", e.text));
	*ret = tell_in_private(run, in,
			       mem_printf(run->ctx, "%s %s",
					  e.kind == ERR_NOT_FOUND ? S_LATE : S_NOT_OPENED,
					  otherwise));
	return false;
}

/* --- showing: what the progress says --- */

struct shown {
	const char *view_id;
	const char *hash;  /* or NULL */
	const char *key;   /* of a form, or else ... */
	const char *title; /* ... words */
	const char *text;  /* beside a form: for who has closed it, or NULL */
	const char *dead;  /* the job ends as a dead letter with this reason; or NULL */
};

/* Who sends a form while its fields are fetched anew has sent it: nothing that the fetching says,
 * not even that it failed, may stand where the submission's end is told. */
static const char *hash_of(const struct slack_inbound *in)
{
	return in->kind == SLACK_INBOUND_PRESS && in->view_id ? in->view_hash : NULL;
}

static bool keep_shown(struct job_run *run, const struct shown *s)
{
	struct json_object *o = json_new_object(run->ctx), *modal = json_object_new_object();

	json_set_str(modal, "view_id", s->view_id);
	json_set_str(modal, "hash", s->hash);
	json_set_str(modal, "key", s->key);
	json_set_str(modal, "title", s->title);
	json_set_str(modal, "text", s->text);
	json_set_str(modal, "dead", s->dead);
	json_set(o, "modal", modal);
	return job_keep(run, json_text(o), NULL);
}

static struct job_end end_shown(struct job_run *run, const struct shown *s, const char *reason)
{
	return s->dead ? job_end_dead(run, s->dead) : job_end_done(run, reason);
}

/* Slack did not take it, and will not: words in its place, in private where the button was. */
static struct job_end not_shown(struct job_run *run, const struct slack_inbound *in,
				const struct shown *s, const struct err *e)
{
	const char *why = mem_strdup(run->ctx, e->text);

	/* Who has closed a form has no use for it. What came of a submission is another matter. */
	bool wanted = e->kind == ERR_NOT_FOUND ? in->kind == SLACK_INBOUND_SUBMIT && s->text
					       : e->kind != ERR_FORBIDDEN;

	if (!wanted || !in->channel_id)
		return end_shown(run, s, why);
	struct reply r = {
		.message = command_say(run->ctx, s->text ? s->text : S_NOT_SHOWN),
		.private = true,
		.dead = s->dead,
	};
	return job_tell(run, in, &r);
}

static bool show_once(struct job_run *run, const struct shown *s, struct err *e)
{
	struct modal_form form = { .title = s->title, .intro = s->text };
	struct modal_state *state;

	if (s->key && !modal_read(run->ctx, run->bot, s->key, &state, &form, e))
		return false;
	const struct slack_modal modal = {
		.title = form.title,
		.submit = form.submit,
		.metadata = s->key,
		.intro = form.intro,
		.fields = form.fields,
		.n = form.n,
	};
	return slack_modal_update(run->ctx, run->bot->slack, clock_deadline_ms(SHOW_DEADLINE_MS),
				  s->view_id, s->hash, &modal, e);
}

static struct job_end show(struct job_run *run, const struct slack_inbound *in,
			   const struct shown *s)
{
	int64_t when_ms = clock_now_ms() + SHOW_AGAIN_MS;
	struct err e;

	if (show_once(run, s, &e))
		return end_shown(run, s, s->key ? "form shown" : "");
	if ((e.kind != ERR_TEMPORARY && e.kind != ERR_RATE_LIMITED) ||
	    run->job->attempts >= SHOW_TRIES_MAX || when_ms > run->job->expires_ms)
		return not_shown(run, in, s, &e);
	if (e.not_before_ms > when_ms)
		when_ms = e.not_before_ms;
	return job_end_later(run, when_ms, mem_strdup(run->ctx, e.text));
}

struct job_end modal_show(struct job_run *run, const struct slack_inbound *in, const char *view_id,
			  const struct modal_form *form)
{
	struct shown s = { .view_id = view_id, .hash = hash_of(in), .text = form->told };
	int64_t when_ms;
	struct err e;

	if (modal_store(run, in, form, &s.key, &e)) {
		keep_shown(run, &s);
		return show(run, in, &s);
	}
	const char *why = mem_strdup(run->ctx, e.text);
	if (job_may_try_again(run, &e, &when_ms))
		return job_end_later(run, when_ms, why);
	return modal_say(run, in, view_id, form->title, form->told ? form->told : S_NOT_SHOWN);
}

struct job_end modal_say_dead(struct job_run *run, const struct slack_inbound *in,
			      const char *view_id, const char *title, const char *mrkdwn,
			      const char *dead)
{
	const struct shown s = {
		.view_id = view_id,
		.hash = hash_of(in),
		.title = title,
		.text = mrkdwn,
		.dead = dead,
	};

	keep_shown(run, &s);
	return show(run, in, &s);
}

struct job_end modal_say(struct job_run *run, const struct slack_inbound *in, const char *view_id,
			 const char *title, const char *mrkdwn)
{
	return modal_say_dead(run, in, view_id, title, mrkdwn, NULL);
}

struct job_end modal_bury(struct job_run *run, const struct slack_inbound *in, const char *view_id,
			  const char *title, const char *reason)
{
	char *text = mem_strdup(run->ctx, ":warning: I could not do that: ");

	mrkdwn_add_text(&text, reason);
	mrkdwn_add_text(&text, job_request_hint(run->ctx, run->request));
	return modal_say_dead(run, in, view_id, title, text, reason);
}

struct job_end modal_failed(struct job_run *run, const struct slack_inbound *in,
			    const char *view_id, const char *title, const struct err *e)
{
	const char *why = mem_strdup(run->ctx, e->text);
	int64_t when_ms;

	return job_may_try_again(run, e, &when_ms) ? job_end_later(run, when_ms, why)
						   : modal_bury(run, in, view_id, title, why);
}

bool modal_resumes(struct job_run *run, const struct slack_inbound *in, struct job_end *ret)
{
	struct json_object *o, *modal;
	struct err e;

	if (!run->job->progress ||
	    !json_parse(run->ctx, run->job->progress, run->job->progress_len, &o, &e))
		return false;
	modal = json_object_at(o, "modal");
	if (!modal || !json_str(modal, "view_id"))
		return false;
	const struct shown s = {
		.view_id = json_str(modal, "view_id"),
		.hash = json_str(modal, "hash"),
		.key = json_str(modal, "key"),
		.title = json_str_or(modal, "title", ""),
		.text = json_str(modal, "text"),
		.dead = json_str(modal, "dead"),
	};
	*ret = show(run, in, &s);
	return true;
}

/* --- the job of a submission, or of a change --- */

/* The same rules as for who types; the refusal is in the modal. */
static bool turned_away(struct job_run *run, const struct slack_inbound *in,
			const struct modal_state *state, struct job_end *ret)
{
	const char *refusal;
	struct err e;

	if (!people_may_ask(run->ctx, run->bot, run->deadline_ms, in->user_id, &refusal, &e)) {
		*ret = modal_failed(run, in, in->view_id, state->title, &e);
		return true;
	}
	if (!refusal)
		return false;
	stats_add(STATS_REFUSED);
	*ret = modal_say(run, in, in->view_id, state->title, refusal);
	return true;
}

static struct job_end run_kind(struct job_run *run, const struct slack_inbound *in,
			       const struct modal_state *state)
{
	const struct modal_kind *kind = modal_kind(state->kind);
	struct job_end end;

	if (run->job->deaths >= QUEUE_MAX_DEATHS)
		return modal_bury(run, in, in->view_id, state->title,
				  "the bot's process died again and again while it worked on "
				  "this. Its log says more");
	if (clock_now_ms() > run->job->expires_ms)
		return modal_bury(run, in, in->view_id, state->title,
				  "it took too long to get to it");
	if (turned_away(run, in, state, &end))
		return end;
	if (in->kind == SLACK_INBOUND_SUBMIT)
		return kind->submit(run, in, state);
	return kind->refetch && state->changed ? kind->refetch(run, in, state)
					       : job_end_done(run, "nothing follows a change");
}

static bool is_begun(const struct modal_kind *kind, struct job_run *run,
		     const struct slack_inbound *in, const struct reply *so_far)
{
	return in->kind == SLACK_INBOUND_SUBMIT && kind->begun && kind->begun(run, so_far);
}

/* Without the form nobody knows what was to be done. */
static struct job_end not_loaded(struct job_run *run, const struct slack_inbound *in,
				 const struct reply *so_far, const struct err *e)
{
	const char *why = mem_strdup(run->ctx, e->text);
	int64_t when_ms;

	if (job_may_try_again(run, e, &when_ms))
		return job_end_later(run, when_ms, why);
	if (action_form_begun(run, so_far))
		return modal_say_dead(
			run, in, in->view_id, "Looker", S_UNKNOWN,
			mem_printf(run->ctx, "it is not known what came of it: %s", why));
	if (e->kind == ERR_NOT_FOUND || e->kind == ERR_FORBIDDEN)
		return modal_say(run, in, in->view_id, "Looker",
				 e->kind == ERR_NOT_FOUND ? S_GONE : S_NOT_YOURS);
	return modal_bury(run, in, in->view_id, "Looker", why);
}

struct job_end modal_run(struct job_run *run, struct slack_inbound *in)
{
	struct modal_state *state;
	struct job_end end;
	struct reply r;
	bool found;
	struct err e;

	if (!reply_load(run->ctx, run->job->progress, run->job->progress_len, &r, &found, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (!modal_load(run->ctx, run->bot, in, &state, &e))
		return modal_resumes(run, in, &end) ? end : not_loaded(run, in, &r, &e);
	in->channel_id = state->channel_id;
	in->thread_ts = state->thread_ts;
	in->ts = state->ts;
	in->response_url = modal_hook(run->ctx, run->bot, in->view_id);
	if (modal_resumes(run, in, &end))
		return end;
	if (is_begun(modal_kind(state->kind), run, in, &r))
		return modal_kind(state->kind)->submit(run, in, state);
	return found ? job_deliver(run, in, &r) : run_kind(run, in, state);
}

struct job_end job_run_submit(struct job_run *run)
{
	struct slack_inbound *in;
	struct err e;

	if (!job_read_inbound(run, &in, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	return modal_run(run, in);
}

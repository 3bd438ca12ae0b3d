/*
 * Jobs of kind `event`: somebody opened the App Home, or the bot came into a channel. What it says
 * there is home.c's.
 */
#include "bot/job_run.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bot/channels.h"
#include "bot/forms.h"
#include "bot/home.h"
#include "bot/home_deliveries.h"
#include "bot/ledger.h"
#include "bot/people.h"
#include "bot/press_csv.h"

#define HOME_AGAIN_MS (10 * 1000LL) /* whoever looks again so soon sees the same */
#define PUBLISH_DEADLINE_MS (15 * 1000LL)

/* What both tell. The catalogue is to be dropped. */
static struct home_about gather(struct job_run *run)
{
	struct home_about about = { .bot = run->bot };
	struct slack_identity self;
	struct err e;

	if (!catalogue_read_older(run->ctx, run->bot, CATALOGUE_MAX_AGE_MS, run->deadline_ms, &e))
		log_debug("home_without_commands", LOG_S("reason", e.text));
	about.catalogue = catalogue_take(run->bot);
	if (people_self(run->ctx, run->bot, run->deadline_ms, &self, &e))
		about.self = self.user_id;
	if (!listening_get(run->ctx, run->bot, &about.listening, &e))
		about.listening = (struct listening){ .state = LISTENING_SILENT };
	return about;
}

static struct job_end later_or_done(struct job_run *run, const struct err *e)
{
	const char *why = mem_strdup(run->ctx, e->text);
	int64_t when_ms;

	return job_may_try_again(run, e, &when_ms) ? job_end_later(run, when_ms, why)
						   : job_end_done(run, why);
}

/* --- the App Home --- */

static char *home_key(TALLOC_CTX *ctx, const char *user_id)
{
	return mem_printf(ctx, "home:%s", user_id);
}

static bool was_shown(struct job_run *run, const char *user_id)
{
	char *value = NULL;
	size_t len;
	struct err e;

	return queue_state_get(run->bot->queue, run->ctx, home_key(run->ctx, user_id), &value, &len,
			       &e) &&
	       value;
}

static struct job_end publish(struct job_run *run, const char *user_id, struct slack_view *view)
{
	struct slack_outcome outcome;
	struct err e;

	if (!slack_view_publish(run->ctx, run->bot->slack, clock_deadline_ms(PUBLISH_DEADLINE_MS),
				user_id, view, &outcome, &e)) {
		if (outcome.remedy == SLACK_REMEDY_OWNER)
			return job_end_dead(run, mem_strdup(run->ctx, e.text));
		return later_or_done(run, &e);
	}
	/* A hint: without it the same is published once more. */
	if (!queue_state_set(run->bot->queue, home_key(run->ctx, user_id), "1", 1,
			     clock_now_ms() + HOME_AGAIN_MS, &e))
		log_debug("home_not_noted", LOG_S("reason", e.text));
	return job_end_done(run, "");
}

/* What Looker sent for this person, known by an address that Slack has confirmed. A list that
 * cannot be read is left out. */
static void add_deliveries(struct job_run *run, const char *user_id, struct home_about *about)
{
	struct queue_job *jobs;
	struct person *p;
	struct err e;

	if (!people_get(run->ctx, run->bot, run->deadline_ms, user_id, &p, &e) || !p->own ||
	    p->guest || p->stranger || !p->email || !p->email_confirmed)
		return;
	if (ledger_of(run->ctx, run->bot, p->email, HOME_DELIVERIES_MAX, &jobs,
		      &about->n_deliveries, &e))
		about->deliveries = jobs;
	else
		log_debug("home_without_deliveries", LOG_S("reason", e.text));
}

static struct job_end show_home(struct job_run *run, const struct slack_inbound *in)
{
	const char *refusal;
	struct err e;

	if (was_shown(run, in->user_id))
		return job_end_done(run, "shown a moment ago");
	if (!people_may_ask(run->ctx, run->bot, run->deadline_ms, in->user_id, &refusal, &e))
		return later_or_done(run, &e);
	if (refusal)
		return publish(run, in->user_id, home_closed(run->ctx, refusal));
	struct home_about about = gather(run);
	add_deliveries(run, in->user_id, &about);
	struct slack_view *view = home_view(run->ctx, &about);
	catalogue_drop(about.catalogue);
	return publish(run, in->user_id, view);
}

/* --- a channel --- */

static struct job_end greet(struct job_run *run, const struct slack_inbound *in)
{
	struct reply r;
	bool found;
	struct err e;

	if (!in->own)
		return job_end_done(run, "somebody else came in");
	if (press_csv_came_in(run, in->channel_id))
		return job_end_done(run, "not greeted: it came in to share a file");
	if (!reply_load(run->ctx, run->job->progress, run->job->progress_len, &r, &found, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (found)
		return job_deliver(run, in, &r);
	if (channels_guard(run->ctx, run->bot, run->deadline_ms, in))
		return job_end_done(run, "not greeted: another company could read it, or Slack "
					 "does not say");
	struct home_about about = gather(run);
	struct reply fresh = {
		.message = home_greeting(run->ctx, &about),
		.form = forms_first(run->ctx, run->bot, in->team_id),
	};
	catalogue_drop(about.catalogue);
	return job_tell(run, in, &fresh);
}

struct job_end job_run_event(struct job_run *run)
{
	struct slack_inbound *in;
	struct err e;

	if (!job_read_inbound(run, &in, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (run->job->deaths >= QUEUE_MAX_DEATHS)
		return job_end_dead(run, "the bot's process died under it again and again");
	if (clock_now_ms() > run->job->expires_ms)
		return job_end_done(run, "it took too long to get to it");
	if (in->kind == SLACK_INBOUND_HOME)
		return show_home(run, in);
	if (in->kind == SLACK_INBOUND_JOINED)
		return greet(run, in);
	return job_end_done(run, "nothing to do");
}

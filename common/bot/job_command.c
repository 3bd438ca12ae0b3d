/*
 * Jobs of kind `command`: what a person typed is asked of Looker, with a loading text when it
 * lasts, and answered. Errors that may pass are tried again, all others are told.
 */
#include "bot/job_run.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/channels.h"
#include "bot/command.h"
#include "bot/forms.h"
#include "bot/loading.h"
#include "bot/offers.h"

/* Deaths after which not even the apology is tried again: it may be what kills. */
#define DEATHS_BEFORE_SILENCE (QUEUE_MAX_DEATHS + 2)

/* Only what is typed for all to see may show before it is answered. */
static bool is_public(struct job_run *run, const struct slack_inbound *in, const char *text)
{
	const struct catalogue *catalogue = catalogue_take(run->bot);
	const struct command *c = command_match(run->ctx, run->bot, catalogue, text).command;

	catalogue_drop(catalogue);
	return c->echoed || (c->spoken && in->kind != SLACK_INBOUND_SLASH);
}

/* Runs the command, with a loading text when it lasts; `so_far` learns of that. */
static bool run_watched(struct job_run *run, const struct slack_inbound *in, const char *text,
			struct reply *so_far, struct command_answer *ret, struct err *e)
{
	bool show = run->bot->config->loading_messages && !so_far->loading && !so_far->seek &&
		    is_public(run, in, text) &&
		    !channels_guard(run->ctx, run->bot, run->deadline_ms, in);
	struct loading *loading = show ? run->loading : NULL;
	struct loading_watch watch = { .bot = run->bot, .job = run->job, .in = in };

	loading_begin(loading, &watch);
	bool ok = command_run(run->ctx, run->bot, in, text, run->lane, run->deadline_ms, ret, e);
	loading_end(loading, &watch);
	if (watch.ts[0])
		so_far->loading = mem_strdup(run->ctx, watch.ts);
	so_far->seek |= watch.doubt;
	return ok;
}

static struct job_end ask(struct job_run *run, const struct slack_inbound *in,
			  struct reply *so_far);

/* A command that was not known when it came, or is another Looker's by now, asks in that Looker's
 * lane, so that a slow one never holds up the others. */
static struct job_end ask_elsewhere(struct job_run *run, const struct slack_inbound *in,
				    struct reply *so_far, const char *lane)
{
	bool kept = so_far->loading || so_far->seek;

	if (!job_keep(run, kept ? reply_save(run->ctx, so_far) : NULL, lane))
		return job_end_waits(lane);
	return ask(run, in, so_far);
}

/* There is nothing to say but by what is pressed. */
static struct job_end press_instead(struct job_run *run, const struct slack_inbound *in,
				    struct reply *so_far, const struct command_answer *answer)
{
	int64_t when_ms;
	struct err e;

	if (offers_put_presses(run, in, answer->shown, answer->presses, &e)) {
		reply_withdraw(run->ctx, run->bot, run->job, in, so_far);
		return job_end_done(run, "jobs of their own do it");
	}
	const char *why = mem_strdup(run->ctx, e.text);
	return job_may_try_again(run, &e, &when_ms) ? job_ask_later(run, so_far, when_ms, why)
						    : job_bury(run, in, so_far, why);
}

static struct job_end ask(struct job_run *run, const struct slack_inbound *in, struct reply *so_far)
{
	const char *text = slack_inbound_clean(run->ctx, in->text);
	struct command_answer answer;
	struct err e;
	int64_t when_ms;

	if (!run_watched(run, in, text, so_far, &answer, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		return job_may_try_again(run, &e, &when_ms)
			       ? job_ask_later(run, so_far, when_ms, why)
			       : job_bury(run, in, so_far, why);
	}
	if (answer.lane)
		return ask_elsewhere(run, in, so_far, answer.lane);
	if (!answer.message)
		return press_instead(run, in, so_far, &answer);
	struct reply r = {
		.message = answer.message,
		.private = answer.private &&
			   (answer.secret ? in->kind != SLACK_INBOUND_DM : job_speaks_aside(in)),
		.form = forms_first(run->ctx, run->bot, in->team_id),
		.loading = so_far->loading,
		.seek = so_far->seek,
		.picture = answer.picture,
		.tiles = answer.tiles,
		.shown = answer.shown,
		.presses = answer.presses,
	};
	if (!r.private) /* the one with the picture may be shared */
		job_guard(run, in, &r, !answer.private && !answer.picture);
	return job_tell(run, in, &r);
}

/* Intake cut it, since a message cannot be refused on the spot. */
static struct job_end refuse_length(struct job_run *run, const struct slack_inbound *in)
{
	struct reply r = {
		.message = command_say(run->ctx,
				       mem_printf(run->ctx,
						  "That is too long for me: at most %d characters, "
						  "please.%s",
						  SLACK_TEXT_MAX_CHARS,
						  job_request_hint(run->ctx, run->request))),
		.private = job_speaks_aside(in),
	};
	return job_tell(run, in, &r);
}

static struct job_end expired(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	if (!r->message)
		return job_bury(run, in, r, "it took too long to get to it.");
	reply_withdraw(run->ctx, run->bot, run->job, in, r);
	return job_end_dead(run, "its answer could not be posted in time");
}

struct job_end job_ask(struct job_run *run, const struct slack_inbound *in)
{
	struct job_end end;
	struct reply r;
	bool found;
	struct err e;

	if (!reply_load(run->ctx, run->job->progress, run->job->progress_len, &r, &found, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (run->job->deaths >= DEATHS_BEFORE_SILENCE)
		return job_end_dead(run,
				    "its process died under it again while the asker was told");
	if (run->job->deaths > 0 && !found && !r.loading) {
		r.seek = true;
		reply_seek(run->ctx, run->bot, run->job, in, &r);
	}
	if (run->job->deaths >= QUEUE_MAX_DEATHS && !(found && (r.dead || r.told)))
		return job_bury(run, in, &r,
				mem_printf(run->ctx,
					   "the bot's process died %lld times while it "
					   "worked on this. Its log says more.",
					   (long long)run->job->deaths));
	if (clock_now_ms() > run->job->expires_ms)
		return expired(run, in, &r);
	if (job_turned_away(run, in, &r, &end))
		return end;
	if (found)
		return job_deliver(run, in, &r);
	return text_chars(in->text) > SLACK_TEXT_MAX_CHARS ? refuse_length(run, in)
							   : ask(run, in, &r);
}

struct job_end job_run_command(struct job_run *run)
{
	struct slack_inbound *in;
	struct err e;

	if (!job_read_inbound(run, &in, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	return job_ask(run, in);
}

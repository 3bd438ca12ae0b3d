/*
 * The life of a leased job. Every path ends the lease in the queue: done, later, dead, or waiting
 * for a lane; nothing else in the product decides that.
 */
#include "bot/job.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "bot/catalogue.h"
#include "bot/command.h"
#include "bot/forms.h"
#include "bot/loading.h"
#include "bot/reply.h"
#include "slack/mrkdwn.h"

#define ASK_TRIES_MAX 5
#define QUEUE_PAUSE_MS 1000
#define REQUEST_SHORT_CHARS 8 /* enough to find the log's line by */
#define LANE_PATIENCE_MS 2000 /* longer: answer through the response_url */

/* Deaths after which not even the apology is tried again: it may be what kills. */
#define DEATHS_BEFORE_SILENCE (QUEUE_MAX_DEATHS + 2)

struct job_run {
	TALLOC_CTX *ctx;
	struct bot *bot;
	struct loading *loading;
	const struct queue_job *job;
	const char *lane; /* that it holds now */
	const atomic_bool *stop;
	int64_t deadline_ms;
	const char *request; /* id of the request that it came of, or NULL */
};

struct job_kind {
	const char *name;
	struct job_end (*run)(struct job_run *run);
};

/* --- ends of a lease: kept trying while the disk is full, since the work is done --- */

static bool pause_for_queue(const struct job_run *run)
{
	if (atomic_load(run->stop))
		return false;
	clock_sleep_until(clock_deadline_ms(QUEUE_PAUSE_MS));
	return true;
}

static struct job_end end_done(struct job_run *run, const char *reason)
{
	struct err e;

	while (!queue_done(run->bot->queue, run->job->id, &e))
		if (!pause_for_queue(run))
			break;
	stats_add(STATS_JOBS_DONE);
	return (struct job_end){ "job_done", reason };
}

static struct job_end end_dead(struct job_run *run, const char *reason)
{
	struct err e;

	while (!queue_dead(run->bot->queue, run->job->id, reason, &e))
		if (!pause_for_queue(run))
			break;
	stats_add(STATS_JOBS_DEAD);
	return (struct job_end){ "job_dead", reason };
}

static struct job_end end_later(struct job_run *run, int64_t when_ms, const char *reason)
{
	struct err e;

	while (!queue_retry_at(run->bot->queue, run->job->id, when_ms, reason, &e))
		if (!pause_for_queue(run))
			break;
	stats_add(STATS_JOBS_RETRIED);
	return (struct job_end){ "job_later", reason };
}

/* Stores progress; with a lane the job moves there. False: the lease is gone (lane full). */
static bool keep(struct job_run *run, const char *progress, const char *lane)
{
	bool held = true;
	struct err e;

	while (!queue_progress(run->bot->queue, run->job->id, progress, lane, &held, &e))
		if (!pause_for_queue(run))
			return false;
	if (lane)
		run->lane = lane;
	return held;
}

/* --- the answer --- */

/* The lane in which an answer waits for its turn: a channel's, or none. */
static const char *turn_lane(struct job_run *run, const struct slack_inbound *in,
			     const struct reply *r)
{
	return reply_adds_message(r) ? bot_slack_lane(run->ctx, in->channel_id) : "";
}

static struct job_end deliver_later(struct job_run *run, const struct slack_inbound *in,
				    struct reply *r, const struct reply_end *end)
{
	const char *lane = turn_lane(run, in, r);
	const char *reason = mem_strdup(run->ctx, end->reason);
	struct err e;

	if (end->pause_lane && lane[0] &&
	    !queue_lane_pause(run->bot->queue, lane, end->when_ms, &e))
		reason = mem_printf(run->ctx, "%s (lane not paused: %s)", reason, e.text);
	if (!keep(run, reply_save(run->ctx, r), lane))
		return (struct job_end){ "job_waits", lane };
	return end_later(run, end->when_ms, reason);
}

static struct job_end deliver(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	struct reply_end end = reply_send(run->ctx, run->bot, run->job, in, r);
	const char *reason = mem_strdup(run->ctx, end.reason);

	switch (end.result) {
	case REPLY_DELIVERED:
		return r->dead ? end_dead(run, r->dead) : end_done(run, reason);
	case REPLY_LATER:
		return deliver_later(run, in, r, &end);
	case REPLY_FAILED:
		break;
	}
	return end_dead(run, mem_printf(run->ctx, "%s%snobody could be told: %s",
					r->dead ? r->dead : "", r->dead ? "; " : "", reason));
}

/* Whoever would wait long for a turn in a busy channel is answered through the response_url. */
static void choose_way(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	int64_t wait_ms = 0;
	struct err e;

	if (reply_adds_message(r) && reply_hook_open(run->job, in, r) &&
	    queue_lane_wait(run->bot->queue, turn_lane(run, in, r), &wait_ms, &e) &&
	    wait_ms > LANE_PATIENCE_MS)
		r->hook = true;
}

static struct job_end tell(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	choose_way(run, in, r);
	const char *lane = turn_lane(run, in, r);

	if (!keep(run, reply_save(run->ctx, r), lane))
		return (struct job_end){ "job_waits", lane };
	return deliver(run, in, r);
}

/* Ends a job that will not be carried out: the asker is told why, then it is dead. `so_far`: what
 * is known of its loading text. */
static struct job_end bury(struct job_run *run, const struct slack_inbound *in,
			   const struct reply *so_far, const char *reason)
{
	char *text = mem_strdup(run->ctx, ":warning: I could not answer ");

	mrkdwn_add_code(&text, mem_printf(run->ctx, "%s %s", in->command,
					  slack_inbound_clean(run->ctx, in->text)));
	mrkdwn_add_raw(&text, ": ");
	mrkdwn_add_text(&text, reason);
	mrkdwn_add_text(&text, job_request_hint(run->ctx, run->request));
	struct reply r = {
		.message = command_say(run->ctx, text),
		.private = true,
		.loading = so_far->loading,
		.seek = so_far->seek,
		.dead = reason,
	};
	return tell(run, in, &r);
}

/* --- kinds --- */

static bool may_ask_again(const struct job_run *run, const struct err *e, int64_t *ret_when_ms)
{
	static const int64_t steps_ms[ASK_TRIES_MAX - 1] = { 1000, 3000, 8000, 20000 };

	if (e->kind != ERR_RATE_LIMITED && e->kind != ERR_TEMPORARY)
		return false;
	if (run->job->attempts >= ASK_TRIES_MAX)
		return false;
	*ret_when_ms = clock_now_ms() + steps_ms[run->job->attempts - 1];
	if (e->not_before_ms > *ret_when_ms)
		*ret_when_ms = e->not_before_ms;
	return *ret_when_ms < run->job->created_ms + 120 * 1000LL;
}

/* Only what is typed for all to see may show before it is answered. */
static bool is_public(struct job_run *run, const char *text)
{
	const struct catalogue *catalogue = catalogue_take(run->bot);
	bool echoed = command_match(run->ctx, run->bot, catalogue, text).command->echoed;

	catalogue_drop(catalogue);
	return echoed;
}

/* Runs the command, with a loading text when it lasts; `so_far` learns of that. */
static bool run_watched(struct job_run *run, const struct slack_inbound *in, const char *text,
			struct reply *so_far, struct command_answer *ret, struct err *e)
{
	bool show = run->bot->config->loading_messages && !so_far->loading && !so_far->seek &&
		    is_public(run, text);
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

/* Later. What is known of the loading text stays with the job. */
static struct job_end ask_later(struct job_run *run, const struct reply *so_far, int64_t when_ms,
				const char *why)
{
	if (so_far->loading || so_far->seek)
		keep(run, reply_save(run->ctx, so_far), NULL);
	return end_later(run, when_ms, why);
}

static struct job_end ask(struct job_run *run, const struct slack_inbound *in,
			  struct reply *so_far);

/* A command that was not known when it came, or is another Looker's by now, asks in that Looker's
 * lane, so that a slow one never holds up the others. */
static struct job_end ask_elsewhere(struct job_run *run, const struct slack_inbound *in,
				    struct reply *so_far, const char *lane)
{
	bool kept = so_far->loading || so_far->seek;

	if (!keep(run, kept ? reply_save(run->ctx, so_far) : NULL, lane))
		return (struct job_end){ "job_waits", lane };
	return ask(run, in, so_far);
}

static struct job_end ask(struct job_run *run, const struct slack_inbound *in, struct reply *so_far)
{
	const char *text = slack_inbound_clean(run->ctx, in->text);
	struct command_answer answer;
	struct err e;
	int64_t when_ms;

	if (!run_watched(run, in, text, so_far, &answer, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		return may_ask_again(run, &e, &when_ms) ? ask_later(run, so_far, when_ms, why)
							: bury(run, in, so_far, why);
	}
	if (answer.lane)
		return ask_elsewhere(run, in, so_far, answer.lane);
	struct reply r = {
		.message = answer.message,
		.private = answer.private,
		.form = forms_first(run->ctx, run->bot, in->team_id),
		.loading = so_far->loading,
		.seek = so_far->seek,
	};
	return tell(run, in, &r);
}

static bool read_inbound(struct job_run *run, struct slack_inbound **ret, struct err *e)
{
	struct json_object *o;

	if (!json_parse(run->ctx, run->job->body, run->job->body_len, &o, e))
		return false;
	run->request = mem_strdup(run->ctx, json_str(o, JOB_REQUEST));
	return slack_inbound_load(run->ctx, o, ret, e);
}

static struct job_end expired(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	if (!r->message)
		return bury(run, in, r, "it took too long to get to it.");
	reply_withdraw(run->ctx, run->bot, run->job, in, r);
	return end_dead(run, "its answer could not be posted in time");
}

static struct job_end run_command(struct job_run *run)
{
	struct slack_inbound *in;
	struct reply r;
	bool found;
	struct err e;

	if (!read_inbound(run, &in, &e) ||
	    !reply_load(run->ctx, run->job->progress, run->job->progress_len, &r, &found, &e))
		return end_dead(run, mem_strdup(run->ctx, e.text));
	if (run->job->deaths >= DEATHS_BEFORE_SILENCE)
		return end_dead(run, "its process died under it again while the asker was told");
	if (run->job->deaths > 0 && !found && !r.loading) {
		r.seek = true;
		reply_seek(run->ctx, run->bot, run->job, in, &r);
	}
	if (run->job->deaths >= QUEUE_MAX_DEATHS && !(found && (r.dead || r.told)))
		return bury(run, in, &r,
			    mem_printf(run->ctx,
				       "the bot's process died %lld times while it "
				       "worked on this. Its log says more.",
				       (long long)run->job->deaths));
	if (clock_now_ms() > run->job->expires_ms)
		return expired(run, in, &r);
	return found ? deliver(run, in, &r) : ask(run, in, &r);
}

/* Reads one instance's commands; its body is the instance's name. Nobody waits for it: when it
 * fails, the next use asks again. */
static struct job_end run_catalogue(struct job_run *run)
{
	struct bot *bot = run->bot;
	struct err e;

	for (size_t i = 0; i < bot->n_lookers; i++) {
		if (strcmp(looker_name(bot->lookers[i]), run->job->body) != 0)
			continue;
		if (!catalogue_read(run->ctx, bot, i, run->deadline_ms, &e))
			return end_dead(run, mem_strdup(run->ctx, e.text));
		return end_done(run, "");
	}
	return end_dead(run, "this Looker is no longer configured");
}

static const struct job_kind job_kinds[] = {
	{ JOB_COMMAND, run_command },
	{ JOB_CATALOGUE, run_catalogue },
};

char *job_request_hint(TALLOC_CTX *ctx, const char *request)
{
	if (!request)
		return mem_strdup(ctx, "");
	return mem_printf(ctx, " (request %.*s)", REQUEST_SHORT_CHARS, request);
}

struct job_end job_run(TALLOC_CTX *ctx, struct bot *bot, struct loading *loading,
		       const struct queue_job *job, const atomic_bool *stop)
{
	struct job_run run = {
		.ctx = ctx,
		.bot = bot,
		.loading = loading,
		.job = job,
		.lane = job->lane,
		.stop = stop,
		.deadline_ms = clock_deadline_ms(JOB_DEADLINE_MS),
	};
	for (size_t i = 0; i < sizeof(job_kinds) / sizeof(job_kinds[0]); i++) {
		if (strcmp(job_kinds[i].name, job->kind) != 0)
			continue;
		struct job_end end = job_kinds[i].run(&run);
		end.request = run.request;
		return end;
	}
	return end_dead(&run, "this version of the bot does not know this kind of job");
}

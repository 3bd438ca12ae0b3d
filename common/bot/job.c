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
#include "bot/reply.h"
#include "slack/mrkdwn.h"

#define ASK_TRIES_MAX 5
#define QUEUE_PAUSE_MS 1000
#define LANE_PATIENCE_MS 2000 /* longer: answer through the response_url */

/* Deaths after which not even the apology is tried again: it may be what kills. */
#define DEATHS_BEFORE_SILENCE (QUEUE_MAX_DEATHS + 2)

struct job_run {
	TALLOC_CTX *ctx;
	struct bot *bot;
	const struct queue_job *job;
	const atomic_bool *stop;
	int64_t deadline_ms;
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

static struct job_end end_done(struct job_run *run)
{
	struct err e;

	while (!queue_done(run->bot->queue, run->job->id, &e))
		if (!pause_for_queue(run))
			break;
	stats_add(STATS_JOBS_DONE);
	return (struct job_end){ "job_done", "" };
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
	return held;
}

/* --- the answer --- */

static struct job_end deliver(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	struct reply_end end = reply_send(run->ctx, run->bot, run->job, in, r);
	const char *reason = mem_strdup(run->ctx, end.reason);
	struct err e;

	switch (end.result) {
	case REPLY_DELIVERED:
		return r->dead ? end_dead(run, r->dead) : end_done(run);
	case REPLY_LATER:
		keep(run, reply_save(run->ctx, r), r->hook ? "" : NULL);
		if (end.pause_lane && !r->hook &&
		    !queue_lane_pause(run->bot->queue, run->job->lane, end.when_ms, &e))
			reason = mem_printf(run->ctx, "%s (lane not paused: %s)", reason, e.text);
		return end_later(run, end.when_ms, reason);
	case REPLY_FAILED:
		break;
	}
	return end_dead(run, mem_printf(run->ctx, "%s%snobody could be told: %s",
					r->dead ? r->dead : "", r->dead ? "; " : "", reason));
}

/* The channel's lane, or none when the asker alone is told or the channel is busy. */
static const char *reply_lane(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	const char *lane = bot_slack_lane(run->ctx, in->channel_id);
	int64_t wait_ms = 0;
	struct err e;

	if (r->private)
		return "";
	if (reply_hook_open(run->job, in, r) &&
	    queue_lane_wait(run->bot->queue, lane, &wait_ms, &e) && wait_ms > LANE_PATIENCE_MS)
		r->hook = true;
	return r->hook ? "" : lane;
}

static struct job_end tell(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	const char *lane = reply_lane(run, in, r);

	if (!keep(run, reply_save(run->ctx, r), lane))
		return (struct job_end){ "job_waits", lane };
	return deliver(run, in, r);
}

/* Ends a job that will not be carried out: the asker is told why, then it is dead. */
static struct job_end bury(struct job_run *run, const struct slack_inbound *in, const char *reason)
{
	char *text = mem_strdup(run->ctx, ":warning: I could not answer ");

	mrkdwn_add_code(&text, mem_printf(run->ctx, "%s %s", in->command,
					  slack_inbound_clean(run->ctx, in->text)));
	mrkdwn_add_raw(&text, ": ");
	mrkdwn_add_text(&text, reason);
	struct reply r = {
		.message = command_say(run->ctx, text),
		.private = true,
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

static struct job_end ask(struct job_run *run, const struct slack_inbound *in)
{
	const char *text = slack_inbound_clean(run->ctx, in->text);
	struct command_answer answer;
	struct err e;
	int64_t when_ms;

	if (!command_run(run->ctx, run->bot, in, text, run->deadline_ms, &answer, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		return may_ask_again(run, &e, &when_ms) ? end_later(run, when_ms, why)
							: bury(run, in, why);
	}
	struct reply r = { .message = answer.message, .private = answer.private };
	return tell(run, in, &r);
}

static bool read_inbound(struct job_run *run, struct slack_inbound **ret, struct err *e)
{
	struct json_object *o;

	return json_parse(run->ctx, run->job->body, run->job->body_len, &o, e) &&
	       slack_inbound_load(run->ctx, o, ret, e);
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
	if (run->job->deaths >= QUEUE_MAX_DEATHS && !(found && r.dead))
		return bury(run, in,
			    mem_printf(run->ctx,
				       "the bot's process died %lld times while it "
				       "worked on this. Its log says more.",
				       (long long)run->job->deaths));
	if (clock_now_ms() > run->job->expires_ms)
		return found ? end_dead(run, "its answer could not be posted in time")
			     : bury(run, in, "it took too long to get to it.");
	return found ? deliver(run, in, &r) : ask(run, in);
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
		return end_done(run);
	}
	return end_dead(run, "this Looker is no longer configured");
}

static const struct job_kind job_kinds[] = {
	{ JOB_COMMAND, run_command },
	{ JOB_CATALOGUE, run_catalogue },
};

struct job_end job_run(TALLOC_CTX *ctx, struct bot *bot, const struct queue_job *job,
		       const atomic_bool *stop)
{
	struct job_run run = {
		.ctx = ctx,
		.bot = bot,
		.job = job,
		.stop = stop,
		.deadline_ms = clock_deadline_ms(JOB_DEADLINE_MS),
	};
	for (size_t i = 0; i < sizeof(job_kinds) / sizeof(job_kinds[0]); i++)
		if (strcmp(job_kinds[i].name, job->kind) == 0)
			return job_kinds[i].run(&run);
	return end_dead(&run, "this version of the bot does not know this kind of job");
}

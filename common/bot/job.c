/*
 * The life of a leased job: the table of kinds, and the ends of a lease. Every path ends the lease
 * in the queue: done, later, dead, or waiting for a lane. What a kind does is in job_KIND.c.
 */
#include "bot/job.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "bot/channels.h"
#include "bot/job_run.h"
#include "bot/offers.h"
#include "bot/press_action.h"

#define TRIES_MAX 5
#define QUEUE_PAUSE_MS 1000
#define REQUEST_SHORT_CHARS 8 /* enough to find the log's line by */

struct job_kind {
	const char *name;
	struct job_end (*run)(struct job_run *run);
	bool in_parts; /* it reads a large body itself */
};

static const struct job_kind job_kinds[] = {
	{ JOB_COMMAND, job_run_command },     { JOB_CATALOGUE, job_run_catalogue },
	{ JOB_DIRECTORY, job_run_directory }, { JOB_SCHEDULE, job_run_schedule, true },
	{ JOB_LINKS, job_run_links },	      { JOB_EVENT, job_run_event },
	{ JOB_PICTURE, job_run_picture },     { JOB_PRESS, job_run_press },
	{ JOB_OFFER, job_run_offer },	      { JOB_SHARE, job_run_share },
	{ JOB_TILES, job_run_tiles },	      { JOB_SUBMIT, job_run_submit },
	{ JOB_ACTION, job_run_action },
};

static bool pause_for_queue(const struct job_run *run)
{
	if (atomic_load(run->stop))
		return false;
	clock_sleep_until(clock_deadline_ms(QUEUE_PAUSE_MS));
	return true;
}

struct job_end job_end_done(struct job_run *run, const char *reason)
{
	struct err e;

	while (!queue_done(run->bot->queue, run->job->id, &e))
		if (!pause_for_queue(run))
			break;
	stats_add(STATS_JOBS_DONE);
	return (struct job_end){ "job_done", reason };
}

struct job_end job_end_dead(struct job_run *run, const char *reason)
{
	struct err e;

	while (!queue_dead(run->bot->queue, run->job->id, reason, &e))
		if (!pause_for_queue(run))
			break;
	stats_add(STATS_JOBS_DEAD);
	return (struct job_end){ "job_dead", reason };
}

struct job_end job_end_later(struct job_run *run, int64_t when_ms, const char *reason)
{
	struct err e;

	while (!queue_retry_at(run->bot->queue, run->job->id, when_ms, reason, &e))
		if (!pause_for_queue(run))
			break;
	stats_add(STATS_JOBS_RETRIED);
	return (struct job_end){ "job_later", reason };
}

struct job_end job_end_hold(struct job_run *run, int64_t until_ms, const char *reason)
{
	struct err e;

	while (!queue_hold(run->bot->queue, run->job->id, until_ms, reason, &e))
		if (!pause_for_queue(run))
			break;
	stats_add(STATS_JOBS_RETRIED);
	return (struct job_end){ "job_later", reason };
}

struct job_end job_end_next(struct job_run *run, const char *reason)
{
	struct err e;

	while (!queue_retry_at(run->bot->queue, run->job->id, clock_now_ms(), reason, &e))
		if (!pause_for_queue(run))
			break;
	return (struct job_end){ "job_goes_on", reason };
}

bool job_keep(struct job_run *run, const char *progress, const char *lane)
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

struct job_end job_end_waits(const char *lane)
{
	return (struct job_end){ "job_waits", lane };
}

bool job_may_try_again(const struct job_run *run, const struct err *e, int64_t *ret_when_ms)
{
	static const int64_t steps_ms[TRIES_MAX - 1] = { 1000, 3000, 8000, 20000 };

	if (e->kind != ERR_RATE_LIMITED && e->kind != ERR_TEMPORARY)
		return false;
	if (run->job->attempts >= TRIES_MAX)
		return false;
	*ret_when_ms = clock_now_ms() + steps_ms[run->job->attempts - 1];
	if (e->not_before_ms > *ret_when_ms)
		*ret_when_ms = e->not_before_ms;
	return *ret_when_ms < run->job->created_ms + 120 * 1000LL;
}

bool job_read_inbound(struct job_run *run, struct slack_inbound **ret, struct err *e)
{
	struct json_object *o;

	if (!json_parse(run->ctx, run->job->body, run->job->body_len, &o, e))
		return false;
	run->request = mem_strdup(run->ctx, json_str(o, JOB_REQUEST));
	if (!slack_inbound_load(run->ctx, o, ret, e))
		return false;
	if ((*ret)->channel_id)
		(*ret)->channel_id = channels_today(run->ctx, run->bot, (*ret)->channel_id);
	return true;
}

char *job_request_hint(TALLOC_CTX *ctx, const char *request)
{
	if (!request)
		return mem_strdup(ctx, "");
	return mem_printf(ctx, " (request %.*s)", REQUEST_SHORT_CHARS, request);
}

struct job_end job_body_lost(struct job_run *run, const struct err *e)
{
	const char *why = mem_strdup(run->ctx, e->text);

	return e->kind == ERR_TEMPORARY ? job_end_later(run, clock_now_ms() + QUEUE_PAUSE_MS, why)
					: job_end_dead(run, why);
}

static struct job_end run_kind(const struct job_kind *kind, struct job_run *run)
{
	struct queue_job whole = *run->job;
	struct err e;

	if (!kind->in_parts && !whole.body) {
		if (!job_body(run, JOB_BODY_ALL, &whole.body, &whole.body_len, &e))
			return job_body_lost(run, &e);
		run->job = &whole;
	}
	struct job_end end = kind->run(run);
	end.request = run->request;
	return end;
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
		if (strcmp(job_kinds[i].name, job->kind) == 0)
			return run_kind(&job_kinds[i], &run);
	}
	return job_end_dead(&run, "this version of the bot does not know this kind of job");
}

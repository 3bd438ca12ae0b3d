/*
 * Jobs of kind `directory`: Slack's lists of channels and people are read, page by page. Slack
 * slows that down in large workspaces: the job goes back with the cursor, and no worker waits.
 */
#include "bot/job_run.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "bot/directory.h"
#include "bot/people.h"

/* Slack is away: so soon it is tried again, at first and later, until its time is up. */
#define SOON_PAUSE_MS 5000
#define SOON_ATTEMPTS 12
#define PAUSE_MS (60 * 1000LL)

static char *save(TALLOC_CTX *ctx, const struct directory_reading *r)
{
	struct json_object *o = json_new_object(ctx);

	json_set_int(o, "began_ms", r->began_ms);
	json_set_int(o, "kind", r->kind);
	json_set_str(o, "cursor", r->cursor);
	json_set_bool(o, "without_private", r->without_private);
	for (size_t k = 0; k < DIRECTORY_KINDS; k++) {
		json_set_int(o, mem_printf(ctx, "pages%zu", k), (int64_t)r->pages[k]);
		json_set_str(o, mem_printf(ctx, "problem%zu", k), r->problems[k]);
	}
	return mem_strdup(ctx, json_text(o));
}

/* What cannot be read is a new beginning. */
static struct directory_reading load(struct job_run *run)
{
	struct directory_reading r = { .began_ms = clock_now_ms() };
	TALLOC_CTX *ctx = run->ctx;
	struct json_object *o;
	struct err e;

	if (!run->job->progress ||
	    !json_parse(ctx, run->job->progress, run->job->progress_len, &o, &e))
		return r;
	r.began_ms = json_int_or(o, "began_ms", r.began_ms);
	int64_t kind = json_int_or(o, "kind", 0);
	r.kind = kind >= 0 && kind <= DIRECTORY_KINDS ? (enum directory_kind)kind : 0;
	r.cursor = mem_strdup(ctx, json_str(o, "cursor"));
	r.without_private = json_bool_or(o, "without_private", false);
	for (size_t k = 0; k < DIRECTORY_KINDS; k++) {
		r.pages[k] = (size_t)json_int_or(o, mem_printf(ctx, "pages%zu", k), 0);
		r.problems[k] = mem_strdup(ctx, json_str(o, mem_printf(ctx, "problem%zu", k)));
	}
	return r;
}

/* Without this one there will be others. */
static struct job_end give_up(struct job_run *run, const char *why)
{
	struct err e;

	if (!directory_read_next(run->ctx, run->bot, &e))
		log_debug("directory_not_queued", LOG_S("reason", e.text));
	return job_end_dead(run, why);
}

static struct job_end failed(struct job_run *run, const struct err *e)
{
	const char *why = mem_strdup(run->ctx, e->text);
	int64_t when_ms =
		clock_now_ms() + (run->job->attempts < SOON_ATTEMPTS ? SOON_PAUSE_MS : PAUSE_MS);

	if (e->kind == ERR_RATE_LIMITED)
		when_ms = e->not_before_ms;
	if (when_ms > run->job->expires_ms)
		return give_up(run, why);
	if (e->kind == ERR_BAD_INPUT) /* the cursor is too old */
		job_keep(run, "{}", NULL);
	return job_end_later(run, when_ms, why);
}

struct job_end job_run_directory(struct job_run *run)
{
	struct directory_reading r = load(run);
	struct slack_identity self;
	struct err e;

	if (run->job->deaths >= QUEUE_MAX_DEATHS)
		return give_up(run, "the bot's process died under it again and again");
	if (!people_self(run->ctx, run->bot, run->deadline_ms, &self, &e))
		return failed(run, &e);
	while (r.kind < DIRECTORY_KINDS) {
		if (!directory_read_page(run->ctx, run->bot, run->deadline_ms, &r, &e))
			return failed(run, &e);
		if (!job_keep(run, save(run->ctx, &r), NULL))
			return job_end_waits(run->lane);
		if (atomic_load(run->stop))
			return job_end_later(run, clock_now_ms(), "the program ends");
	}
	if (!directory_publish(run->ctx, run->bot, &self, &r, &e))
		return failed(run, &e);
	return job_end_done(run, "");
}

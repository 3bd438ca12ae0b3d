/*
 * Jobs of kind `tiles`: the tiles of a dashboard whose parent message is in the channel. One tile a
 * turn: it is asked of Looker in its lane, its message is stored, then it is posted in the
 * channel's lane, and the job goes back to the queue, behind whatever else is due there. So a
 * worker never waits, a tile that was posted is known as posted, and what Looker has answered is
 * not asked again.
 */
#include "bot/job_tiles.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/picture.h"

#define LIFE_MS (30 * 60 * 1000LL)
#define TRIES_MAX 4 /* of a tile; later ones have the rest until one works again */
#define PARENT_TRIES_MAX 5
#define PARENT_EVERY_MS 3000
#define PICTURE_PAUSE_MS 1000
#define PARENT_DEADLINE_MS (10 * 1000LL)

struct work {
	struct job_run *run;
	const struct slack_inbound *in;
	struct tiles tiles;
	/* from the body */
	const char *parent; /* its ts */
	const char *parent_id;
	enum slack_form form;
	/* from the progress */
	size_t next; /* tile */
	const char **failed;
	size_t n_failed;
	int tries;	 /* of Looker, or of the parent at the end */
	int64_t told_ms; /* when the parent said last how far it is */
	struct reply reply;
	bool asked; /* `reply` has the next tile's message */
};

/* --- what is stored --- */

bool job_tiles_put(struct job_run *run, const struct slack_inbound *in, const struct reply *r,
		   struct err *e)
{
	struct json_object *o = slack_inbound_save(run->ctx, in);
	char *id = reply_delivery_id(run->ctx, run->job);

	json_set_str(o, JOB_REQUEST, run->request);
	json_set(o, "tiles", json_object_get(r->tiles));
	json_set_str(o, "parent", r->ts);
	json_set_str(o, "parent_id", id);
	json_set_int(o, "form", r->form);
	const char *body = json_text(o);
	struct queue_put put = {
		.kind = JOB_TILES,
		.keys = { id },
		.lane = "",
		.priority = QUEUE_PRIORITY_LINK, /* who asks now goes first */
		.expires_ms = clock_now_ms() + LIFE_MS,
		.body = body,
		.body_len = strlen(body),
	};
	return queue_put(run->bot->queue, &put, 1, NULL, e);
}

static const char *save(const struct work *w)
{
	TALLOC_CTX *ctx = w->run->ctx;
	struct json_object *o = json_new_object(ctx), *failed = json_object_new_array();

	for (size_t i = 0; i < w->n_failed; i++)
		json_object_array_add(failed, json_object_new_string(w->failed[i]));
	json_set_int(o, "next", (int64_t)w->next);
	json_set(o, "failed", failed);
	json_set_int(o, "tries", w->tries);
	json_set_int(o, "told_ms", w->told_ms);
	if (w->asked)
		json_set_str(o, "reply", reply_save(ctx, &w->reply));
	return mem_strdup(ctx, json_text(o));
}

static bool load_progress(struct work *w, struct err *e)
{
	const struct queue_job *job = w->run->job;
	struct json_object *o = NULL;

	w->told_ms = job->created_ms;
	w->failed = mem_array(w->run->ctx, const char *, TILES_MAX);
	if (job->progress_len == 0)
		return true;
	if (!json_parse(w->run->ctx, job->progress, job->progress_len, &o, e))
		return false;
	const struct json_object *failed = json_array_at(o, "failed");
	w->next = (size_t)json_int_or(o, "next", 0);
	w->tries = (int)json_int_or(o, "tries", 0);
	w->told_ms = json_int_or(o, "told_ms", w->told_ms);
	for (size_t i = 0; i < json_len(failed) && i < TILES_MAX; i++)
		w->failed[w->n_failed++] = json_object_get_string(json_item(failed, i));
	const char *reply = json_str(o, "reply");
	return !reply || reply_load(w->run->ctx, reply, strlen(reply), &w->reply, &w->asked, e);
}

static bool load(struct job_run *run, struct work *w, struct err *e)
{
	struct slack_inbound *in;
	struct json_object *o;

	*w = (struct work){ .run = run };
	if (!job_read_inbound(run, &in, e) ||
	    !json_parse(run->ctx, run->job->body, run->job->body_len, &o, e) ||
	    !tiles_load(run->ctx, json_object_at(o, "tiles"), &w->tiles, e) || !load_progress(w, e))
		return false;
	w->in = in;
	w->parent = json_str(o, "parent");
	w->parent_id = json_str(o, "parent_id");
	w->form = (enum slack_form)json_int_or(o, "form", 0);
	if (!w->parent || !w->parent_id || !in->channel_id)
		return err_set(e, ERR_BAD_INPUT, "the parent's place is missing");
	if (w->form >= SLACK_FORMS)
		w->form = SLACK_FORM_TEXT;
	return true;
}

/* --- the parent --- */

/* The same again changes nothing, and it is no new message: it takes no turn. */
static bool tell_parent(struct work *w, const char *ending, struct err *e)
{
	struct job_run *run = w->run;
	struct tiles_done done = {
		.n = w->next,
		.failed = w->failed,
		.n_failed = w->n_failed,
		.here = w->in->thread_ts != NULL,
		.ending = ending,
	};
	struct slack_message *m =
		tiles_parent(run->ctx, &w->tiles, tiles_status(run->ctx, &w->tiles, &done));
	struct slack_outcome outcome;

	w->told_ms = clock_now_ms();
	return slack_api_update(
		run->ctx, run->bot->slack, clock_deadline_ms(PARENT_DEADLINE_MS), w->in->channel_id,
		w->parent, slack_message_encode(run->ctx, m, w->form), w->parent_id, &outcome, e);
}

static bool is_passing(enum err_kind kind)
{
	return kind == ERR_RATE_LIMITED || kind == ERR_TEMPORARY || kind == ERR_UNKNOWN;
}

/* No more tiles: the parent says so, as soon as Slack takes it. */
static struct job_end finish(struct work *w, const char *ending)
{
	struct job_run *run = w->run;
	const char *why = "";
	struct err e;

	if (!tell_parent(w, ending, &e)) {
		why = mem_strdup(run->ctx, e.text);
		int64_t when_ms = clock_now_ms() + 1000LL * (1 << w->tries);
		if (e.kind == ERR_RATE_LIMITED && e.not_before_ms > when_ms)
			when_ms = e.not_before_ms;
		if (is_passing(e.kind) && ++w->tries < PARENT_TRIES_MAX)
			return job_keep(run, save(w), "") ? job_end_later(run, when_ms, why)
							  : job_end_waits("");
	}
	if (ending)
		return job_end_dead(run, ending);
	return job_end_done(
		run, why[0] ? mem_printf(run->ctx, "the parent does not say so: %s", why) : why);
}

/* --- asking --- */

static void take(struct work *w, const struct tiles_made *made)
{
	TALLOC_CTX *ctx = w->run->ctx;

	if (made->failed && w->n_failed < TILES_MAX)
		w->failed[w->n_failed++] = tiles_title(ctx, &w->tiles, w->next);
	w->reply = (struct reply){
		.message = made->message,
		.picture = made->picture,
		.form = w->form,
		.part = mem_printf(ctx, "tile%zu", w->next + 1),
	};
	w->asked = true;
}

const char *job_tiles_lane(struct job_run *run, const struct tiles *t)
{
	size_t instance;

	return tiles_instance(run->bot, t, &instance)
		       ? bot_looker_lane(run->ctx, run->bot->lookers[instance])
		       : "";
}

/* The next tile's message. False: *end is the end of the lease. */
static bool ask(struct work *w, struct job_end *end)
{
	static const int64_t steps_ms[TRIES_MAX] = { 1000, 3000, 8000, 8000 };
	struct job_run *run = w->run;
	struct command_call call = job_tiles_call(run, w->in);
	struct tiles_made made = { .failed = true };
	struct err e;

	if (tiles_runs(&w->tiles, w->next) || tiles_is_drawn(run->bot, &w->tiles, w->next)) {
		const char *lane = job_tiles_lane(run, &w->tiles);
		if (strcmp(lane, run->lane) != 0 && !job_keep(run, save(w), lane)) {
			*end = job_end_waits(lane);
			return false;
		}
	}
	if (tiles_tile(run->ctx, &call, &w->tiles, w->next, &made, &e)) {
		w->tries = 0;
		take(w, &made);
		return true;
	}
	const char *why = mem_strdup(run->ctx, e.text);
	int64_t when_ms = clock_now_ms() + steps_ms[w->tries < TRIES_MAX ? w->tries : 0];
	if (e.kind == ERR_RATE_LIMITED && e.not_before_ms > when_ms)
		when_ms = e.not_before_ms;
	if (is_passing(e.kind) && w->tries + 1 < TRIES_MAX && when_ms < run->job->expires_ms) {
		w->tries++;
		*end = job_keep(run, save(w), NULL) ? job_end_later(run, when_ms, why)
						    : job_end_waits(run->lane);
		return false;
	}
	made.message = tiles_sorry(run->ctx, &w->tiles, w->next, why);
	take(w, &made);
	return true;
}

/* --- posting --- */

/* The tile is out; its picture is a job of its own (bot/picture.h). Whoever takes this job up again
 * does not post it again. */
static bool put_picture(struct work *w, const struct slack_inbound *place, struct err *e)
{
	if (!w->reply.picture || !w->reply.ts)
		return true;
	w->reply.told = true;
	job_keep(w->run, save(w), NULL);
	return picture_put(w->run, place, &w->reply, e);
}

static struct job_end posted(struct work *w, const struct slack_inbound *place)
{
	struct job_run *run = w->run;
	struct err e;

	if (!put_picture(w, place, &e))
		return job_end_later(run, clock_now_ms() + PICTURE_PAUSE_MS,
				     mem_strdup(run->ctx, e.text));
	w->form = w->reply.form;
	w->asked = false;
	if (++w->next >= w->tiles.n) {
		w->tries = 0;
		/* A finish that has to wait must not post this one again. */
		return job_keep(run, save(w), "") ? finish(w, NULL) : job_end_waits("");
	}
	if (clock_is_older(w->told_ms, PARENT_EVERY_MS) && !tell_parent(w, NULL, &e) &&
	    e.kind == ERR_NOT_FOUND)
		return job_end_done(run, "somebody has deleted the parent");
	const char *lane = job_tiles_lane(run, &w->tiles);
	if (!job_keep(run, save(w), lane))
		return job_end_waits(lane);
	return job_end_next(run, mem_printf(run->ctx, "%zu of %zu tiles", w->next, w->tiles.n));
}

static struct job_end post_later(struct work *w, const struct reply_end *end, const char *lane)
{
	struct job_run *run = w->run;
	const char *reason = mem_strdup(run->ctx, end->reason);
	struct err e;

	if (end->pause_lane && !queue_lane_pause(run->bot->queue, lane, end->when_ms, &e))
		reason = mem_printf(run->ctx, "%s (lane not paused: %s)", reason, e.text);
	if (!job_keep(run, save(w), lane))
		return job_end_waits(lane);
	return job_end_later(run, end->when_ms, reason);
}

static struct job_end post(struct work *w)
{
	struct job_run *run = w->run;
	const char *lane = bot_slack_lane(run->ctx, w->in->channel_id);
	struct slack_inbound place = *w->in;

	if (!job_keep(run, save(w), lane))
		return job_end_waits(lane);
	place.response_url = NULL; /* a thread cannot follow there */
	if (!place.thread_ts)
		place.thread_ts = w->parent;
	struct reply_end end = reply_send(run->ctx, run->bot, run->job, &place, &w->reply);
	switch (end.result) {
	case REPLY_DELIVERED:
		return posted(w, &place);
	case REPLY_LATER:
		return post_later(w, &end, lane);
	case REPLY_FAILED:
		break;
	}
	return finish(w, mem_strdup(run->ctx, end.reason));
}

struct job_end job_run_tiles(struct job_run *run)
{
	struct job_end end;
	struct work w;
	struct err e;

	if (!load(run, &w, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (run->job->deaths > QUEUE_MAX_DEATHS)
		return job_end_dead(run, "its process died under it again and again");
	if (run->job->deaths == QUEUE_MAX_DEATHS)
		return finish(&w, "the bot’s process died under them again and again");
	if (clock_now_ms() > run->job->expires_ms)
		return finish(&w, "it took too long");
	if (w.next >= w.tiles.n)
		return finish(&w, NULL);
	if (!w.asked && !ask(&w, &end))
		return end;
	return post(&w);
}

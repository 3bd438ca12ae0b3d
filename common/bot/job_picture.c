/*
 * Jobs of kind `picture`: Looker draws, somebody keeps the file (picture_keep.c; of a PDF:
 * picture_file.c), the picture takes the text answer's place. Each wait is the queue's: no worker
 * stands still while Looker draws or Slack looks at the file. How far it is stands in the progress;
 * the picture's bytes do not, they are fetched again when a process died between. What goes wrong
 * is said in the answer, which stays.
 */
#include "bot/drawing.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "looker/auth_as.h"
#include "looker/file.h"

#define DRAW_MAX_MS (4 * 60 * 1000LL)	  /* from the answer to Looker's picture */
#define PDF_DEADLINE_MS (2 * 60 * 1000LL) /* it may be large */
#define ASKED_MAX 2			  /* render tasks: one may be lost */
#define DEATHS_BEFORE_SILENCE (QUEUE_MAX_DEATHS + 2)

static bool get_looker(struct drawing *d, struct looker **ret, struct err *e)
{
	struct bot *bot = drawing_bot(d);

	for (size_t i = 0; i < bot->n_lookers; i++) {
		if (strcmp(looker_name(bot->lookers[i]), d->task.looker) != 0)
			continue;
		*ret = bot->lookers[i];
		return !d->task.user_id || looker_as(d->run->ctx, bot->lookers[i],
						     clock_deadline_ms(DRAWING_CALL_DEADLINE_MS),
						     d->task.user_id, ret, e);
	}
	return err_set(e, ERR_NOT_FOUND, "the Looker at %s is no longer in the settings",
		       d->task.looker);
}

static struct job_end ask_for_picture(struct drawing *d, struct looker *lk)
{
	struct err e;

	if (d->state.asked >= ASKED_MAX)
		return drawing_fail(d, "Looker has lost it");
	if (!looker_render_start(d->run->ctx, lk, clock_deadline_ms(DRAWING_CALL_DEADLINE_MS),
				 &d->task.what, &d->state.task, &e))
		return drawing_again(d, &e);
	d->state.asked++;
	d->state.polls = 0;
	d->state.tries = 0;
	return drawing_wait(d, picture_pause_ms(0), "Looker draws");
}

static struct job_end still_drawn(struct drawing *d, int64_t at_least_ms, const char *words)
{
	int64_t ms = picture_pause_ms(d->state.polls++);
	d->state.tries = 0;

	return drawing_wait(d, ms > at_least_ms ? ms : at_least_ms,
			    mem_printf(d->run->ctx, "Looker draws (%s)", words));
}

static struct job_end fetch(struct drawing *d, struct looker *lk)
{
	struct looker_picture p = { .png = NULL };
	struct spool *file = NULL;
	struct err e;
	bool ok = d->task.what.pdf
			  ? looker_file_pdf(d->run->ctx, lk, clock_deadline_ms(PDF_DEADLINE_MS),
					    d->state.task, drawing_bot(d)->config->state_dir,
					    d->run->stop, &file, &p.wait_ms, &e)
			  : looker_render_fetch(d->run->ctx, lk,
						clock_deadline_ms(DRAWING_CALL_DEADLINE_MS),
						d->state.task, &p, &e);

	if (ok && file)
		return picture_file(d, file);
	if (ok)
		return p.png ? picture_keep(d, &p) : still_drawn(d, p.wait_ms, "not ready yet");
	if (e.kind != ERR_NOT_FOUND)
		return drawing_again(d, &e);
	d->state.task = NULL; /* it is not kept for long */
	return ask_for_picture(d, lk);
}

static struct job_end see_task(struct drawing *d, struct looker *lk)
{
	enum looker_render_state drawn;
	const char *words;
	struct err e;

	if (!looker_render_look(d->run->ctx, lk, clock_deadline_ms(DRAWING_CALL_DEADLINE_MS),
				d->state.task, &drawn, &words, &e)) {
		if (e.kind != ERR_NOT_FOUND)
			return drawing_again(d, &e);
		d->state.task = NULL;
		return ask_for_picture(d, lk);
	}
	switch (drawn) {
	case LOOKER_RENDER_UNDER_WAY:
		return still_drawn(d, 0, words);
	case LOOKER_RENDER_FAILED:
		return drawing_fail(d, mem_printf(d->run->ctx, "Looker could not draw it%s%s",
						  words[0] ? ": " : "", words));
	case LOOKER_RENDER_DRAWN:
		break;
	}
	return fetch(d, lk);
}

/* --- the job --- */

/* Slack does not show it in the answer: below it, then, as far as there is a place. */
static struct job_end share_instead(struct drawing *d)
{
	if (d->task.private)
		return drawing_fail(d, "Slack does not show it to one person alone");
	d->state.share = true;
	d->state.file = NULL; /* a file that is complete cannot be shared this way any more */
	d->state.complete = false;
	d->state.tries = 0;
	d->reply = (struct reply){ .message = NULL };
	return drawing_wait(d, 0, "Slack does not show it in the answer");
}

static struct job_end draw(struct drawing *d)
{
	const struct queue_job *job = d->run->job;
	struct looker *lk;
	struct err e;

	if (d->state.file)
		return picture_keep_on(d);
	if (clock_now_ms() > job->created_ms + DRAW_MAX_MS)
		return drawing_fail(d, "Looker has not drawn it within 4 minutes");
	if (!get_looker(d, &lk, &e))
		return drawing_again(d, &e);
	const char *lane = bot_looker_lane(d->run->ctx, lk);
	if (strcmp(lane, d->run->lane) != 0 && !drawing_keep_in(d, lane))
		return job_end_waits(lane);
	return d->state.task ? see_task(d, lk) : ask_for_picture(d, lk);
}

static struct job_end go_on(struct drawing *d, bool answered)
{
	const struct queue_job *job = d->run->job;

	if (job->deaths >= DEATHS_BEFORE_SILENCE)
		return job_end_dead(d->run, "its process died under it again and again");
	if (answered && clock_now_ms() > job->expires_ms)
		return job_end_dead(d->run, "its picture could not be posted in time");
	if (answered && d->state.url && d->reply.image_refused > 0)
		return picture_keep_in_slack(d);
	if (answered && d->reply.image_refused >= REPLY_IMAGE_REFUSED_MAX && !d->state.why)
		return share_instead(d);
	if (answered)
		return job_deliver(d->run, d->in, &d->reply);
	if (job->deaths >= QUEUE_MAX_DEATHS)
		return drawing_fail(d, "the bot's process died while it worked on it");
	if (clock_now_ms() > job->expires_ms)
		return drawing_fail(d, "it took too long");
	return draw(d);
}

struct job_end job_run_picture(struct job_run *run)
{
	struct drawing d = { .run = run };
	struct slack_inbound *in;
	struct json_object *body;
	bool answered;
	struct err e;

	if (!job_read_inbound(run, &in, &e) ||
	    !json_parse(run->ctx, run->job->body, run->job->body_len, &body, &e) ||
	    !picture_load(run->ctx, body, &d.task, &e) ||
	    !reply_load(run->ctx, run->job->progress, run->job->progress_len, &d.reply, &answered,
			&e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	d.in = in;
	d.state = picture_state_load(run->ctx, d.reply.state);
	d.task.aside = d.state.aside != NULL;
	d.task.unthreaded = in->channel_id && in->channel_id[0] == 'D' && !in->thread_ts;
	d.task.asker = in->user_id;
	struct job_end end = go_on(&d, answered);
	/* A picture that failed is told, and so done: the log says why. */
	const char *why = d.state.why ? d.state.why : d.state.no_store;
	if (why && strcmp(end.event, "job_done") == 0 && !end.reason[0])
		end.reason = why;
	return end;
}

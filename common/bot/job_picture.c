/*
 * Jobs of kind `picture`: Looker draws, Slack keeps the file, the picture takes the text answer's
 * place. Each wait is the queue's: no worker stands still while Looker draws or Slack looks at the
 * file. How far it is stands in the progress; the picture's bytes do not, they are fetched again
 * when a process died between. What goes wrong is said in the answer, which stays.
 */
#include "bot/job_run.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/forms.h"
#include "bot/picture.h"
#include "looker/auth_as.h"
#include "slack/files.h"

#define DRAW_MAX_MS (4 * 60 * 1000LL) /* from the answer to Looker's picture */
#define CALL_DEADLINE_MS (30 * 1000LL)
#define UPLOAD_DEADLINE_MS (2 * 60 * 1000LL)
#define TRIES_MAX 5 /* of one step */
#define ASKED_MAX 2 /* render tasks: one may be lost */
#define WAITS_MAX 8 /* for Slack to look at the file */
#define DEATHS_BEFORE_SILENCE (QUEUE_MAX_DEATHS + 2)
#define FILE_NAME "looker.png"

struct drawing {
	struct job_run *run;
	const struct slack_inbound *in;
	struct picture_task task;
	struct picture_state state;
	struct reply reply;
};

static struct bot *bot_of(const struct drawing *d)
{
	return d->run->bot;
}

/* --- ends of a step --- */

static const char *progress(struct drawing *d)
{
	d->reply.state = picture_state_save(d->run->ctx, &d->state);
	return reply_save(d->run->ctx, &d->reply);
}

/* In `lane`, now or when it has room. False: the lease is gone. */
static bool keep_in(struct drawing *d, const char *lane)
{
	return job_keep(d->run, progress(d), strcmp(lane, d->run->lane) != 0 ? lane : NULL);
}

static struct job_end wait_ms(struct drawing *d, int64_t ms, const char *why)
{
	if (!job_keep(d->run, progress(d), NULL))
		return job_end_waits(d->run->lane);
	return job_end_later(d->run, clock_now_ms() + ms, why);
}

/* Puts `m` into the text answer's place, or behind it where nobody can change that. */
static struct job_end place(struct drawing *d, struct slack_message *m)
{
	struct reply *r = &d->reply;

	r->message = m;
	r->loading = d->task.ts;
	r->hook = d->task.hook && !d->task.ts;
	r->private = d->task.private;
	r->hook_uses = d->task.hook_uses;
	r->form = forms_first(d->run->ctx, bot_of(d), d->in->team_id);
	r->state = picture_state_save(d->run->ctx, &d->state);
	if (r->private)
		job_guard(d->run, d->in, r, true);
	return job_tell(d->run, d->in, r);
}

static struct job_end fail(struct drawing *d, const char *why)
{
	d->state.why = mem_strdup(d->run->ctx, why);
	return place(d, picture_answer_without(d->run->ctx, &d->task, d->state.why));
}

static bool may_pass(const struct err *e)
{
	return e->kind == ERR_RATE_LIMITED || e->kind == ERR_TEMPORARY || e->kind == ERR_UNKNOWN;
}

/* The step failed: once more later, or never. */
static struct job_end again(struct drawing *d, const struct err *e)
{
	static const int64_t steps_ms[TRIES_MAX] = { 1000, 3000, 8000, 20000, 40000 };
	const char *why = mem_strdup(d->run->ctx, e->text);

	if (!may_pass(e) || d->state.tries >= TRIES_MAX)
		return fail(d, why);
	int64_t ms = steps_ms[d->state.tries++];
	if (e->kind == ERR_RATE_LIMITED && e->not_before_ms > clock_now_ms() + ms)
		ms = e->not_before_ms - clock_now_ms();
	if (clock_now_ms() + ms > d->run->job->expires_ms)
		return fail(d, why);
	return wait_ms(d, ms, why);
}

/* --- Slack keeps the file --- */

static bool bytes_as_file(const struct looker_picture *p, int *ret_fd, struct err *e)
{
	int fd = memfd_create("picture", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < p->len) {
		ssize_t n = write(fd, p->png + done, p->len - done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (fd >= 0 && done == p->len) {
		*ret_fd = fd;
		return true;
	}
	if (fd >= 0)
		close(fd);
	return err_set(e, ERR_TEMPORARY, "there is no memory for the picture");
}

static bool send_bytes(struct drawing *d, const struct slack_upload *upload,
		       const struct looker_picture *p, struct err *e)
{
	int fd = -1;

	if (!bytes_as_file(p, &fd, e))
		return false;
	bool ok =
		slack_files_send(d->run->ctx, bot_of(d)->slack,
				 clock_deadline_ms(UPLOAD_DEADLINE_MS), upload->url, fd, p->len, e);
	close(fd);
	return ok;
}

/* Where the picture cannot be part of the answer, it is shared as a file below it. */
static struct slack_share share_of(const struct drawing *d)
{
	struct slack_share s = { .file_id = d->state.file, .title = d->task.title };

	if (!d->task.title[0])
		s.title = "Looker";
	if (d->state.share) {
		s.channel_id = d->in->channel_id;
		s.thread_ts = d->in->thread_ts ? d->in->thread_ts : d->task.ts;
	}
	return s;
}

static struct job_end see_file(struct drawing *d);

static struct job_end upload(struct drawing *d, const struct looker_picture *p)
{
	TALLOC_CTX *ctx = d->run->ctx;
	const struct slack_api *slack = bot_of(d)->slack;
	struct slack_upload up;
	struct err e;

	if (!slack_files_begin(ctx, slack, clock_deadline_ms(CALL_DEADLINE_MS), FILE_NAME, p->len,
			       &up, NULL, &e))
		return again(d, &e);
	/* From here on the file may be there: it is looked for before it is sent again. */
	d->state.file = up.file_id;
	d->state.waits = 0;
	if (!keep_in(d, ""))
		return job_end_waits("");
	struct slack_share share = share_of(d);
	if (!send_bytes(d, &up, p, &e) ||
	    !slack_files_complete(ctx, slack, clock_deadline_ms(CALL_DEADLINE_MS), &share, NULL,
				  &e)) {
		if (e.kind != ERR_UNKNOWN)
			d->state.file = NULL; /* there is no such file */
		return again(d, &e);
	}
	d->state.complete = true;
	d->state.tries = 0;
	if (!keep_in(d, ""))
		return job_end_waits("");
	return see_file(d);
}

/* Whether the file may be shown, or is where it was to be shared. */
static bool ask_file(struct drawing *d, bool *ret, struct err *e)
{
	int64_t deadline_ms = clock_deadline_ms(CALL_DEADLINE_MS);
	bool (*ask)(TALLOC_CTX *, const struct slack_api *, int64_t, const char *, bool *,
		    struct err *) = d->state.share ? slack_files_shared : slack_files_ready;

	return ask(d->run->ctx, bot_of(d)->slack, deadline_ms, d->state.file, ret, e);
}

static struct job_end wait_for_file(struct drawing *d)
{
	static const int64_t steps_ms[] = { 500, 1000, 2000, 4000 };
	size_t last = sizeof(steps_ms) / sizeof(steps_ms[0]) - 1;
	size_t i = (size_t)d->state.waits++;

	return wait_ms(d, steps_ms[i < last ? i : last], "Slack looks at the file");
}

static struct job_end file_done(struct drawing *d)
{
	if (d->state.share)
		return place(d, picture_answer_shared(d->run->ctx, &d->task));
	return place(d, picture_answer(d->run->ctx, &d->task, d->state.file));
}

static struct job_end see_file(struct drawing *d)
{
	bool there = false;
	struct err e;

	if (ask_file(d, &there, &e)) {
		if (there || (d->state.complete && d->state.waits >= WAITS_MAX))
			return file_done(d); /* Slack will say if it is too early */
		if (d->state.waits < WAITS_MAX)
			return wait_for_file(d);
		err_set(&e, ERR_NOT_FOUND, "the upload was never completed");
	}
	/* Who may not look at files still gets them shown. */
	if (e.kind == ERR_FORBIDDEN && d->state.complete)
		return file_done(d);
	if (e.kind != ERR_NOT_FOUND)
		return again(d, &e);
	if (d->state.complete && d->state.waits < WAITS_MAX)
		return wait_for_file(d);
	if (d->state.tries >= TRIES_MAX)
		return fail(d, e.text);
	d->state.tries++;
	d->state.file = NULL; /* what was sent did not arrive: once more */
	d->state.complete = false;
	return wait_ms(d, 0, "the upload is done again");
}

/* --- Looker draws --- */

static bool get_looker(struct drawing *d, struct looker **ret, struct err *e)
{
	struct bot *bot = bot_of(d);

	for (size_t i = 0; i < bot->n_lookers; i++) {
		if (strcmp(looker_name(bot->lookers[i]), d->task.looker) != 0)
			continue;
		*ret = bot->lookers[i];
		return !d->task.user_id ||
		       looker_as(d->run->ctx, bot->lookers[i], clock_deadline_ms(CALL_DEADLINE_MS),
				 d->task.user_id, ret, e);
	}
	return err_set(e, ERR_NOT_FOUND, "the Looker at %s is no longer in the settings",
		       d->task.looker);
}

static struct job_end ask_for_picture(struct drawing *d, struct looker *lk)
{
	struct err e;

	if (d->state.asked >= ASKED_MAX)
		return fail(d, "Looker has lost it");
	if (!looker_render_start(d->run->ctx, lk, clock_deadline_ms(CALL_DEADLINE_MS),
				 &d->task.what, &d->state.task, &e))
		return again(d, &e);
	d->state.asked++;
	d->state.polls = 0;
	d->state.tries = 0;
	return wait_ms(d, picture_pause_ms(0), "Looker draws");
}

static struct job_end still_drawn(struct drawing *d, int64_t at_least_ms, const char *words)
{
	int64_t ms = picture_pause_ms(d->state.polls++);
	d->state.tries = 0;

	return wait_ms(d, ms > at_least_ms ? ms : at_least_ms,
		       mem_printf(d->run->ctx, "Looker draws (%s)", words));
}

static struct job_end fetch(struct drawing *d, struct looker *lk)
{
	struct looker_picture p = { .png = NULL };
	struct err e;

	if (looker_render_fetch(d->run->ctx, lk, clock_deadline_ms(CALL_DEADLINE_MS), d->state.task,
				&p, &e))
		return p.png ? upload(d, &p) : still_drawn(d, p.wait_ms, "not ready yet");
	if (e.kind != ERR_NOT_FOUND)
		return again(d, &e);
	d->state.task = NULL; /* it is not kept for long */
	return ask_for_picture(d, lk);
}

static struct job_end see_task(struct drawing *d, struct looker *lk)
{
	enum looker_render_state drawn;
	const char *words;
	struct err e;

	if (!looker_render_look(d->run->ctx, lk, clock_deadline_ms(CALL_DEADLINE_MS), d->state.task,
				&drawn, &words, &e)) {
		if (e.kind != ERR_NOT_FOUND)
			return again(d, &e);
		d->state.task = NULL;
		return ask_for_picture(d, lk);
	}
	switch (drawn) {
	case LOOKER_RENDER_UNDER_WAY:
		return still_drawn(d, 0, words);
	case LOOKER_RENDER_FAILED:
		return fail(d, mem_printf(d->run->ctx, "Looker could not draw it%s%s",
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
		return fail(d, "Slack does not show it to one person alone");
	d->state.share = true;
	d->state.file = NULL; /* a file that is complete cannot be shared this way any more */
	d->state.complete = false;
	d->state.tries = 0;
	d->reply = (struct reply){ .message = NULL };
	return wait_ms(d, 0, "Slack does not show it in the answer");
}

static struct job_end draw(struct drawing *d)
{
	const struct queue_job *job = d->run->job;
	struct looker *lk;
	struct err e;

	if (d->state.file)
		return see_file(d);
	if (clock_now_ms() > job->created_ms + DRAW_MAX_MS)
		return fail(d, "Looker has not drawn it within 4 minutes");
	if (!get_looker(d, &lk, &e))
		return again(d, &e);
	const char *lane = bot_looker_lane(d->run->ctx, lk);
	if (strcmp(lane, d->run->lane) != 0 && !keep_in(d, lane))
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
	if (answered && d->reply.image_refused >= REPLY_IMAGE_REFUSED_MAX && !d->state.why)
		return share_instead(d);
	if (answered)
		return job_deliver(d->run, d->in, &d->reply);
	if (job->deaths >= QUEUE_MAX_DEATHS)
		return fail(d, "the bot's process died while it worked on it");
	if (clock_now_ms() > job->expires_ms)
		return fail(d, "it took too long");
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
	struct job_end end = go_on(&d, answered);
	/* A picture that failed is told, and so done: the log says why. */
	if (d.state.why && strcmp(end.event, "job_done") == 0 && !end.reason[0])
		end.reason = d.state.why;
	return end;
}

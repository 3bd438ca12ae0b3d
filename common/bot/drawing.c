/*
 * The ends of one step of a picture's job: its progress is stored, it waits, it failed for now or
 * for good, or its message goes out.
 */
#include "bot/drawing.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/forms.h"

struct bot *drawing_bot(const struct drawing *d)
{
	return d->run->bot;
}

static const char *progress(struct drawing *d)
{
	d->reply.state = picture_state_save(d->run->ctx, &d->state);
	return reply_save(d->run->ctx, &d->reply);
}

bool drawing_keep_in(struct drawing *d, const char *lane)
{
	return job_keep(d->run, progress(d), strcmp(lane, d->run->lane) != 0 ? lane : NULL);
}

struct job_end drawing_wait(struct drawing *d, int64_t ms, const char *why)
{
	if (!job_keep(d->run, progress(d), NULL))
		return job_end_waits(d->run->lane);
	return job_end_later(d->run, clock_now_ms() + ms, why);
}

struct job_end drawing_place(struct drawing *d, struct slack_message *m)
{
	struct reply *r = &d->reply;

	r->message = m;
	r->loading = d->task.ts;
	r->hook = d->task.hook && !d->task.ts;
	r->private = d->task.private;
	r->hook_uses = d->task.hook_uses;
	r->form = forms_first(d->run->ctx, drawing_bot(d), d->in->team_id);
	r->state = picture_state_save(d->run->ctx, &d->state);
	if (r->private)
		job_guard(d->run, d->in, r, true);
	return job_tell(d->run, d->in, r);
}

struct job_end drawing_fail(struct drawing *d, const char *why)
{
	d->state.why = mem_strdup(d->run->ctx, why);
	return drawing_place(d, picture_answer_without(d->run->ctx, &d->task, d->state.why));
}

static bool may_pass(const struct err *e)
{
	return e->kind == ERR_RATE_LIMITED || e->kind == ERR_TEMPORARY || e->kind == ERR_UNKNOWN;
}

struct job_end drawing_again(struct drawing *d, const struct err *e)
{
	static const int64_t steps_ms[DRAWING_TRIES_MAX] = { 1000, 3000, 8000, 20000, 40000 };
	const char *why = mem_strdup(d->run->ctx, e->text);

	if (!may_pass(e) || d->state.tries >= DRAWING_TRIES_MAX)
		return drawing_fail(d, why);
	int64_t ms = steps_ms[d->state.tries++];
	if (e->kind == ERR_RATE_LIMITED && e->not_before_ms > clock_now_ms() + ms)
		ms = e->not_before_ms - clock_now_ms();
	if (clock_now_ms() + ms > d->run->job->expires_ms)
		return drawing_fail(d, why);
	return drawing_wait(d, ms, why);
}

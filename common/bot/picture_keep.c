/*
 * Where a picture that Looker has drawn is kept: in the store that is configured (picture_store.c),
 * else in Slack itself: the upload, and the wait until Slack has looked at the file. Its bytes are
 * never stored here; when a process died between, what Slack has is looked for first, then the
 * picture is fetched again.
 */
#include "bot/drawing.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "slack/files.h"

#define UPLOAD_DEADLINE_MS (2 * 60 * 1000LL)
#define WAITS_MAX 8 /* for Slack to look at the file */
#define FILE_NAME "looker.png"

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

static bool complete(struct drawing *d, struct err *e)
{
	struct slack_share share = share_of(d);

	return slack_files_complete(d->run->ctx, drawing_bot(d)->slack,
				    clock_deadline_ms(DRAWING_CALL_DEADLINE_MS), &share, NULL, e);
}

static struct job_end upload(struct drawing *d, const struct looker_picture *p)
{
	struct drawing_file file = {
		.name = FILE_NAME, .fd = -1, .bytes = p->len, .complete = complete
	};
	struct err e;

	if (!bytes_as_file(p, &file.fd, &e))
		return drawing_again(d, &e);
	struct job_end end = picture_keep_upload(d, &file);
	close(file.fd);
	return end;
}

struct job_end picture_keep_upload(struct drawing *d, const struct drawing_file *file)
{
	TALLOC_CTX *ctx = d->run->ctx;
	const struct slack_api *slack = drawing_bot(d)->slack;
	struct slack_upload up;
	struct err e;

	if (!slack_files_begin(ctx, slack, clock_deadline_ms(DRAWING_CALL_DEADLINE_MS), file->name,
			       file->bytes, &up, NULL, &e))
		return drawing_again(d, &e);
	/* From here on the file may be there: it is looked for before it is sent again. */
	d->state.file = up.file_id;
	d->state.waits = 0;
	if (!drawing_keep_in(d, ""))
		return job_end_waits("");
	if (!slack_files_send(ctx, slack, clock_deadline_ms(UPLOAD_DEADLINE_MS), up.url, file->fd,
			      file->bytes, &e) ||
	    !file->complete(d, &e)) {
		if (e.kind != ERR_UNKNOWN)
			d->state.file = NULL; /* there is no such file */
		return drawing_again(d, &e);
	}
	d->state.complete = true;
	d->state.tries = 0;
	if (!drawing_keep_in(d, ""))
		return job_end_waits("");
	return picture_keep_on(d);
}

struct job_end picture_keep(struct drawing *d, const struct looker_picture *p)
{
	if (!drawing_bot(d)->store || d->state.share || d->state.no_store)
		return upload(d, p);
	/* Looker has done its part. */
	if (!drawing_keep_in(d, ""))
		return job_end_waits("");
	if (!picture_store(d, p))
		return upload(d, p);
	d->state.tries = 0;
	return drawing_place(d, picture_answer_at(d->run->ctx, &d->task, d->state.url));
}

struct job_end picture_keep_in_slack(struct drawing *d)
{
	picture_store_not_shown(d);
	d->state.url = NULL;
	d->state.tries = 0;
	d->reply = (struct reply){ .message = NULL };
	return drawing_wait(d, 0, d->state.no_store);
}

/* Whether the file may be shown, or is where it was to be shared. */
static bool ask_file(struct drawing *d, bool *ret, struct err *e)
{
	int64_t deadline_ms = clock_deadline_ms(DRAWING_CALL_DEADLINE_MS);
	bool (*ask)(TALLOC_CTX *, const struct slack_api *, int64_t, const char *, bool *,
		    struct err *) = d->state.share ? slack_files_shared : slack_files_ready;

	return ask(d->run->ctx, drawing_bot(d)->slack, deadline_ms, d->state.file, ret, e);
}

static struct job_end wait_for_file(struct drawing *d)
{
	static const int64_t steps_ms[] = { 500, 1000, 2000, 4000 };
	size_t last = sizeof(steps_ms) / sizeof(steps_ms[0]) - 1;
	size_t i = (size_t)d->state.waits++;

	return drawing_wait(d, steps_ms[i < last ? i : last], "Slack looks at the file");
}

static struct job_end file_done(struct drawing *d)
{
	if (d->state.share)
		return drawing_place(d, picture_answer_shared(d->run->ctx, &d->task));
	return drawing_place(d, picture_answer(d->run->ctx, &d->task, d->state.file));
}

struct job_end picture_keep_on(struct drawing *d)
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
		return drawing_again(d, &e);
	if (d->state.complete && d->state.waits < WAITS_MAX)
		return wait_for_file(d);
	if (d->state.tries >= DRAWING_TRIES_MAX)
		return drawing_fail(d, e.text);
	d->state.tries++;
	d->state.file = NULL; /* what was sent did not arrive: once more */
	d->state.complete = false;
	return drawing_wait(d, 0, "the upload is done again");
}

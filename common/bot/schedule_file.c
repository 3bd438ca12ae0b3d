/*
 * A delivery that is a file: uploaded, then shared where it goes. Where the bot may not upload, a
 * message says so.
 */
#include "bot/schedule_posting.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "slack/files.h"

#define UPLOAD_DEADLINE_MS (2 * 60 * 1000LL)
#define NO_FILE "I may not upload files here: the app's owner can add the scope `files:write`."

static bool upload(struct posting *p, struct slack_outcome *outcome, struct err *e)
{
	TALLOC_CTX *ctx = posting_ctx(p);
	const struct slack_api *slack = p->run->bot->slack;
	const struct schedule_job *j = &p->job;
	struct slack_upload up;

	if (!slack_files_begin(ctx, slack, clock_deadline_ms(POSTING_CALL_MS), j->file_name,
			       j->file_len, &up, outcome, e))
		return false;
	int fd = memfd_create("schedule", MFD_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_TEMPORARY, "no memory for the file");
	size_t done = 0;
	while (done < j->file_len) {
		ssize_t n = write(fd, j->file + done, j->file_len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	bool ok = done == j->file_len
			  ? slack_files_send(ctx, slack, clock_deadline_ms(UPLOAD_DEADLINE_MS),
					     up.url, fd, j->file_len, e)
			  : err_set(e, ERR_TEMPORARY, "no memory for the file");
	close(fd);
	p->file = up.file_id;
	return ok;
}

/* Whether an earlier completion, whose answer nobody saw, was done. */
static bool was_shared(struct posting *p)
{
	bool shared = false;
	struct err e;

	return p->file && (p->reply.doubt || p->run->job->deaths > 0) &&
	       slack_files_shared(posting_ctx(p), p->run->bot->slack,
				  clock_deadline_ms(POSTING_CALL_MS), p->file, &shared, &e) &&
	       shared;
}

struct job_end posting_send_file(struct posting *p)
{
	struct job_run *run = p->run;
	struct slack_outcome outcome = { .remedy = SLACK_REMEDY_NONE };
	struct slack_share share = { .title = p->job.title, .channel_id = p->to };
	struct err e;

	if (was_shared(p))
		return posting_done(p, "");
	if (!p->file) {
		if (!upload(p, &outcome, &e)) {
			p->file = NULL;
			/* The file stays in Looker; who waits for it learns that. */
			return outcome.remedy == SLACK_REMEDY_OWNER && e.kind == ERR_FORBIDDEN
				       ? posting_post(p, NO_FILE)
				       : posting_stumble(p, &e);
		}
		if (!job_keep(run, posting_progress(p), NULL))
			return job_end_waits(run->lane);
	}
	share.file_id = p->file;
	share.comment = schedule_job_comment(posting_ctx(p), &p->job, run->job->created_ms);
	if (slack_files_complete(posting_ctx(p), run->bot->slack,
				 clock_deadline_ms(POSTING_CALL_MS), &share, &outcome, &e))
		return posting_done(p, "");
	p->reply.doubt |= e.kind == ERR_UNKNOWN;
	if (e.kind == ERR_NOT_FOUND && strcmp(outcome.code, "file_not_found") == 0) {
		p->file = NULL; /* the upload is lost */
		e.kind = ERR_TEMPORARY;
	}
	return posting_stumble(p, &e);
}

/*
 * A delivery that is a file: uploaded, then shared where it goes. Where the bot may not upload, a
 * message says so.
 */
#include "bot/schedule_posting.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "slack/files.h"

#define UPLOAD_DEADLINE_MS (2 * 60 * 1000LL)
#define NO_FILE "I may not upload files here: the app's owner can add the scope `files:write`."

/* The file from the queue to Slack: never all of it in memory. */
static bool send_bytes(struct posting *p, const char *url, struct err *e)
{
	const struct bot *bot = p->run->bot;
	const size_t len = p->job.file_len;
	TALLOC_CTX *tmp = mem_ctx(posting_ctx(p));
	struct spool *file;
	bool ok = spool_open(tmp, bot->config->state_dir, len, &file, e) &&
		  job_body_copy(p->run, p->file_at, file, e);

	if (!ok && e->kind == ERR_INTERNAL) /* the disk has no room now */
		e->kind = ERR_TEMPORARY;
	ok = ok && slack_files_send(posting_ctx(p), bot->slack,
				    clock_deadline_ms(UPLOAD_DEADLINE_MS), url, file->fd, len, e);
	talloc_free(tmp);
	return ok;
}

static bool upload(struct posting *p, struct slack_outcome *outcome, struct err *e)
{
	struct slack_upload up;

	if (!slack_files_begin(posting_ctx(p), p->run->bot->slack,
			       clock_deadline_ms(POSTING_CALL_MS), p->job.file_name,
			       p->job.file_len, &up, outcome, e) ||
	    !send_bytes(p, up.url, e))
		return false;
	p->file = up.file_id;
	return true;
}

/*
 * Whether an earlier completion, whose answer nobody saw, was done. Slack knows a file from its
 * completion on, and takes a while to show where it is shared. False: Slack cannot say now; when it
 * never will (no scope), *ret is false: twice is better than never.
 */
static bool was_shared(struct posting *p, bool *ret, struct err *e)
{
	bool shown;

	*ret = false;
	if (!p->file || (!p->reply.doubt && p->run->job->deaths == 0))
		return true;
	*ret = slack_files_shared(posting_ctx(p), p->run->bot->slack,
				  clock_deadline_ms(POSTING_CALL_MS), p->file, &shown, e);
	return *ret || (e->kind != ERR_TEMPORARY && e->kind != ERR_RATE_LIMITED);
}

struct job_end posting_send_file(struct posting *p)
{
	struct job_run *run = p->run;
	struct slack_outcome outcome = { .remedy = SLACK_REMEDY_NONE };
	struct slack_share share = { .title = p->job.title, .channel_id = p->to };
	bool shared;
	struct err e;

	if (!was_shared(p, &shared, &e))
		return posting_stumble(p, &e);
	if (shared)
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

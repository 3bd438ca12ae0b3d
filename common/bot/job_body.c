/*
 * A job's body where it does not come with the lease: read in parts, so that ten files on their way
 * to Slack are not ten files in memory.
 */
#include "bot/job_run.h"

#include <string.h>

#include "base/mem.h"

bool job_body(struct job_run *run, int last, const char **ret, size_t *ret_len, struct err *e)
{
	const struct queue_job *job = run->job;
	char *body = NULL, *part;
	size_t len = 0, part_len = 0;
	bool found = false;

	if (job->body) {
		*ret = job->body;
		*ret_len = job->body_len;
		return true;
	}
	for (int64_t n = 0; len < job->body_len && !found; n++) {
		if (!queue_body_part(run->bot->queue, run->ctx, job->id, n, &part, &part_len, e))
			return false;
		body = mem_grow(run->ctx, body, char, len + part_len + 1);
		memcpy(body + len, part, part_len);
		len += part_len;
		body[len] = '\0';
		found = last != JOB_BODY_ALL && memchr(part, last, part_len);
		talloc_free(part);
	}
	*ret = body;
	*ret_len = len;
	return true;
}

bool job_body_copy(struct job_run *run, size_t from, struct spool *to, struct err *e)
{
	const struct queue_job *job = run->job;
	size_t skip = from % QUEUE_PART_BYTES, part_len = 0;
	char *part;

	if (job->body)
		return spool_write(to, job->body + from, job->body_len - from, e);
	for (int64_t n = (int64_t)(from / QUEUE_PART_BYTES); to->bytes < job->body_len - from;
	     n++) {
		if (!queue_body_part(run->bot->queue, run->ctx, job->id, n, &part, &part_len, e))
			return false;
		bool ok = part_len > skip && spool_write(to, part + skip, part_len - skip, e);
		talloc_free(part);
		if (!ok)
			return false;
		skip = 0;
	}
	return true;
}

/*
 * Files in Slack: the only way since November 2025 is an address for the upload, the raw bytes sent
 * there, and their completion, which shares them (docs.slack.dev, "Working with files").
 */
#ifndef SLACK_FILES_H
#define SLACK_FILES_H

#include "slack/api.h"

struct slack_upload {
	const char *url; /* a secret: who has it may send the bytes */
	const char *file_id;
};

/* files.getUploadURLExternal for `len` bytes, more than none. What is never completed is never
 * seen, so it may be asked for again: a lost answer is ERR_TEMPORARY. */
bool slack_files_begin(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *name, size_t len, struct slack_upload *ret,
		       struct slack_outcome *outcome, struct err *e) ERR_MUST_CHECK;

/* Whom files may be sent to: https hosts within slack.com and slack-gov.com, or the host of
 * `api_url`; http only toward loopback. */
bool slack_files_host_ok(const char *upload_url, const char *api_url);

/* Sends the first `len` bytes of `fd`, without the token. What goes wrong is ERR_TEMPORARY, and a
 * new beginning is needed; ERR_INTERNAL when the file cannot be read. */
bool slack_files_send(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *upload_url, int fd, size_t len, struct err *e) ERR_MUST_CHECK;

struct slack_share {
	const char *file_id;
	const char *title;
	const char *
		channel_id; /* not a person's id; NULL: it stays with the bot, for an image block */
	const char *thread_ts; /* or NULL */
	const char *comment;   /* mrkdwn; NULL without a channel */
};

/*
 * files.completeUploadExternal: the file is there, and in the channel, where the bot must be a
 * member (chat:write.public does not help: REMEDY_HOOK). Slack does it once, and goes on with it
 * after the answer. ERR_UNKNOWN: it may have been done; ERR_NOT_FOUND with the code file_not_found:
 * the upload is not there, or no longer.
 */
bool slack_files_complete(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			  const struct slack_share *share, struct slack_outcome *outcome,
			  struct err *e) ERR_MUST_CHECK;

/* files.info: *ret_shared when some channel has it. False for a while after the completion, too.
 * ERR_NOT_FOUND: not completed, or deleted. */
bool slack_files_shared(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			const char *file_id, bool *ret_shared, struct err *e) ERR_MUST_CHECK;

/* files.info: *ret_ready when Slack has looked at the file (facts: it has a type then), so that a
 * message can show it as a picture. ERR_NOT_FOUND as above. */
bool slack_files_ready(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *file_id, bool *ret_ready, struct err *e) ERR_MUST_CHECK;

#endif

/*
 * A PDF that Looker has drawn is shared as a file: in the answer's thread, or with the asker alone
 * where nobody else sees the answer, or where the bot cannot be. What was sent and not answered is
 * looked for before it is sent again, as with pictures (picture_keep.c).
 */
#include "bot/drawing.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/press_csv.h"
#include "slack/channels.h"
#include "slack/files.h"

static int64_t call_deadline_ms(void)
{
	return clock_deadline_ms(DRAWING_CALL_DEADLINE_MS);
}

/* From now on it goes to the asker's direct messages. */
static bool go_aside(struct drawing *d, struct err *e)
{
	const char *channel;

	if (!slack_channels_open(d->run->ctx, drawing_bot(d)->slack, call_deadline_ms(),
				 d->in->user_id, &channel, e))
		return false;
	d->state.aside = channel;
	d->task.aside = true;
	return true;
}

/* An answer that only one person sees, or of which nobody knows where it stands, has no thread for
 * all. */
static bool choose_place(struct drawing *d, struct err *e)
{
	bool direct = d->in->channel_id[0] == 'D';

	if (d->state.aside || (!d->task.private && (d->task.ts || d->in->thread_ts || direct)))
		return true;
	return go_aside(d, e);
}

static struct slack_share share_of(const struct drawing *d)
{
	bool direct = d->in->channel_id[0] == 'D';
	struct slack_share s = {
		.file_id = d->state.file,
		.title = d->task.title[0] ? d->task.title : "Looker",
		.channel_id = d->in->channel_id,
		.thread_ts = d->in->thread_ts || direct ? d->in->thread_ts : d->task.ts,
	};

	if (d->state.aside) {
		s.channel_id = d->state.aside;
		s.thread_ts = NULL;
	}
	return s;
}

static bool complete(struct drawing *d, struct slack_outcome *outcome, struct err *e)
{
	struct slack_share share = share_of(d);

	return slack_files_complete(d->run->ctx, drawing_bot(d)->slack, call_deadline_ms(), &share,
				    outcome, e);
}

/* The bot is no member of the channel: it joins where it may, else the asker alone gets the file.
 */
static bool share(struct drawing *d, struct err *e)
{
	struct slack_outcome outcome;
	struct err ignored;

	if (complete(d, &outcome, e))
		return true;
	if (outcome.remedy != SLACK_REMEDY_HOOK || e->kind == ERR_UNKNOWN || d->state.aside)
		return false;
	press_csv_joins(d->run, d->in->channel_id);
	if (slack_channels_join(d->run->ctx, drawing_bot(d)->slack, call_deadline_ms(),
				d->in->channel_id, &ignored) &&
	    complete(d, &outcome, e))
		return true;
	return outcome.remedy == SLACK_REMEDY_HOOK && go_aside(d, e) && complete(d, &outcome, e);
}

struct job_end picture_file(struct drawing *d, const struct spool *spool)
{
	const struct drawing_file file = {
		.name = press_csv_file_name(d->run->ctx, d->task.title, "pdf"),
		.fd = spool->fd,
		.bytes = spool->bytes,
		.complete = share,
	};
	struct err e;

	d->state.share = true;
	if (!choose_place(d, &e))
		return drawing_again(d, &e);
	return picture_keep_upload(d, &file);
}

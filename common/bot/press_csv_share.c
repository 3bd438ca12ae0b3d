/*
 * The share of an uploaded file, once: before it is sent again, files.info is asked whether it was
 * made. A channel without the bot is joined, or the file goes to the presser alone.
 */
#include "bot/press_csv_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "slack/channels.h"
#include "slack/files.h"
#include "slack/mrkdwn.h"

#define LOOKS_MAX 6
#define CAME_IN_MS (60 * 1000LL)

#define S_NOT_MEMBER "I am not a member of that channel"

static struct job_end done(struct csv_work *w)
{
	char *text = mem_strdup(w->run->ctx, "");

	mrkdwn_add_bold(&text, w->offer.title);
	mrkdwn_add_raw(&text, w->step.rows[0] ? ": " : ": all rows");
	mrkdwn_add_text(&text, w->step.rows);
	if (w->step.aside) {
		mrkdwn_add_raw(&text, ", as a file in our direct messages: ");
		mrkdwn_add_text(&text, w->step.aside);
		mrkdwn_add_raw(&text, ".");
	} else {
		mrkdwn_add_raw(&text, w->step.thread_ts ? ", as a file in the thread."
							: ", as a file here.");
	}
	return press_csv_tell(w, text, NULL);
}

/* Whether a share that was sent was made. False: *ret is the end of the lease. */
static bool look(struct csv_work *w, bool *ret_made, struct job_end *ret)
{
	static const int64_t steps_ms[LOOKS_MAX] = { 500, 1000, 2000, 4000, 8000, 15000 };
	int looks = w->step.looks;

	*ret_made = false;
	if (slack_files_shared(w->run->ctx, w->run->bot->slack,
			       clock_deadline_ms(CSV_SLACK_DEADLINE_MS), w->step.file_id, ret_made,
			       &w->e)) {
		if (*ret_made || looks >= LOOKS_MAX)
			return true;
		/* There, and not yet in a channel: Slack is still at it. */
		w->step.looks++;
		press_csv_keep(w, NULL);
		*ret = job_end_later(w->run, clock_now_ms() + steps_ms[looks],
				     "Slack has the file and is not done with it");
		return false;
	}
	if (w->e.kind != ERR_TEMPORARY && w->e.kind != ERR_RATE_LIMITED)
		return true; /* not made, or nobody can tell: twice is better than never */
	*ret = press_csv_fail_or_later(w);
	return false;
}

static bool complete(struct csv_work *w, struct slack_outcome *outcome)
{
	struct slack_share s = {
		.file_id = w->step.file_id,
		.title = w->offer.title,
		.channel_id = w->step.channel,
		.thread_ts = w->step.thread_ts,
		.comment = w->step.comment,
	};

	return slack_files_complete(w->run->ctx, w->run->bot->slack,
				    clock_deadline_ms(CSV_SLACK_DEADLINE_MS), &s, outcome, &w->e);
}

static char *came_in_key(struct job_run *run, const char *channel_id)
{
	return mem_printf(run->ctx, "files:joined:%s", channel_id);
}

/* Before the event says so. A greeting more is no harm. */
void press_csv_joins(struct job_run *run, const char *channel_id)
{
	struct err ignored;

	(void)!queue_state_set(run->bot->queue, came_in_key(run, channel_id), "1", 1,
			       clock_now_ms() + CAME_IN_MS, &ignored);
}

bool press_csv_came_in(struct job_run *run, const char *channel_id)
{
	char *value = NULL;
	size_t len;
	struct err e;

	return queue_state_get(run->bot->queue, run->ctx, came_in_key(run, channel_id), &value,
			       &len, &e) &&
	       value;
}

/* The bot is no member: it joins where it may, else the file goes to the presser. False: *w->e. */
static bool find_way(struct csv_work *w)
{
	struct err ignored;

	if (!w->joined)
		press_csv_joins(w->run, w->step.channel);
	if (!w->joined && slack_channels_join(w->run->ctx, w->run->bot->slack,
					      clock_deadline_ms(CSV_SLACK_DEADLINE_MS),
					      w->step.channel, &ignored)) {
		w->joined = true;
		return true;
	}
	return press_csv_go_aside(w, S_NOT_MEMBER);
}

/* What Slack's refusal of the share leads to. */
static struct job_end refused(struct csv_work *w, const struct slack_outcome *outcome)
{
	bool gone = strcmp(outcome->code, "file_not_found") == 0;

	if (w->e.kind == ERR_UNKNOWN)
		return press_csv_fail_or_later(w);
	w->step.sharing = false;
	if (gone && w->step.looks > 0)
		return done(w); /* it is Slack's once: it was made */
	if (gone) {		/* the upload has expired: once more from the beginning */
		w->step.file_id = NULL;
		w->e.kind = ERR_TEMPORARY;
		return press_csv_fail_or_later(w);
	}
	if (strcmp(outcome->code, "thread_not_found") == 0 && w->step.thread_ts) {
		w->step.thread_ts = NULL; /* the answer has been deleted meanwhile */
		return press_csv_share(w);
	}
	if (outcome->remedy == SLACK_REMEDY_HOOK && !w->step.aside)
		return find_way(w) ? press_csv_share(w) : press_csv_fail_or_later(w);
	return press_csv_fail_or_later(w);
}

struct job_end press_csv_share(struct csv_work *w)
{
	const char *lane = bot_slack_lane(w->run->ctx, w->step.channel);
	struct slack_outcome outcome;
	struct job_end end;
	bool made = false;

	if (w->step.sharing) {
		if (!look(w, &made, &end))
			return end;
		if (made)
			return done(w);
	}
	w->step.sharing = false;
	if (strcmp(lane, w->run->lane) != 0 && !press_csv_keep(w, lane))
		return job_end_waits(lane);
	w->step.sharing = true;
	press_csv_keep(w, NULL);
	if (!complete(w, &outcome))
		return refused(w, &outcome);
	csv_offer_taken(w->run->ctx, w->run->bot);
	return done(w);
}

/*
 * An answer's way to the person: who may have it, who may see it, which way, in whose turn, what
 * comes of it. Sending itself is in reply.c.
 */
#include "bot/job_run.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "bot/channels.h"
#include "bot/command.h"
#include "bot/followup.h"
#include "bot/job_tiles.h"
#include "bot/keys.h"
#include "bot/offers.h"
#include "bot/people.h"
#include "bot/picture.h"
#include "slack/mrkdwn.h"

#define LANE_PATIENCE_MS 2000 /* longer: answer through the response_url */
#define TILES_PAUSE_MS 1000
#define SLACKBOT "USLACKBOT"

/* The lane in which an answer waits for its turn: a channel's, or none. */
static const char *turn_lane(struct job_run *run, const struct slack_inbound *in,
			     const struct reply *r)
{
	return reply_adds_message(r) ? bot_slack_lane(run->ctx, in->channel_id) : "";
}

static struct job_end deliver_later(struct job_run *run, const struct slack_inbound *in,
				    struct reply *r, const struct reply_end *end)
{
	const char *lane = turn_lane(run, in, r);
	const char *reason = mem_strdup(run->ctx, end->reason);
	struct err e;

	if (end->pause_lane && lane[0] &&
	    !queue_lane_pause(run->bot->queue, lane, end->when_ms, &e))
		reason = mem_printf(run->ctx, "%s (lane not paused: %s)", reason, e.text);
	if (!job_keep(run, reply_save(run->ctx, r), lane))
		return job_end_waits(lane);
	return job_end_later(run, end->when_ms, reason);
}

/* The answer is out, and what follows it gets a job of its own. Whoever takes this job up again
 * does not write over what stands there by then. */
static bool follow(struct job_run *run, const struct slack_inbound *in, struct reply *r,
		   struct err *e)
{
	bool tiles = r->tiles && r->ts;

	if (r->shown)
		followup_note(run, in, r);
	if (!tiles && !r->picture && !r->presses)
		return true;
	r->told = true;
	job_keep(run, reply_save(run->ctx, r), NULL);
	if (r->picture && !picture_put(run, in, r, e))
		return false;
	if (r->presses && !offers_put_presses(run, in, r->shown, r->presses, e))
		return false;
	return !tiles || job_tiles_put(run, in, r, e);
}

struct job_end job_deliver(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	if (job_tiles_in_one(r))
		return job_tiles_digest(run, in, r);
	const char *lane = turn_lane(run, in, r);

	/* The channel has another id since the job went into its lane. */
	if (lane[0] && strcmp(lane, run->lane) != 0 &&
	    !job_keep(run, reply_save(run->ctx, r), lane))
		return job_end_waits(lane);
	struct reply_end end = reply_send(run->ctx, run->bot, run->job, in, r);
	const char *reason = mem_strdup(run->ctx, end.reason);
	struct err e;

	switch (end.result) {
	case REPLY_DELIVERED:
		if (!follow(run, in, r, &e))
			return job_end_later(run, clock_now_ms() + TILES_PAUSE_MS,
					     mem_strdup(run->ctx, e.text));
		if (r->dead)
			return job_end_dead(run, r->dead);
		return job_end_done(run, r->refusal && !reason[0] ? "refused" : reason);
	case REPLY_LATER:
		return deliver_later(run, in, r, &end);
	case REPLY_FAILED:
		break;
	}
	return job_end_dead(run, mem_printf(run->ctx, "%s%snobody could be told: %s",
					    r->dead ? r->dead : "", r->dead ? "; " : "", reason));
}

/* Whoever would wait long for a turn in a busy channel is answered through the response_url. */
static void choose_way(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	int64_t wait_ms = 0;
	struct err e;

	/* Tiles have to wait for the channel anyway. */
	if (!r->tiles && reply_adds_message(r) && reply_hook_open(run->job, in, r) &&
	    queue_lane_wait(run->bot->queue, turn_lane(run, in, r), &wait_ms, &e) &&
	    wait_ms > LANE_PATIENCE_MS)
		r->hook = true;
}

struct job_end job_tell(struct job_run *run, const struct slack_inbound *in, struct reply *r)
{
	choose_way(run, in, r);
	const char *lane = turn_lane(run, in, r);

	if (!job_keep(run, reply_save(run->ctx, r), lane))
		return job_end_waits(lane);
	return job_deliver(run, in, r);
}

bool job_speaks_aside(const struct slack_inbound *in)
{
	return in->kind != SLACK_INBOUND_MENTION && in->kind != SLACK_INBOUND_DM;
}

/* A button that stands for `meaning`. Without a disk that can be written there is none. */
static void add_button(struct job_run *run, struct slack_message *m,
		       const struct key_meaning *meaning, const char *text)
{
	const char *key;
	struct err e;

	if (!keys_put(run->ctx, run->bot, meaning, &key, &e))
		return;
	struct slack_button b = { .action_id = meaning->kind, .text = text, .value = key };
	slack_message_add_buttons(m, &b, 1);
}

void job_guard(struct job_run *run, const struct slack_inbound *in, struct reply *r, bool may_share)
{
	const char *why = channels_guard(run->ctx, run->bot, run->deadline_ms, in);

	if (!why)
		return;
	if (r->tiles) { /* becomes another message, which comes here again (job_digest.c) */
		r->private = true;
		return;
	}
	struct json_object *body = json_new_object(run->ctx);
	if (may_share) { /* as it is before the lines that are for the asker only */
		json_set(body, "message",
			 json_object_get(slack_message_save(run->ctx, r->message)));
		json_set_str(body, "thread_ts", in->thread_ts);
	}
	r->private = true;
	slack_message_add_context(r->message, why);
	struct key_meaning share = { .kind = "share", .owner = in->user_id, .body = body };
	if (may_share)
		add_button(run, r->message, &share, "Share here");
}

/* --- who may not ask --- */

static struct job_end turn_away(struct job_run *run, const struct slack_inbound *in,
				const struct reply *so_far, const char *refusal)
{
	struct reply r = *so_far;

	stats_add(STATS_REFUSED);
	r.message = command_say(run->ctx, refusal);
	r.private = in->kind != SLACK_INBOUND_DM;
	r.refusal = true;
	return job_tell(run, in, &r);
}

bool job_turned_away(struct job_run *run, const struct slack_inbound *in,
		     const struct reply *so_far, struct job_end *ret)
{
	const char *refusal;
	struct err e;
	int64_t when_ms;

	if (so_far->told || so_far->dead || so_far->refusal)
		return false; /* nothing is asked or shown any more */
	if (!people_may_ask(run->ctx, run->bot, run->deadline_ms, in->user_id, &refusal, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		if (so_far->message)
			return false; /* this person could ask when this job asked */
		*ret = job_may_try_again(run, &e, &when_ms)
			       ? job_ask_later(run, so_far, when_ms, why)
			       : job_bury(run, in, so_far, why);
		return true;
	}
	if (refusal)
		*ret = strcmp(in->user_id, SLACKBOT) == 0
			       ? job_end_done(run, "Slackbot is not answered")
			       : turn_away(run, in, so_far, refusal);
	return refusal != NULL;
}

struct job_end job_ask_later(struct job_run *run, const struct reply *so_far, int64_t when_ms,
			     const char *why)
{
	if (so_far->loading || so_far->seek)
		job_keep(run, reply_save(run->ctx, so_far), NULL);
	return job_end_later(run, when_ms, why);
}

/* --- what will not be carried out --- */

/* Not for what killed the process again and again. */
static void offer_again(struct job_run *run, const struct slack_inbound *in,
			struct slack_message *m)
{
	struct json_object *body = json_new_object(run->ctx);
	struct key_meaning again = { .kind = "again", .body = body };

	if (run->job->deaths >= QUEUE_MAX_DEATHS || in->kind == SLACK_INBOUND_PRESS)
		return;
	json_set_str(body, "command", in->command);
	json_set_str(body, "text", in->text);
	add_button(run, m, &again, "Run again");
}

static struct slack_message *say_failed(struct job_run *run, const struct slack_inbound *in,
					const char *reason)
{
	char *text = mem_strdup(run->ctx, ":warning: I could not ");

	if (in->kind != SLACK_INBOUND_PRESS) {
		mrkdwn_add_raw(&text, "answer ");
		mrkdwn_add_code(
			&text,
			slack_inbound_typed(run->ctx, in, slack_inbound_clean(run->ctx, in->text)));
	} else {
		mrkdwn_add_raw(&text, "do what that button says");
	}
	mrkdwn_add_raw(&text, ": ");
	mrkdwn_add_text(&text, reason);
	mrkdwn_add_text(&text, job_request_hint(run->ctx, run->request));
	return command_say(run->ctx, text);
}

struct job_end job_bury(struct job_run *run, const struct slack_inbound *in,
			const struct reply *so_far, const char *reason)
{
	struct reply r = {
		.message = say_failed(run, in, reason),
		.private = job_speaks_aside(in),
		.loading = so_far->loading,
		.seek = so_far->seek,
		.dead = reason,
	};

	if (!r.private)
		job_guard(run, in, &r, false);
	offer_again(run, in, r.message);
	return job_tell(run, in, &r);
}

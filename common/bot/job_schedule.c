/*
 * Jobs of kind `schedule`: what Looker sent by itself goes to its channel or person, once, in its
 * turn, tried for a day. When that cannot be, somebody is told (schedule_failed.c); files go their
 * own way (schedule_file.c). How far it is stands in the progress beside the reply.
 */
#include "bot/schedule_posting.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "bot/channels.h"
#include "bot/directory.h"
#include "bot/forms.h"
#include "bot/ledger.h"
#include "bot/people.h"
#include "slack/channels.h"

#define DEATHS_BEFORE_SILENCE (QUEUE_MAX_DEATHS + 2)
#define TELLING_MS (24 * 3600 * 1000LL) /* a notice is tried for so long after that */

/* Slack is away: for so long a channel waits in order, looking so often whether it is back. What
 * people ask for there meanwhile waits no longer than that either. */
#define HELD_MAX_MS (2 * 3600 * 1000LL)
#define HELD_STEP_MS (30 * 1000LL)
static atomic_int_least64_t delivered_ms; /* unix: when Slack last took one, from this process */

TALLOC_CTX *posting_ctx(const struct posting *p)
{
	return p->run->ctx;
}

/* --- progress --- */

const char *posting_progress(struct posting *p)
{
	const char *reply = reply_save(posting_ctx(p), &p->reply);
	struct json_object *o;
	struct err e;

	if (!json_parse(posting_ctx(p), reply, strlen(reply), &o, &e))
		die("what was just written cannot be read: %s", e.text);
	json_set_str(o, "to", p->to);
	json_set_str(o, "file_id", p->file);
	json_set_str(o, "failed", p->failed);
	json_set_bool(o, "telling", p->telling);
	json_set_str(o, "meant", p->meant);
	json_set_bool(o, "in_place", p->in_place);
	json_set_str(o, "no_owner", p->no_owner);
	json_set_int(o, "down_ms", p->down_ms);
	return mem_strdup(posting_ctx(p), json_text(o));
}

static bool load(struct posting *p, struct err *e)
{
	const struct queue_job *job = p->run->job;
	TALLOC_CTX *ctx = posting_ctx(p);
	struct json_object *o;
	const char *body;
	size_t len;
	bool found;

	if (!job_body(p->run, '\n', &body, &len, e) ||
	    !schedule_job_load(ctx, body, len, &p->job, e))
		return false;
	if (p->job.file_name) {
		p->file_at = (size_t)(p->job.file - body);
		p->job.file_len = job->body_len - p->file_at;
	}
	p->run->request = p->job.request;
	if (!reply_load(ctx, job->progress, job->progress_len, &p->reply, &found, e))
		return false;
	if (job->progress && json_parse(ctx, job->progress, job->progress_len, &o, e)) {
		p->to = mem_strdup(ctx, json_str(o, "to"));
		p->file = mem_strdup(ctx, json_str(o, "file_id"));
		p->failed = mem_strdup(ctx, json_str(o, "failed"));
		p->telling = json_bool_or(o, "telling", false);
		p->meant = mem_strdup(ctx, json_str(o, "meant"));
		p->in_place = json_bool_or(o, "in_place", false);
		p->no_owner = mem_strdup(ctx, json_str(o, "no_owner"));
		p->down_ms = json_int_or(o, "down_ms", 0);
	}
	p->reply.delivery = true;
	return true;
}

struct job_end posting_later(struct posting *p, int64_t when_ms, const char *why)
{
	if (!job_keep(p->run, posting_progress(p), NULL))
		return job_end_waits(p->run->lane);
	return job_end_later(p->run, when_ms, why);
}

/* --- an error on the way --- */

/* Whether others come through: what fails is then this delivery, which must not stop a channel. */
static bool is_alone(const struct posting *p)
{
	return atomic_load(&delivered_ms) > p->down_ms || clock_is_older(p->down_ms, HELD_MAX_MS);
}

struct job_end posting_again(struct posting *p, int64_t when_ms, const char *why, bool limited)
{
	struct job_run *run = p->run;
	const int64_t soon_ms = clock_now_ms() + HELD_STEP_MS;
	struct err e;

	if (!p->down_ms)
		p->down_ms = clock_now_ms();
	if (!limited && is_alone(p))
		return posting_later(p, when_ms, why);
	if (!job_keep(run, posting_progress(p), NULL))
		return job_end_waits(run->lane);
	if (limited && run->lane[0] && !queue_lane_pause(run->bot->queue, run->lane, when_ms, &e))
		why = mem_printf(posting_ctx(p), "%s (lane not paused)", why);
	return job_end_hold(run, limited || when_ms < soon_ms ? when_ms : soon_ms, why);
}

/* A token is put in order again within the day, by whoever runs the bot. */
static bool is_passing(enum err_kind kind)
{
	return kind == ERR_RATE_LIMITED || kind == ERR_TEMPORARY || kind == ERR_UNKNOWN ||
	       kind == ERR_AUTH;
}

static int64_t time_is_up_ms(const struct posting *p)
{
	return p->run->job->expires_ms + (p->telling ? TELLING_MS : 0);
}

struct job_end posting_stumble(struct posting *p, const struct err *e)
{
	const char *why = mem_strdup(posting_ctx(p), e->text);
	int64_t when_ms = clock_now_ms() + reply_patience_ms(p->reply.tries++);
	const bool limited = e->kind == ERR_RATE_LIMITED;

	if (limited)
		when_ms = e->not_before_ms;
	if (!is_passing(e->kind) || when_ms >= time_is_up_ms(p))
		return posting_give_up(p, why);
	return posting_again(p, when_ms, why, limited);
}

/* --- where --- */

static struct job_end no_such_name(struct posting *p, const struct directory_found *found)
{
	TALLOC_CTX *ctx = posting_ctx(p);
	const char *name = p->job.name;

	if (found->n > 1)
		return posting_give_up(
			p, mem_printf(ctx,
				      "%zu people are called “%s”: give the user name or "
				      "the e-mail address in Looker.",
				      found->n, name));
	if (found->problem)
		return posting_give_up(p, found->problem);
	if (p->job.person)
		return posting_give_up(
			p, mem_printf(ctx,
				      "there is nobody called “%s”: give a user name, a "
				      "display name or an e-mail address in Looker.",
				      name));
	return posting_give_up(
		p, mem_printf(ctx,
			      "there is no channel #%s, or the bot is not in it: invite it, "
			      "or check the name in Looker.",
			      name));
}

/* *ret_id, or else the end of the lease. */
static bool find_id(struct posting *p, const char **ret_id, struct job_end *end)
{
	struct job_run *run = p->run;
	enum directory_kind kind = p->job.person ? DIRECTORY_PEOPLE : DIRECTORY_CHANNELS;
	/* Its acceptance, or an operator's "once more". */
	const int64_t began_ms = run->job->expires_ms - LEDGER_LIFE_MS;
	struct directory_found found;
	struct err e;

	if (p->job.id) {
		*ret_id = channels_today(posting_ctx(p), run->bot, p->job.id);
		return true;
	}
	if (!directory_find(posting_ctx(p), run->bot, kind, p->job.name, &found, &e)) {
		*end = posting_stumble(p, &e);
		return false;
	}
	if (found.id) {
		*ret_id = found.id;
		return true;
	}
	if (found.read_ms > began_ms) {
		*end = no_such_name(p, &found);
		return false;
	}
	directory_read_later(run->bot, 0);
	(void)err_set(&e, ERR_TEMPORARY, "Slack's lists of names are being read");
	*end = posting_stumble(p, &e);
	return false;
}

/* p->to, or else the end of the lease. */
static bool find_place(struct posting *p, struct job_end *end)
{
	const char *id;
	struct err e;

	if (p->to) { /* its id may have changed since */
		p->to = channels_today(posting_ctx(p), p->run->bot, p->to);
		return true;
	}
	if (!find_id(p, &id, end))
		return false;
	p->to = id;
	if ((id[0] != 'U' && id[0] != 'W') ||
	    slack_channels_open(posting_ctx(p), p->run->bot->slack,
				clock_deadline_ms(POSTING_CALL_MS), id, &p->to, &e))
		return true;
	if (e.kind == ERR_FORBIDDEN) /* without im:write: chat.postMessage takes a person, too */
		return true;
	p->to = NULL;
	*end = posting_stumble(p, &e);
	return false;
}

/* --- a message --- */

struct job_end posting_done(struct posting *p, const char *reason)
{
	atomic_store(&delivered_ms, clock_now_ms());
	return job_end_done(p->run, reason);
}

struct job_end posting_send(struct posting *p)
{
	struct job_run *run = p->run;
	struct queue_job job = *run->job;
	job.expires_ms = time_is_up_ms(p);
	struct reply_end end = reply_send(posting_ctx(p), run->bot, &job, &p->in, &p->reply);
	const char *reason = mem_strdup(posting_ctx(p), end.reason);

	switch (end.result) {
	case REPLY_DELIVERED:
		return p->telling ? posting_told(p) : posting_done(p, reason);
	case REPLY_LATER:
		return posting_again(p, end.when_ms, reason, end.pause_lane);
	case REPLY_FAILED:
		break;
	}
	return p->telling ? posting_not_told(p, reason) : posting_give_up(p, reason);
}

struct job_end posting_post(struct posting *p, const char *note)
{
	struct job_run *run = p->run;

	if (!p->reply.message) {
		p->reply.message =
			schedule_job_message(posting_ctx(p), &p->job, run->job->created_ms, note);
		p->reply.form = forms_first(posting_ctx(p), run->bot, p->in.team_id);
		if (!job_keep(run, posting_progress(p), NULL))
			return job_end_waits(run->lane);
	}
	return posting_send(p);
}

/* --- the whole --- */

/* Takes the place's turn. False: *end is the end of the lease. */
static bool take_turn(struct posting *p, struct job_end *end)
{
	const char *lane = bot_slack_lane(posting_ctx(p), p->to);

	if (strcmp(lane, p->run->lane) == 0)
		return true;
	if (job_keep(p->run, posting_progress(p), lane))
		return true;
	*end = job_end_waits(lane);
	return false;
}

static struct job_end deliver(struct posting *p)
{
	struct slack_identity self;
	struct job_end end;
	struct err e;

	if (!people_self(posting_ctx(p), p->run->bot, p->run->deadline_ms, &self, &e))
		return posting_stumble(p, &e);
	if (!find_place(p, &end) || !take_turn(p, &end))
		return end;
	p->in.team_id = self.team_id;
	p->in.channel_id = p->to;
	if (p->telling)
		return posting_send(p);
	return p->job.file_name && !p->reply.message ? posting_send_file(p) : posting_post(p, NULL);
}

static const char *too_late(const struct posting *p)
{
	const char *reason = p->run->job->reason;

	return mem_printf(posting_ctx(p),
			  "that was tried for a day (%s). It can be sent again from Looker.",
			  reason ? reason : "the bot did not run");
}

static struct job_end carry_out(struct posting *p)
{
	struct job_run *run = p->run;
	const struct queue_job *job = run->job;

	if (job->deaths >= DEATHS_BEFORE_SILENCE)
		return job_end_dead(run, "its process died under it again while the schedule's "
					 "owner was told");
	if (p->failed)
		return p->telling ? deliver(p) : posting_tell(p);
	if (job->deaths >= QUEUE_MAX_DEATHS)
		return posting_give_up(p,
				       "the bot's process died again and again while it worked on "
				       "this. Its log says more.");
	if (clock_now_ms() > job->expires_ms)
		return posting_give_up(p, too_late(p));
	return deliver(p);
}

/* Whoever looks at the list, not who waits for the message: the lane is free already. */
static void note_owner(struct job_run *run, const struct posting *p, const struct job_end *end)
{
	const bool ended =
		strcmp(end->event, "job_done") == 0 || strcmp(end->event, "job_dead") == 0;

	if (ended && run->job->about && !run->job->whose && !atomic_load(run->stop))
		ledger_learn_owner(run->ctx, run->bot, run->job->id, &p->job);
}

struct job_end job_run_schedule(struct job_run *run)
{
	struct posting p = { .run = run, .in = { .kind = SLACK_INBOUND_MENTION } };
	struct job_end end;
	struct err e;

	if (!load(&p, &e))
		return job_body_lost(run, &e);
	end = carry_out(&p);
	note_owner(run, &p, &end);
	return end;
}

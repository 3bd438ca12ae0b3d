/*
 * A delivery that will not be posted: its owner is told in a direct message, or else the place
 * where it should have gone, never both. Who the owner is only Looker knows (schedule_owner.c).
 */
#include "bot/schedule_posting.h"

#include "base/clock.h"
#include "base/mem.h"
#include "bot/ledger.h"
#include "bot/schedule_owner.h"

#define OWNER_TRIES_MAX 100 /* to find out who it is; then the log and the ledger alone know */
#define ANSWER_MS 500	    /* so long before its time is up an answer still comes through */

struct job_end posting_told(struct posting *p)
{
	return job_end_dead(p->run, p->failed);
}

static struct job_end nobody_told(struct posting *p, const char *why)
{
	return job_end_dead(p->run,
			    mem_printf(posting_ctx(p), "%s; nobody was told: %s", p->failed, why));
}

static struct job_end tell(struct posting *p, const char *to, struct slack_message *notice,
			   const char *part)
{
	const char *lane = bot_slack_lane(posting_ctx(p), to);

	p->telling = true;
	p->to = to;
	p->in.channel_id = to;
	p->reply = (struct reply){ .message = notice, .delivery = true, .part = part };
	if (!job_keep(p->run, posting_progress(p), lane))
		return job_end_waits(lane);
	return posting_send(p);
}

/* Whoever pressed in Looker still waits for the answer, which says it. */
static bool is_awaited(const struct posting *p)
{
	return clock_now_ms() < p->job.awaited_ms - ANSWER_MS;
}

static struct job_end tell_place(struct posting *p, const char *no_owner)
{
	p->no_owner = no_owner;
	if (is_awaited(p))
		return posting_told(p);
	if (!p->meant)
		return nobody_told(p, no_owner);
	p->in_place = true;
	return tell(p, p->meant, schedule_place_notice(posting_ctx(p), &p->job, p->failed),
		    "notice-here");
}

struct job_end posting_not_told(struct posting *p, const char *why)
{
	if (p->in_place)
		return nobody_told(
			p, mem_printf(posting_ctx(p), "%s; nor there: %s", p->no_owner, why));
	if (p->reply.doubt) /* the owner may have read it */
		return nobody_told(p, why);
	return tell_place(p, why);
}

struct job_end posting_tell(struct posting *p)
{
	TALLOC_CTX *ctx = posting_ctx(p);
	const char *to;
	struct err e;

	if (schedule_owner_find(ctx, p->run->bot, &p->job, p->run->deadline_ms, &to, &e))
		return tell(p, to, schedule_owner_notice(ctx, &p->job, p->failed), "notice");
	const char *why = mem_strdup(ctx, e.text);
	const int64_t when_ms = clock_now_ms() + reply_patience_ms(p->reply.tries);
	const bool passing =
		e.kind == ERR_TEMPORARY || e.kind == ERR_RATE_LIMITED || e.kind == ERR_UNKNOWN;

	if (!passing || p->reply.tries++ >= OWNER_TRIES_MAX)
		return tell_place(p, why);
	return posting_later(p, e.not_before_ms > when_ms ? e.not_before_ms : when_ms, why);
}

struct job_end posting_give_up(struct posting *p, const char *why)
{
	if (p->telling)
		return posting_not_told(p, mem_strdup(posting_ctx(p), why));
	p->failed = mem_strdup(posting_ctx(p), why);
	p->meant = p->to || p->job.person ? p->to : p->job.id;
	p->reply = (struct reply){ .delivery = true };
	if (!job_keep(p->run, posting_progress(p), NULL))
		return job_end_waits(p->run->lane);
	return posting_tell(p);
}

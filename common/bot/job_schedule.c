/*
 * Jobs of kind `schedule`: what Looker sent by itself goes to its channel or person, once, in its
 * turn, tried for a day. When that cannot be, the schedule's owner is told in a direct message; who
 * that is only Looker knows. How far it is stands in the progress beside the reply.
 */
#include "bot/job_run.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "bot/channels.h"
#include "bot/directory.h"
#include "bot/forms.h"
#include "bot/people.h"
#include "bot/schedule_job.h"
#include "bot/schedule_owner.h"
#include "slack/channels.h"
#include "slack/files.h"
#include "slack/lists.h"

#define CALL_DEADLINE_MS (30 * 1000LL)
#define UPLOAD_DEADLINE_MS (2 * 60 * 1000LL)
#define OWNER_ATTEMPTS_MAX 100 /* leases; then the log alone knows */
#define DEATHS_BEFORE_SILENCE (QUEUE_MAX_DEATHS + 2)
#define NO_FILE "I may not upload files here: the app's owner can add the scope `files:write`."

struct posting {
	struct job_run *run;
	struct schedule_job job;
	struct slack_inbound in; /* what reply.c wants to know of a conversation */
	struct reply reply;
	const char *to;	    /* the conversation's id; NULL: not known yet */
	const char *file;   /* Slack's id of the uploaded file, or NULL */
	const char *failed; /* it will not be posted, and why; or NULL ... */
	bool telling;	    /* ... and `to` is the owner's, `reply` the notice */
};

static TALLOC_CTX *ctx_of(const struct posting *p)
{
	return p->run->ctx;
}

/* --- progress --- */

static const char *progress(struct posting *p)
{
	const char *reply = reply_save(ctx_of(p), &p->reply);
	struct json_object *o;
	struct err e;

	if (!json_parse(ctx_of(p), reply, strlen(reply), &o, &e))
		die("what was just written cannot be read: %s", e.text);
	json_set_str(o, "to", p->to);
	json_set_str(o, "file_id", p->file);
	json_set_str(o, "failed", p->failed);
	json_set_bool(o, "telling", p->telling);
	return mem_strdup(ctx_of(p), json_text(o));
}

static bool load(struct posting *p, struct err *e)
{
	const struct queue_job *job = p->run->job;
	TALLOC_CTX *ctx = ctx_of(p);
	struct json_object *o;
	bool found;

	if (!schedule_job_load(ctx, job->body, job->body_len, &p->job, e))
		return false;
	p->run->request = p->job.request;
	if (!reply_load(ctx, job->progress, job->progress_len, &p->reply, &found, e))
		return false;
	if (job->progress && json_parse(ctx, job->progress, job->progress_len, &o, e)) {
		p->to = mem_strdup(ctx, json_str(o, "to"));
		p->file = mem_strdup(ctx, json_str(o, "file_id"));
		p->failed = mem_strdup(ctx, json_str(o, "failed"));
		p->telling = json_bool_or(o, "telling", false);
	}
	p->reply.delivery = true;
	return true;
}

static struct job_end later(struct posting *p, int64_t when_ms, const char *why)
{
	if (!job_keep(p->run, progress(p), NULL))
		return job_end_waits(p->run->lane);
	return job_end_later(p->run, when_ms, why);
}

/* --- when it cannot be posted --- */

static struct job_end send_message(struct posting *p);

static struct job_end bury(struct posting *p, const char *why_not_told)
{
	return job_end_dead(p->run, why_not_told ? mem_printf(ctx_of(p), "%s; nobody was told: %s",
							      p->failed, why_not_told)
						 : p->failed);
}

static struct job_end tell_owner(struct posting *p)
{
	const char *to;
	struct err e;

	if (!schedule_owner_find(ctx_of(p), p->run->bot, &p->job, p->run->deadline_ms, &to, &e)) {
		const char *why = mem_strdup(ctx_of(p), e.text);
		bool passing = e.kind == ERR_TEMPORARY || e.kind == ERR_RATE_LIMITED;
		int64_t when_ms = clock_now_ms() + reply_patience_ms((int)p->run->job->attempts);

		if (!passing || p->run->job->attempts >= OWNER_ATTEMPTS_MAX)
			return bury(p, why);
		return later(p, e.not_before_ms > when_ms ? e.not_before_ms : when_ms, why);
	}
	p->telling = true;
	p->to = to;
	p->in.channel_id = to;
	p->reply = (struct reply){ .message = schedule_owner_notice(ctx_of(p), &p->job, p->failed),
				   .delivery = true,
				   .part = "notice" };
	const char *lane = bot_slack_lane(ctx_of(p), to);
	if (!job_keep(p->run, progress(p), lane))
		return job_end_waits(lane);
	return send_message(p);
}

static struct job_end give_up(struct posting *p, const char *why)
{
	p->failed = mem_strdup(ctx_of(p), why);
	p->reply = (struct reply){ .delivery = true };
	if (!job_keep(p->run, progress(p), NULL))
		return job_end_waits(p->run->lane);
	return tell_owner(p);
}

/* An error of Slack's on the way: later, as long as it may pass and there is time. */
static struct job_end stumble(struct posting *p, const struct err *e)
{
	const char *why = mem_strdup(ctx_of(p), e->text);
	int64_t when_ms = clock_now_ms() + reply_patience_ms(p->reply.tries++);
	struct err ignored;

	if (e->kind == ERR_RATE_LIMITED) {
		when_ms = e->not_before_ms;
		if (p->run->lane[0] &&
		    !queue_lane_pause(p->run->bot->queue, p->run->lane, when_ms, &ignored))
			why = mem_printf(ctx_of(p), "%s (lane not paused)", why);
	}
	if ((e->kind != ERR_RATE_LIMITED && e->kind != ERR_TEMPORARY && e->kind != ERR_UNKNOWN) ||
	    when_ms >= p->run->job->expires_ms)
		return give_up(p, why);
	return later(p, when_ms, why);
}

/* --- where --- */

static struct job_end no_such_name(struct posting *p, const struct directory_found *found)
{
	TALLOC_CTX *ctx = ctx_of(p);
	const char *name = p->job.name;

	if (found->n > 1)
		return give_up(p, mem_printf(ctx,
					     "%zu people are called “%s”: give the user name or "
					     "the e-mail address in the schedule's address.",
					     found->n, name));
	if (found->problem)
		return give_up(p, found->problem);
	if (p->job.person)
		return give_up(p, mem_printf(ctx,
					     "there is nobody called “%s”: check the name at the "
					     "end of the schedule's address.",
					     name));
	return give_up(p, mem_printf(ctx,
				     "there is no channel #%s, or the bot is not in it: invite it, "
				     "or check the name at the end of the schedule's address.",
				     name));
}

/* *ret_id, or else the end of the lease. */
static bool find_id(struct posting *p, const char **ret_id, struct job_end *end)
{
	struct job_run *run = p->run;
	enum directory_kind kind = p->job.person ? DIRECTORY_PEOPLE : DIRECTORY_CHANNELS;
	struct directory_found found;
	struct err e;

	if (p->job.id) {
		*ret_id = channels_today(ctx_of(p), run->bot, p->job.id);
		return true;
	}
	if (!directory_find(ctx_of(p), run->bot, kind, p->job.name, &found, &e)) {
		*end = stumble(p, &e);
		return false;
	}
	if (found.id) {
		*ret_id = found.id;
		return true;
	}
	if (found.read_ms > run->job->created_ms) {
		*end = no_such_name(p, &found);
		return false;
	}
	directory_read_later(run->bot, 0);
	(void)err_set(&e, ERR_TEMPORARY, "Slack's lists of names are being read");
	*end = stumble(p, &e);
	return false;
}

/* p->to, or else the end of the lease. */
static bool find_place(struct posting *p, struct job_end *end)
{
	const char *id;
	struct err e;

	if (p->to) { /* its id may have changed since */
		p->to = channels_today(ctx_of(p), p->run->bot, p->to);
		return true;
	}
	if (!find_id(p, &id, end))
		return false;
	p->to = id;
	if ((id[0] != 'U' && id[0] != 'W') ||
	    slack_channels_open(ctx_of(p), p->run->bot->slack, clock_deadline_ms(CALL_DEADLINE_MS),
				id, &p->to, &e))
		return true;
	if (e.kind == ERR_FORBIDDEN) /* without im:write: chat.postMessage takes a person, too */
		return true;
	p->to = NULL;
	*end = stumble(p, &e);
	return false;
}

/* --- a message --- */

static struct job_end send_message(struct posting *p)
{
	struct job_run *run = p->run;
	struct reply_end end = reply_send(ctx_of(p), run->bot, run->job, &p->in, &p->reply);
	const char *reason = mem_strdup(ctx_of(p), end.reason);
	struct err e;

	switch (end.result) {
	case REPLY_DELIVERED:
		return p->telling ? bury(p, NULL) : job_end_done(run, reason);
	case REPLY_LATER:
		if (end.pause_lane &&
		    !queue_lane_pause(run->bot->queue, run->lane, end.when_ms, &e))
			reason = mem_printf(ctx_of(p), "%s (lane not paused)", reason);
		return later(p, end.when_ms, reason);
	case REPLY_FAILED:
		break;
	}
	return p->telling ? bury(p, reason) : give_up(p, reason);
}

static struct job_end post(struct posting *p, const char *note)
{
	struct job_run *run = p->run;

	if (!p->reply.message) {
		p->reply.message =
			schedule_job_message(ctx_of(p), &p->job, run->job->created_ms, note);
		p->reply.form = forms_first(ctx_of(p), run->bot, p->in.team_id);
		if (!job_keep(run, progress(p), NULL))
			return job_end_waits(run->lane);
	}
	return send_message(p);
}

/* --- a file --- */

static bool upload(struct posting *p, struct slack_outcome *outcome, struct err *e)
{
	const struct slack_api *slack = p->run->bot->slack;
	const struct schedule_job *j = &p->job;
	struct slack_upload up;

	if (!slack_files_begin(ctx_of(p), slack, clock_deadline_ms(CALL_DEADLINE_MS), j->file_name,
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
	bool ok = done == j->file_len ? slack_files_send(ctx_of(p), slack,
							 clock_deadline_ms(UPLOAD_DEADLINE_MS),
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
	       slack_files_shared(ctx_of(p), p->run->bot->slack,
				  clock_deadline_ms(CALL_DEADLINE_MS), p->file, &shared, &e) &&
	       shared;
}

static struct job_end send_file(struct posting *p)
{
	struct job_run *run = p->run;
	struct slack_outcome outcome = { .remedy = SLACK_REMEDY_NONE };
	struct slack_share share = { .title = p->job.title, .channel_id = p->to };
	struct err e;

	if (was_shared(p))
		return job_end_done(run, "");
	if (!p->file) {
		if (!upload(p, &outcome, &e)) {
			p->file = NULL;
			/* The file stays in Looker; who waits for it learns that. */
			return outcome.remedy == SLACK_REMEDY_OWNER && e.kind == ERR_FORBIDDEN
				       ? post(p, NO_FILE)
				       : stumble(p, &e);
		}
		if (!job_keep(run, progress(p), NULL))
			return job_end_waits(run->lane);
	}
	share.file_id = p->file;
	share.comment = schedule_job_comment(ctx_of(p), &p->job, run->job->created_ms);
	if (slack_files_complete(ctx_of(p), run->bot->slack, clock_deadline_ms(CALL_DEADLINE_MS),
				 &share, &outcome, &e))
		return job_end_done(run, "");
	p->reply.doubt |= e.kind == ERR_UNKNOWN;
	if (e.kind == ERR_NOT_FOUND && strcmp(outcome.code, "file_not_found") == 0) {
		p->file = NULL; /* the upload is lost */
		e.kind = ERR_TEMPORARY;
	}
	return stumble(p, &e);
}

/* --- the whole --- */

/* Takes the place's turn. False: *end is the end of the lease. */
static bool take_turn(struct posting *p, struct job_end *end)
{
	const char *lane = bot_slack_lane(ctx_of(p), p->to);

	if (strcmp(lane, p->run->lane) == 0)
		return true;
	if (job_keep(p->run, progress(p), lane))
		return true;
	*end = job_end_waits(lane);
	return false;
}

static struct job_end deliver(struct posting *p)
{
	struct slack_identity self;
	struct job_end end;
	struct err e;

	if (!people_self(ctx_of(p), p->run->bot, p->run->deadline_ms, &self, &e))
		return stumble(p, &e);
	if (!find_place(p, &end) || !take_turn(p, &end))
		return end;
	p->in.team_id = self.team_id;
	p->in.channel_id = p->to;
	if (p->telling)
		return send_message(p);
	return p->job.file_name && !p->reply.message ? send_file(p) : post(p, NULL);
}

struct job_end job_run_schedule(struct job_run *run)
{
	struct posting p = { .run = run, .in = { .kind = SLACK_INBOUND_MENTION } };
	const struct queue_job *job = run->job;
	struct err e;

	if (!load(&p, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (job->deaths >= DEATHS_BEFORE_SILENCE)
		return job_end_dead(run, "its process died under it again while the schedule's "
					 "owner was told");
	if (p.failed)
		return p.telling ? deliver(&p) : tell_owner(&p);
	if (job->deaths >= QUEUE_MAX_DEATHS)
		return give_up(&p, "the bot's process died again and again while it worked on "
				   "this. Its log says more.");
	if (clock_now_ms() > job->expires_ms)
		return give_up(&p,
			       job->reason ? job->reason : "it could not be posted within a day.");
	return deliver(&p);
}

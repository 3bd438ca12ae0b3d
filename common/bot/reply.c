/*
 * Ways to a person: chat.postMessage, the response_url, chat.postEphemeral, tried in that order as
 * far as they are open. One call of reply_send makes at most one successful delivery; when it
 * cannot know whether one happened it says so in `doubt` and looks before it sends again.
 */
#include "bot/reply.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"

#define SEND_DEADLINE_MS (15 * 1000LL)
#define TRIES_MAX 5
#define LOOK_BACK_MS (5 * 1000LL)

/* What is known while one delivery is attempted. */
struct sending {
	TALLOC_CTX *ctx;
	struct bot *bot;
	const struct queue_job *job;
	const struct slack_inbound *in;
	struct reply *reply;
	struct slack_outcome outcome;
	struct err err;
};

char *reply_save(TALLOC_CTX *ctx, const struct reply *r)
{
	struct json_object *o = json_new_object(ctx);

	json_set(o, "message", json_object_get(slack_message_save(ctx, r->message)));
	json_set_bool(o, "private", r->private);
	json_set_bool(o, "hook", r->hook);
	json_set_bool(o, "doubt", r->doubt);
	json_set_int(o, "form", r->form);
	json_set_int(o, "hook_uses", r->hook_uses);
	json_set_int(o, "tries", r->tries);
	json_set_str(o, "dead", r->dead);
	return mem_strdup(ctx, json_text(o));
}

bool reply_load(TALLOC_CTX *ctx, const char *progress, size_t len, struct reply *ret,
		bool *ret_found, struct err *e)
{
	struct json_object *o;

	*ret_found = false;
	if (!progress || !len)
		return true;
	if (!json_parse(ctx, progress, len, &o, e))
		return err_wrap(e, "the job's progress");
	*ret = (struct reply){
		.private = json_bool_or(o, "private", false),
		.hook = json_bool_or(o, "hook", false),
		.doubt = json_bool_or(o, "doubt", false),
		.form = (enum slack_form)json_int_or(o, "form", 0),
		.hook_uses = (int)json_int_or(o, "hook_uses", 0),
		.tries = (int)json_int_or(o, "tries", 0),
		.dead = mem_strdup(ctx, json_str(o, "dead")),
	};
	if (ret->form >= SLACK_FORMS)
		ret->form = SLACK_FORM_TEXT;
	if (!slack_message_load(ctx, json_object_at(o, "message"), &ret->message, e))
		return err_wrap(e, "the job's progress");
	*ret_found = true;
	return true;
}

bool reply_hook_open(const struct queue_job *job, const struct slack_inbound *in,
		     const struct reply *r)
{
	return in->response_url && r->hook_uses < REPLY_HOOK_USES_MAX &&
	       clock_now_ms() < job->created_ms + REPLY_HOOK_LIFE_MS;
}

static char *delivery_id(TALLOC_CTX *ctx, const struct queue_job *job)
{
	return mem_printf(ctx, "%lld-%lld", (long long)job->id, (long long)job->created_ms);
}

static bool post(struct sending *s, struct json_object *message)
{
	struct slack_posted posted;

	return slack_api_post(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
			      s->in->channel_id, s->in->thread_ts, message,
			      delivery_id(s->ctx, s->job), &posted, &s->outcome, &s->err);
}

static bool respond(struct sending *s, struct json_object *message)
{
	s->reply->hook_uses++;
	return slack_api_respond(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
				 s->in->response_url, !s->reply->private, message, &s->outcome,
				 &s->err);
}

static bool whisper(struct sending *s, struct json_object *message)
{
	return slack_api_post_ephemeral(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
					s->in->channel_id, s->in->user_id, message, &s->outcome,
					&s->err);
}

/* Sends by one way, in simpler and simpler forms as long as Slack refuses the blocks. */
static bool send_by(struct sending *s, bool (*way)(struct sending *, struct json_object *))
{
	for (;;) {
		struct json_object *message =
			slack_message_encode(s->ctx, s->reply->message, s->reply->form);

		if (way(s, message))
			return true;
		if (s->outcome.remedy != SLACK_REMEDY_SIMPLER || s->reply->form + 1 >= SLACK_FORMS)
			return false;
		stats_add(STATS_BLOCKS_REFUSED);
		s->reply->form++;
	}
}

/* Whether an earlier attempt, whose answer nobody saw, reached the channel after all. */
static bool was_posted(struct sending *s)
{
	const char *ts = NULL;
	struct err e;

	if (!s->reply->doubt && s->job->deaths == 0)
		return false;
	if (!slack_api_find(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
			    s->in->channel_id, s->in->thread_ts, delivery_id(s->ctx, s->job),
			    s->job->created_ms - LOOK_BACK_MS, &ts, &e))
		return false; /* nobody can tell: twice is better than never */
	return ts != NULL;
}

static int64_t backoff_ms(int tries)
{
	static const int64_t steps_ms[TRIES_MAX] = { 1000, 3000, 8000, 20000, 40000 };

	return steps_ms[tries < TRIES_MAX ? tries : TRIES_MAX - 1];
}

static bool is_passing(enum err_kind kind)
{
	return kind == ERR_RATE_LIMITED || kind == ERR_TEMPORARY || kind == ERR_UNKNOWN;
}

/* A passing error: when to try again. False when it has been tried often enough. */
static bool try_later(struct sending *s, struct reply_end *end)
{
	if (!is_passing(s->err.kind))
		return false;
	end->result = REPLY_LATER;
	end->pause_lane = s->err.kind == ERR_RATE_LIMITED;
	if (end->pause_lane) {
		end->when_ms = s->err.not_before_ms; /* Slack asked us to: not counted as a try */
		return end->when_ms < s->job->expires_ms;
	}
	s->reply->doubt |= s->err.kind == ERR_UNKNOWN;
	end->when_ms = clock_now_ms() + backoff_ms(s->reply->tries);
	return ++s->reply->tries < TRIES_MAX;
}

struct reply_end reply_send(TALLOC_CTX *ctx, struct bot *bot, const struct queue_job *job,
			    const struct slack_inbound *in, struct reply *r)
{
	struct sending s = { .ctx = ctx, .bot = bot, .job = job, .in = in, .reply = r };
	struct reply_end end = { .result = REPLY_DELIVERED };

	if (!r->private && !r->hook) {
		if (was_posted(&s) || send_by(&s, post))
			return end;
		if (try_later(&s, &end))
			goto later;
		r->hook = true; /* not in the channel, token dead, tried too often: another way */
		r->tries = 0;
	}
	if (reply_hook_open(job, in, r)) {
		if (send_by(&s, respond))
			return end;
		if (try_later(&s, &end))
			goto later;
	}
	/* What all should have seen is not for postEphemeral, unless nothing else is left. */
	if (send_by(&s, whisper))
		return end;
	if (try_later(&s, &end))
		goto later;
	end.result = REPLY_FAILED;
later:
	snprintf(end.reason, sizeof(end.reason), "%s", s.err.text);
	return end;
}

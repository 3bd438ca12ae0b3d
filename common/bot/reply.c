/*
 * Ways to a person: chat.update of the loading text, chat.postMessage, the response_url,
 * chat.postEphemeral, tried in that order as far as they are open. One call of reply_send makes at
 * most one successful delivery; when it cannot know whether one happened it says so in `doubt` and
 * looks before it sends again.
 */
#include "bot/reply.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "bot/forms.h"

#define SEND_DEADLINE_MS (15 * 1000LL)
#define CLEAR_DEADLINE_MS (5 * 1000LL) /* the answer may wait for it */
#define TRIES_MAX 5
#define LOOK_BACK_MS (5 * 1000LL)
#define DELIVERY_STEPS 8 /* 1 s, 2 s, ... 128 s, then */
#define DELIVERY_STEP_MAX_MS (5 * 60 * 1000LL)
/* Whoever waits longer for a Slack that asks us to slow down gets the answer another way. */
#define RATE_PATIENCE_MS (120 * 1000LL)

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

bool reply_hook_open(const struct queue_job *job, const struct slack_inbound *in,
		     const struct reply *r)
{
	return in->response_url && r->hook_uses < REPLY_HOOK_USES_MAX &&
	       clock_now_ms() < job->created_ms + REPLY_HOOK_LIFE_MS;
}

char *reply_delivery_id(TALLOC_CTX *ctx, const struct queue_job *job)
{
	return mem_printf(ctx, "%lld-%lld", (long long)job->id, (long long)job->created_ms);
}

char *reply_loading_id(TALLOC_CTX *ctx, const struct queue_job *job)
{
	return mem_printf(ctx, "%s-loading", reply_delivery_id(ctx, job));
}

static char *delivery_id(const struct sending *s)
{
	char *id = reply_delivery_id(s->ctx, s->job);

	return s->reply->part ? mem_printf(s->ctx, "%s-%s", id, s->reply->part) : id;
}

static bool post(struct sending *s, struct json_object *message)
{
	struct slack_posted posted;

	if (!slack_api_post(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
			    s->in->channel_id, s->in->thread_ts, message, delivery_id(s), &posted,
			    &s->outcome, &s->err))
		return false;
	s->reply->ts = posted.ts;
	return true;
}

/* The loading text becomes the answer. Twice is the same as once. */
static bool update(struct sending *s, struct json_object *message)
{
	return slack_api_update(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
				s->in->channel_id, s->reply->loading, message, delivery_id(s),
				&s->outcome, &s->err);
}

static bool respond(struct sending *s, struct json_object *message)
{
	s->reply->hook_uses++;
	if (s->reply->replace)
		return slack_api_replace(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
					 s->in->response_url, message, &s->outcome, &s->err);
	return slack_api_respond(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
				 s->in->response_url, !s->reply->private, s->in->thread_ts, message,
				 &s->outcome, &s->err);
}

static bool whisper(struct sending *s, struct json_object *message)
{
	return slack_api_post_ephemeral(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
					s->in->channel_id, s->in->thread_ts, s->in->user_id,
					message, &s->outcome, &s->err);
}

/* What Slack took, and what it refused before, is told to bot/forms.c. */
static void learn(struct sending *s, bool refused, enum slack_blame blame)
{
	struct forms_lesson lesson = {
		.job = s->job->id,
		.refused = refused,
		.taken = slack_message_look(s->reply->message, s->reply->form),
		.blame = blame,
	};

	if (slack_message_has_table(s->reply->message))
		forms_learn(s->ctx, s->bot, s->in->team_id, &lesson);
}

/* Slack may not have looked at the file yet: later, the same again. The picture's job sees when
 * that is no use. */
static bool image_refused(struct sending *s)
{
	s->reply->image_refused++;
	if (s->err.kind == ERR_BAD_INPUT)
		s->err.kind = ERR_TEMPORARY;
	return false;
}

/* Sends by one way, in simpler and simpler forms as long as Slack refuses the blocks. */
static bool send_by(struct sending *s, bool (*way)(struct sending *, struct json_object *))
{
	enum slack_blame blame = SLACK_BLAME_UNSAID;
	bool refused = false;

	for (;; refused = true) {
		struct reply *r = s->reply;
		enum slack_form simpler = slack_message_simpler(r->message, r->form);

		if (way(s, slack_message_encode(s->ctx, r->message, r->form))) {
			learn(s, refused, blame);
			return true;
		}
		if (s->outcome.remedy != SLACK_REMEDY_SIMPLER || simpler == SLACK_FORMS)
			return false;
		if (slack_message_has_image(r->message) &&
		    r->image_refused < REPLY_IMAGE_REFUSED_MAX)
			return image_refused(s);
		if (way == respond && !reply_hook_open(s->job, s->in, r))
			return false;
		stats_add(STATS_BLOCKS_REFUSED);
		blame = s->outcome.blame;
		r->form = simpler;
	}
}

static bool is_passing(enum err_kind kind)
{
	return kind == ERR_RATE_LIMITED || kind == ERR_TEMPORARY || kind == ERR_UNKNOWN;
}

/* The ts of our message with that id, or NULL. *ret_told: Slack could say; else s->err. */
static const char *find(struct sending *s, const char *id, bool *ret_told)
{
	const char *ts = NULL;

	*ret_told = slack_api_find(s->ctx, s->bot->slack, clock_deadline_ms(SEND_DEADLINE_MS),
				   s->in->channel_id, s->in->thread_ts, id,
				   s->job->created_ms - LOOK_BACK_MS, &ts, &s->err) ||
		    !is_passing(s->err.kind); /* it never will */
	return ts;
}

/* Whether an earlier attempt, whose answer nobody saw, reached the channel after all. *ret_told as
 * in find. */
static bool was_posted(struct sending *s, bool *ret_told)
{
	struct reply *r = s->reply;

	*ret_told = true;
	if (!r->doubt && s->job->deaths == 0)
		return false;
	const char *ts = find(s, delivery_id(s), ret_told);
	if (ts && r->loading && strcmp(ts, r->loading) == 0)
		r->loading = NULL; /* an update in doubt was done */
	r->ts = ts ? ts : r->ts;
	return ts != NULL;
}

static void seek(struct sending *s)
{
	struct reply *r = s->reply;
	bool told;

	if (!r->seek)
		return;
	const char *ts = find(s, reply_loading_id(s->ctx, s->job), &told);
	if (ts)
		r->loading = ts;
	r->seek = !told;
}

/* After seek. Whether no loading text is left, as far as anybody can tell. */
static bool take_away(struct sending *s)
{
	struct reply *r = s->reply;
	struct err e;

	if (r->loading &&
	    !slack_api_delete(s->ctx, s->bot->slack, clock_deadline_ms(CLEAR_DEADLINE_MS),
			      s->in->channel_id, r->loading, &e) &&
	    is_passing(e.kind))
		return false;
	r->loading = NULL; /* gone, or not ours to take: Slack will not change its mind */
	return !r->seek;
}

static int64_t backoff_ms(int tries)
{
	static const int64_t steps_ms[TRIES_MAX] = { 1000, 3000, 8000, 20000, 40000 };

	return steps_ms[tries < TRIES_MAX ? tries : TRIES_MAX - 1];
}

int64_t reply_patience_ms(int tries)
{
	int64_t step_ms = tries < DELIVERY_STEPS ? 1000LL << tries : DELIVERY_STEP_MAX_MS;

	return step_ms + randombytes_uniform((uint32_t)step_ms / 4 + 1);
}

static bool other_way(const struct sending *s)
{
	const struct reply *r = s->reply;

	return !r->private && !r->hook && reply_hook_open(s->job, s->in, r);
}

/* A passing error: when to try again. False when it has been tried often enough. */
static bool try_later(struct sending *s, struct reply_end *end)
{
	/* A delivery has the day that it takes to put a token in order. */
	if (!is_passing(s->err.kind) && !(s->reply->delivery && s->err.kind == ERR_AUTH))
		return false;
	end->result = REPLY_LATER;
	end->pause_lane = s->err.kind == ERR_RATE_LIMITED;
	if (end->pause_lane) {
		end->when_ms = s->err.not_before_ms; /* Slack asked us to: not counted as a try */
		return end->when_ms <
		       (other_way(s) ? s->job->created_ms + RATE_PATIENCE_MS : s->job->expires_ms);
	}
	s->reply->doubt |= s->err.kind == ERR_UNKNOWN;
	if (s->reply->delivery) {
		end->when_ms = clock_now_ms() + reply_patience_ms(s->reply->tries++);
		return end->when_ms < s->job->expires_ms;
	}
	end->when_ms = clock_now_ms() + backoff_ms(s->reply->tries);
	return ++s->reply->tries < TRIES_MAX;
}

/* The way is closed: `reason` tells the log why, also when the next way is open. */
static void note(const struct sending *s, struct reply_end *end)
{
	snprintf(end->reason, sizeof(end->reason), "%s", s->err.text);
}

/* Slack cannot say now whether it is out. A delivery has time to ask again, an answer has not:
 * twice is better than never. */
static bool look_later(struct sending *s, struct reply_end *end)
{
	if (!s->reply->delivery)
		return false;
	note(s, end);
	if (try_later(s, end))
		return true;
	*end = (struct reply_end){ .result = REPLY_DELIVERED };
	return false;
}

/* By a message of its own. */
static struct reply_end send_anew(struct sending *s)
{
	struct reply_end end = { .result = REPLY_DELIVERED };
	struct reply *r = s->reply;
	bool told;

	if (!r->private && !r->hook) {
		if (was_posted(s, &told) || (!told && look_later(s, &end)) || send_by(s, post))
			return end;
		note(s, &end);
		if (try_later(s, &end))
			return end;
		end.result = REPLY_DELIVERED;
		/* The last try's answer may be lost too. */
		if (was_posted(s, &told))
			return end;
		if (r->delivery) {
			end.result = REPLY_FAILED;
			return end;
		}
		r->hook = true; /* not in the channel, token dead, tried too often: another way */
		r->tries = 0;
	}
	if (r->tiles) {
		end.result = REPLY_LATER;
		end.when_ms = clock_now_ms();
		return end;
	}
	if (reply_hook_open(s->job, s->in, r)) {
		if (send_by(s, respond))
			return end;
		note(s, &end);
		if (try_later(s, &end))
			return end;
		end.result = REPLY_DELIVERED;
	}
	/* What all should have seen is not for postEphemeral, unless nothing else is left. */
	if (send_by(s, whisper))
		return end;
	note(s, &end);
	if (!try_later(s, &end))
		end.result = REPLY_FAILED;
	return end;
}

/* In the place of the loading text. When it cannot be changed any more, it goes, and the answer
 * needs a turn in the channel's lane: later, but at once. */
static struct reply_end send_in_place(struct sending *s)
{
	struct reply_end end = { .result = REPLY_DELIVERED };
	struct reply *r = s->reply;

	if (send_by(s, update)) {
		r->ts = r->loading;
		r->loading = NULL;
		return end;
	}
	note(s, &end);
	if (try_later(s, &end))
		return end;
	end = (struct reply_end){ .result = REPLY_LATER, .when_ms = clock_now_ms() };
	note(s, &end);
	r->tries = 0;
	if (r->replace && reply_hook_open(s->job, s->in, r)) {
		r->loading = NULL; /* nothing is taken away that can be replaced */
		r->hook = true;
	} else if (!take_away(s)) {
		r->hook = true; /* elsewhere, then; it is taken away when Slack is well again */
	}
	return end;
}

/* The answer is out and the loading text is still there: until the job's time is up. */
static struct reply_end clear_later(struct sending *s)
{
	struct reply_end end = {
		.result = REPLY_LATER,
		.when_ms = clock_now_ms() + backoff_ms(s->reply->tries++),
		.reason = "answered, but the loading text is still there",
	};

	s->reply->told = true;
	if (end.when_ms >= s->job->expires_ms)
		end.result = REPLY_DELIVERED;
	return end;
}

bool reply_adds_message(const struct reply *r)
{
	return !r->private && !r->hook && !r->loading && !r->told;
}

void reply_seek(TALLOC_CTX *ctx, struct bot *bot, const struct queue_job *job,
		const struct slack_inbound *in, struct reply *r)
{
	struct sending s = { .ctx = ctx, .bot = bot, .job = job, .in = in, .reply = r };

	seek(&s);
}

void reply_withdraw(TALLOC_CTX *ctx, struct bot *bot, const struct queue_job *job,
		    const struct slack_inbound *in, struct reply *r)
{
	struct sending s = { .ctx = ctx, .bot = bot, .job = job, .in = in, .reply = r };

	seek(&s);
	(void)take_away(&s);
}

struct reply_end reply_send(TALLOC_CTX *ctx, struct bot *bot, const struct queue_job *job,
			    const struct slack_inbound *in, struct reply *r)
{
	struct sending s = { .ctx = ctx, .bot = bot, .job = job, .in = in, .reply = r };
	struct reply_end end = { .result = REPLY_DELIVERED };

	seek(&s);
	if (r->loading && !r->private && !r->hook && !r->told)
		return send_in_place(&s);
	bool gone = take_away(&s);
	if (!r->told)
		end = send_anew(&s);
	/* Sending anew may have found that it is gone: it was the answer itself. */
	gone = gone || (!r->loading && !r->seek);
	return end.result == REPLY_DELIVERED && !gone ? clear_later(&s) : end;
}

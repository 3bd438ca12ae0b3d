/*
 * Jobs of kind `offer`: what the press of "Refresh" or "Picture" has set going. The press itself
 * only puts this job, under the name of the button and the person: a double press does nothing
 * twice, and a press a while later is a new one.
 */
#include "bot/offers_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/command.h"
#include "bot/keys.h"
#include "slack/mrkdwn.h"

#define LIFE_MS (30 * 60 * 1000LL)
#define DEATHS_BEFORE_SILENCE (QUEUE_MAX_DEATHS + 2)
#define DOUBLE_MS (15 * 1000LL) /* a press that comes so soon after another one is the same */

static const struct {
	const char *action_id;
	struct job_end (*run)(struct job_run *run, const struct command_call *call,
			      const struct reply *so_far, const struct offers_answer *a);
} actions[] = {
	{ "refresh", press_refresh },
	{ "picture", press_picture },
};

struct job_end offers_say(struct job_run *run, const struct slack_inbound *in,
			  const struct reply *so_far, const char *mrkdwn)
{
	struct reply r = *so_far;

	if (r.message)
		return job_deliver(run, in, &r);
	r.message = command_say(run->ctx, mrkdwn);
	r.private = true;
	return job_tell(run, in, &r);
}

struct job_end offers_say_none(struct job_run *run, const struct slack_inbound *in,
			       const struct reply *so_far, const struct offers_answer *a,
			       const char *what)
{
	char *text = mem_strdup(run->ctx, "");

	mrkdwn_add_bold(&text, a->title);
	mrkdwn_addf_raw(&text, " has no %s.", what);
	return offers_say(run, in, so_far, text);
}

/* --- putting --- */

/* Who writes the word again means it: only presses are counted once. */
static const char *name_of(struct job_run *run, const struct slack_inbound *in)
{
	if (in->kind != SLACK_INBOUND_PRESS)
		return mem_printf(run->ctx, "%s-%s", reply_delivery_id(run->ctx, run->job),
				  in->action_id);
	return mem_printf(run->ctx, "%s:%s:%s", in->action_id, in->value, in->user_id);
}

struct job_end offers_put(struct job_run *run, const struct slack_inbound *in,
			  const struct reply *so_far, const struct offers_answer *a)
{
	struct json_object *o = slack_inbound_save(run->ctx, in);
	struct reply r = *so_far;
	size_t instance;
	int64_t id = 0, when_ms;
	struct err e;

	if (r.message)
		return job_deliver(run, in, &r);
	json_set_str(o, JOB_REQUEST, run->request);
	const char *body = json_text(o);
	struct queue_put put = {
		.kind = JOB_OFFER,
		.keys = { name_of(run, in) },
		.key_ttl_ms = DOUBLE_MS,
		.lane = offers_instance(run->bot, a, &instance)
				? bot_looker_lane(run->ctx, run->bot->lookers[instance])
				: "",
		.priority = QUEUE_PRIORITY_COMMAND,
		.expires_ms = clock_now_ms() + LIFE_MS,
		.body = body,
		.body_len = strlen(body),
	};
	if (!queue_put(run->bot->queue, &put, 1, &id, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		return job_may_try_again(run, &e, &when_ms) ? job_end_later(run, when_ms, why)
							    : job_bury(run, in, so_far, why);
	}
	return job_end_done(run, id == 0 ? "pressed twice"
					 : mem_printf(run->ctx, "job %lld does it", (long long)id));
}

bool offers_put_presses(struct job_run *run, const struct slack_inbound *in, const char *key,
			const struct json_object *action_ids, struct err *e)
{
	size_t n = json_len(action_ids);
	struct queue_put *puts = mem_array(run->ctx, struct queue_put, n);
	struct slack_inbound press = *in;

	press.value = key;
	for (size_t i = 0; i < n; i++) {
		press.action_id = json_object_get_string(json_item(action_ids, i));
		struct json_object *o = slack_inbound_save(run->ctx, &press);
		json_set_str(o, JOB_REQUEST, run->request);
		const char *body = mem_strdup(run->ctx, json_text(o));
		puts[i] = (struct queue_put){
			.kind = JOB_PRESS,
			.keys = { mem_printf(run->ctx, "%s-press-%s",
					     reply_delivery_id(run->ctx, run->job),
					     press.action_id) },
			.lane = "",
			.priority = QUEUE_PRIORITY_COMMAND,
			.expires_ms = clock_now_ms() + LIFE_MS,
			.body = body,
			.body_len = strlen(body),
		};
	}
	return n == 0 || queue_put(run->bot->queue, puts, n, NULL, e);
}

/* --- carrying out --- */

static struct job_end carry_out(struct job_run *run, const struct slack_inbound *in,
				const struct reply *so_far, const struct offers_answer *a)
{
	struct command_call call = {
		.bot = run->bot,
		.in = in,
		.text = a->typed,
		.lane = run->lane,
		.now_ms = clock_now_ms(),
		.deadline_ms = run->deadline_ms,
	};
	size_t i = 0, n = sizeof(actions) / sizeof(actions[0]);

	while (i < n && strcmp(actions[i].action_id, in->action_id) != 0)
		i++;
	if (i == n)
		return offers_say(run, in, so_far, OFFERS_OLD);
	call.catalogue = catalogue_take(run->bot);
	struct job_end end = actions[i].run(run, &call, so_far, a);
	catalogue_drop(call.catalogue);
	return end;
}

/* In its Looker's lane: the settings may have changed since it was put. */
static struct job_end in_its_lane(struct job_run *run, const struct slack_inbound *in,
				  const struct reply *so_far, const struct key_meaning *key)
{
	struct offers_answer a;
	size_t instance;
	struct err e;

	if (!offers_read(run->ctx, key, &a, &e))
		return job_bury(run, in, so_far, mem_strdup(run->ctx, e.text));
	if (!offers_instance(run->bot, &a, &instance)) {
		struct command_answer gone;
		offers_say_gone(run->ctx, &a, &gone);
		return offers_say(run, in, so_far, slack_message_text(gone.message));
	}
	const char *lane = bot_looker_lane(run->ctx, run->bot->lookers[instance]);
	if (!so_far->message && strcmp(lane, run->lane) != 0 && !job_keep(run, NULL, lane))
		return job_end_waits(lane);
	return carry_out(run, in, so_far, &a);
}

/* The answer that was to be replaced is no loading text: it stays. */
static struct job_end bury(struct job_run *run, const struct slack_inbound *in, const char *why)
{
	const struct reply nothing = { .message = NULL };

	return job_bury(run, in, &nothing, why);
}

static bool turned_away(struct job_run *run, const struct slack_inbound *in, const struct reply *r,
			struct job_end *ret)
{
	struct reply so_far = *r;

	so_far.loading = NULL;
	return job_turned_away(run, in, &so_far, ret);
}

struct job_end job_run_offer(struct job_run *run)
{
	struct slack_inbound *in;
	struct key_meaning key;
	struct job_end end;
	struct reply r;
	bool found;
	int64_t when_ms;
	struct err e;

	if (!job_read_inbound(run, &in, &e) ||
	    !reply_load(run->ctx, run->job->progress, run->job->progress_len, &r, &found, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (!in->value || !in->action_id)
		return job_end_dead(run, "the job's body is no press");
	if (run->job->deaths >= DEATHS_BEFORE_SILENCE)
		return job_end_dead(run,
				    "its process died under it again while the presser was told");
	if (run->job->deaths >= QUEUE_MAX_DEATHS && !(found && (r.dead || r.told)))
		return bury(run, in,
			    "the bot's process died again and again while it worked on this. "
			    "Its log says more");
	if (clock_now_ms() > run->job->expires_ms)
		return found ? job_end_dead(run, "its answer could not be posted in time")
			     : bury(run, in, "it took too long to get to it");
	if (turned_away(run, in, &r, &end))
		return end;
	if (keys_get(run->ctx, run->bot, in->value, &key, &e))
		return in_its_lane(run, in, &r, &key);
	if (e.kind == ERR_NOT_FOUND)
		return offers_say(run, in, &r, OFFERS_OLD);
	const char *why = mem_strdup(run->ctx, e.text);
	return job_may_try_again(run, &e, &when_ms) ? job_ask_later(run, &r, when_ms, why)
						    : bury(run, in, why);
}

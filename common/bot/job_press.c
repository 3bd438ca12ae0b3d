/*
 * Jobs of kind `press`: a button of ours was pressed. A press is a new request by the presser, whom
 * the same rules hold for as for one who types; what the button means is looked up by its key.
 * What a kind of button does is one line of the table below.
 */
#include "bot/job_run.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bot/command.h"
#include "bot/forms.h"
#include "bot/keys.h"
#include "bot/modal.h"
#include "bot/offers.h"
#include "bot/press_action.h"
#include "bot/press_csv.h"
#include "bot/press_filters.h"
#include "slack/mrkdwn.h"

#define SHARE_LIFE_MS (30 * 60 * 1000LL)
#define SHARE_KEY_MS (31 * 24 * 3600 * 1000LL) /* longer than the button's key lives */
#define REPLACE_DEADLINE_MS (10 * 1000LL)

#define S_OLD "That button is too old: please run it again."
#define S_NOT_YOURS "Only the person who asked can share that answer."
#define S_ALREADY "Already shared."

struct press {
	struct job_run *run;
	const struct slack_inbound *in;
	struct reply *so_far;
	const struct key_meaning *key;
};

/* A word to the presser alone. What was said before is said again. */
static struct job_end say(struct job_run *run, const struct slack_inbound *in, struct reply *so_far,
			  const char *mrkdwn)
{
	struct reply r = { .message = command_say(run->ctx, mrkdwn), .private = true };

	return so_far->message ? job_deliver(run, in, so_far) : job_tell(run, in, &r);
}

/* --- share: an answer that only the asker sees is shown to all --- */

/* A job of its own, named after the button: however often it is pressed, there is one. */
static bool put_share(const struct press *p, int64_t *ret_id, struct err *e)
{
	struct json_object *o = slack_inbound_save(p->run->ctx, p->in);

	json_set_str(o, JOB_REQUEST, p->run->request);
	if (p->key->body)
		json_set(o, "share", json_object_get(p->key->body));
	const char *body = json_text(o);
	struct queue_put put = {
		.kind = JOB_SHARE,
		.keys = { p->in->value },
		.key_ttl_ms = SHARE_KEY_MS,
		.lane = bot_slack_lane(p->run->ctx, p->in->channel_id),
		.priority = QUEUE_PRIORITY_COMMAND,
		.expires_ms = clock_now_ms() + SHARE_LIFE_MS,
		.body = body,
		.body_len = strlen(body),
	};
	return queue_put(p->run->bot->queue, &put, 1, ret_id, e);
}

static struct job_end press_share(const struct press *p)
{
	struct job_run *run = p->run;
	int64_t id = 0, when_ms;
	struct err e;

	if (p->so_far->message)
		return job_deliver(run, p->in, p->so_far);
	if (run->job->deaths >= QUEUE_MAX_DEATHS)
		return job_bury(run, p->in, p->so_far,
				"the bot's process died again and again while it worked on this. "
				"Its log says more");
	if (clock_now_ms() > run->job->expires_ms)
		return job_bury(run, p->in, p->so_far, "it took too long to get to it");
	if (!p->key->owner || strcmp(p->key->owner, p->in->user_id) != 0)
		return say(run, p->in, p->so_far, S_NOT_YOURS);
	if (!put_share(p, &id, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		return job_may_try_again(run, &e, &when_ms) ? job_end_later(run, when_ms, why)
							    : job_bury(run, p->in, p->so_far, why);
	}
	if (id == 0)
		return say(run, p->in, p->so_far, S_ALREADY);
	return job_end_done(run, mem_printf(run->ctx, "job %lld shares it", (long long)id));
}

static bool read_share(struct job_run *run, struct slack_message **ret, const char **ret_thread_ts,
		       struct err *e)
{
	struct json_object *o;

	if (!json_parse(run->ctx, run->job->body, run->job->body_len, &o, e))
		return false;
	struct json_object *share = json_object_at(o, "share");
	*ret_thread_ts = json_str(share, "thread_ts");
	return slack_message_load(run->ctx, json_object_at(share, "message"), ret, e);
}

static void add_who(struct job_run *run, struct slack_message *m, const char *user_id)
{
	char *text = mem_strdup(run->ctx, "Shared by ");

	mrkdwn_add_user(&text, user_id);
	slack_message_add_context(m, text);
}

/* The presser's own copy goes, as far as Slack does that still. */
static void replace_own_copy(struct job_run *run, const struct slack_inbound *in,
			     const struct reply *r)
{
	struct json_object *message = json_new_object(run->ctx);
	struct err e;

	if (!in->ephemeral || !reply_hook_open(run->job, in, r))
		return;
	json_set_str(message, "text", "Shared.");
	if (!slack_api_replace(run->ctx, run->bot->slack, clock_deadline_ms(REPLACE_DEADLINE_MS),
			       in->response_url, message, NULL, &e))
		log_debug("copy_not_replaced", LOG_I("job", run->job->id), LOG_S("reason", e.text));
}

struct job_end job_run_share(struct job_run *run)
{
	struct slack_inbound *in;
	struct slack_message *message;
	struct reply r;
	bool found;
	struct err e;

	if (!job_read_inbound(run, &in, &e) || !read_share(run, &message, &in->thread_ts, &e) ||
	    !reply_load(run->ctx, run->job->progress, run->job->progress_len, &r, &found, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (run->job->deaths >= QUEUE_MAX_DEATHS)
		return job_end_dead(run, "its process died under it again and again");
	if (clock_now_ms() > run->job->expires_ms)
		return job_end_dead(run, "it could not be posted in time");
	if (!found) {
		add_who(run, message, in->user_id);
		r.message = message;
		r.form = forms_first(run->ctx, run->bot, in->team_id);
	}
	struct job_end end = found ? job_deliver(run, in, &r) : job_tell(run, in, &r);
	if (strcmp(end.event, "job_done") == 0)
		replace_own_copy(run, in, &r);
	return end;
}

/* --- again: a command that could not be answered, for the one who presses --- */

static struct job_end press_again(const struct press *p)
{
	struct slack_inbound *in = mem_zero(p->run->ctx, struct slack_inbound);

	*in = *p->in;
	in->command = json_str_or(p->key->body, "command", "");
	in->text = json_str_or(p->key->body, "text", "");
	in->kind = SLACK_INBOUND_SLASH;
	if (!in->command[0]) /* it was written to the bot */
		in->kind = in->channel_id[0] == 'D' ? SLACK_INBOUND_DM : SLACK_INBOUND_MENTION;
	if (in->thread_ts) /* a word to the presser alone belongs there, too */
		in->response_url = NULL;
	return job_ask(p->run, in);
}

static struct job_end press_all_rows(const struct press *p)
{
	return press_csv(p->run, p->in, p->so_far, p->key);
}

static struct job_end press_data_action(const struct press *p)
{
	return press_action(p->run, p->in, p->so_far, p->key);
}

static struct job_end press_offer(const struct press *p)
{
	return offers_press(p->run, p->in, p->so_far, p->key);
}

static struct job_end press_change_filters(const struct press *p)
{
	return press_filters(p->run, p->in, p->key);
}

static const struct {
	const char *name;
	struct job_end (*press)(const struct press *p);
} kinds[] = {
	{ "share", press_share },     { "again", press_again },
	{ "csv", press_all_rows },    { PRESS_FILTERS_KIND, press_change_filters },
	{ OFFERS_KIND, press_offer }, { "action", press_data_action },
};

static struct job_end press(const struct press *p)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, p->key->kind) == 0)
			return kinds[i].press(p);
	}
	return say(p->run, p->in, p->so_far, S_OLD); /* another version's */
}

struct job_end job_run_press(struct job_run *run)
{
	struct key_meaning key;
	struct slack_inbound *in;
	struct job_end end;
	struct reply r;
	bool found;
	int64_t when_ms;
	struct err e;

	if (!job_read_inbound(run, &in, &e) ||
	    !reply_load(run->ctx, run->job->progress, run->job->progress_len, &r, &found, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (in->view_id)
		return modal_run(run, in);
	if (!in->value)
		return job_end_done(run, "a button that only opens a link");
	if (modal_resumes(run, in, &end))
		return end;
	if (job_turned_away(run, in, &r, &end))
		return end;
	struct press p = { .run = run, .in = in, .so_far = &r, .key = &key };
	if (keys_get(run->ctx, run->bot, in->value, &key, &e))
		return press(&p);
	if (e.kind == ERR_NOT_FOUND)
		return say(run, in, &r, S_OLD);
	const char *why = mem_strdup(run->ctx, e.text);
	return job_may_try_again(run, &e, &when_ms) ? job_ask_later(run, &r, when_ms, why)
						    : job_bury(run, in, &r, why);
}

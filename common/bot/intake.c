/*
 * What comes in becomes a job, a note to ourselves, or nothing: one table of kinds. Dedupe keys,
 * the durable put of a whole batch, the immediate answer. What a job does is job_*.c's.
 */
#include "bot/intake_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/stats.h"
#include "base/text.h"
#include "bot/catalogue.h"
#include "bot/channels.h"
#include "bot/command.h"
#include "bot/job.h"
#include "bot/listening.h"
#include "bot/people.h"
#include "bot/target.h"

#define JOB_LIFE_MS (30 * 60 * 1000LL)

#define S_NOT_STORED                                                                               \
	"I could not take this down (the bot's own storage is not writable at the moment), "       \
	"please try again in a minute."

/* --- answers --- */

static void answer(struct taking *t, const char *response_type, const char *text)
{
	struct json_object *o = json_new_object(t->ctx);

	json_set_str(o, "response_type", response_type);
	json_set_str(o, "text", text);
	t->ret->body = mem_strdup(t->ctx, json_text(o));
}

static void refuse(struct taking *t, const char *text)
{
	stats_add(STATS_REFUSED);
	t->ret->note = "refused";
	answer(t, "ephemeral",
	       mem_printf(t->ctx, "%s%s", text, job_request_hint(t->ctx, t->request)));
}

void intake_ignore(struct taking *t, const char *why)
{
	stats_add(STATS_IGNORED);
	t->ret->note = mem_printf(t->ctx, "ignored: %s", why);
}

/*
 * Slack sends events again. It shows an answer's text to who typed a command; to who pressed a
 * button it shows a warning sign when the status is not 200, and no body ever.
 */
void intake_not_stored(struct taking *t, const struct err *e)
{
	const char *text =
		mem_printf(t->ctx, "%s%s", S_NOT_STORED, job_request_hint(t->ctx, t->request));
	const char *body = t->form ? modal_answer_fault(t->ctx, t->form, text) : NULL;

	t->ret->note = mem_printf(t->ctx, "not stored: %s", e->text);
	t->ret->body = body ? body : "";
	if (t->in->kind == SLACK_INBOUND_SLASH)
		answer(t, "ephemeral", text);
	else if (!body)
		t->ret->status = 503;
}

/* --- jobs --- */

void intake_enqueue(struct taking *t, const char *kind, enum queue_priority priority,
		    const char *lane)
{
	struct slack_inbound in = *t->in;
	struct json_object *o;

	/* A message may be ten times as long as a command: enough is kept to see that it is. */
	in.text = text_cut(t->ctx, in.text, SLACK_TEXT_MAX_CHARS + 1);
	o = slack_inbound_save(t->ctx, &in);
	json_set_str(o, JOB_REQUEST, t->request);
	t->put.kind = kind;
	t->put.lane = lane;
	t->put.priority = priority;
	t->put.expires_ms = clock_now_ms() + JOB_LIFE_MS;
	t->put.body = json_text(o);
	t->put.body_len = strlen(t->put.body);
}

/* The event's id, and what it is about: Slack may send one message under several ids. */
static void key_event(struct taking *t, const char *ts)
{
	const struct slack_inbound *in = t->in;

	t->put.keys[0] = in->event_id;
	if (ts)
		t->put.keys[1] = mem_printf(t->ctx, "%s:%s:%s",
					    in->channel_id ? in->channel_id : "", ts, in->user_id);
}

/* What will be asked decides the lane and whether the typed command is shown to the channel. */
static const char *route(struct taking *t, bool *ret_echoed)
{
	const struct catalogue *catalogue = catalogue_take(t->bot);
	const char *text = slack_inbound_clean(t->ctx, t->in->text);
	struct command_match match = command_match(t->ctx, t->bot, catalogue, text);
	const char *lane = command_lane(t->ctx, t->bot, &match);

	*ret_echoed = match.command->echoed;
	catalogue_drop(catalogue);
	return lane;
}

static void take_slash(struct taking *t)
{
	bool echoed;

	if (text_chars(t->in->text) > SLACK_TEXT_MAX_CHARS) {
		refuse(t, mem_printf(t->ctx,
				     "That is too long for me: at most %d characters after the "
				     "command, please.",
				     SLACK_TEXT_MAX_CHARS));
		return;
	}
	if (t->in->response_url &&
	    !slack_inbound_hook_ok(t->in->response_url, t->bot->config->slack_api_url)) {
		refuse(t, "This request's response_url is not an address of Slack.");
		return;
	}
	intake_enqueue(t, JOB_COMMAND, QUEUE_PRIORITY_COMMAND, route(t, &echoed));
	t->put.keys[0] = t->in->trigger_id;
	if (echoed)
		answer(t, "in_channel", NULL);
}

static void take_message(struct taking *t)
{
	bool echoed;
	/* What is too long is no command's: nobody matches it. */
	bool fits = text_chars(t->in->text) <= SLACK_TEXT_MAX_CHARS;

	intake_enqueue(t, JOB_COMMAND, QUEUE_PRIORITY_COMMAND, fits ? route(t, &echoed) : "");
	key_event(t, t->in->ts);
}

static void take_press(struct taking *t)
{
	const struct slack_inbound *in = t->in;

	if (in->view_id && !intake_of_a_field(in)) {
		intake_ignore(t, "a button that only opens a link");
		return;
	}
	if (in->response_url &&
	    !slack_inbound_hook_ok(in->response_url, t->bot->config->slack_api_url)) {
		stats_add(STATS_REFUSED);
		t->ret->status = 400;
		t->ret->note = "refused: the response_url is not an address of Slack";
		return;
	}
	intake_enqueue(t, JOB_PRESS, intake_press_priority(in), "");
	t->put.keys[0] = in->trigger_id;
	if (in->action_ts)
		t->put.keys[1] =
			mem_printf(t->ctx, "%s:%s:%s", in->action_ts, in->user_id, in->action_id);
}

/* The lane of the first link that is one of our Lookers'; NULL: none is. */
static const char *links_lane(struct taking *t)
{
	for (size_t i = 0; i < t->in->n_links; i++) {
		const char *url = slack_inbound_address(t->ctx, t->in->links[i]);
		struct target target = target_read(t->ctx, t->bot, url);

		if (!target.url || target.kind == TARGET_FOREIGN)
			continue;
		return target.instance == COMMAND_NOBODY
			       ? ""
			       : bot_looker_lane(t->ctx, t->bot->lookers[target.instance]);
	}
	return NULL;
}

static void take_links(struct taking *t)
{
	const char *lane;

	if (!t->in->source && !t->bot->config->expand_urls) {
		intake_ignore(t, "LOOKER_SLACKBOT_EXPAND_URLS is off");
		return;
	}
	if (channels_links_off(t->ctx, t->bot, t->in->channel_id)) {
		intake_ignore(t, "the channel is in LOOKERBOT_UNFURL_OFF");
		return;
	}
	lane = links_lane(t);
	if (!lane) {
		intake_ignore(t, "no link to a Looker of ours");
		return;
	}
	intake_enqueue(t, JOB_LINKS, QUEUE_PRIORITY_LINK, lane);
	key_event(t, t->in->ts);
	/* Who is still typing has no message: `ts` is the unfurl_id then. */
	if (t->in->source && strcmp(t->in->source, "composer") == 0)
		t->put.keys[1] = t->in->unfurl_id;
}

static void take_visit(struct taking *t)
{
	if (t->in->kind == SLACK_INBOUND_JOINED && !t->in->own) {
		intake_ignore(t, "somebody joined a channel");
		return;
	}
	intake_enqueue(t, JOB_EVENT, QUEUE_PRIORITY_COMMAND, "");
	key_event(t, t->in->action_ts);
}

/* --- notes to ourselves: written at once, no job --- */

static void note(struct taking *t, bool ok, const struct err *e)
{
	if (ok)
		t->ret->note = "noted";
	else
		intake_not_stored(t, e);
}

static void take_channel(struct taking *t)
{
	struct err e;

	note(t, channels_forget(t->bot, t->in->channel_id, &e), &e);
}

static void take_moved(struct taking *t)
{
	struct err e;

	note(t, channels_moved(t->bot, t->in->old_channel_id, t->in->channel_id, &e), &e);
}

static void take_person(struct taking *t)
{
	struct err e;

	note(t, people_forget(t->bot, t->in->user_id, &e), &e);
}

static void take_revoked(struct taking *t)
{
	struct err e;

	note(t, listening_note_revoked(t->bot, &e), &e);
}

static void take_limited(struct taking *t)
{
	struct err e;

	note(t, listening_note_limited(t->bot, &e), &e);
}

static void take_nothing(struct taking *t)
{
	intake_ignore(t, t->in->why ? t->in->why : "not for us");
}

static void (*const kinds[])(struct taking *t) = {
	[SLACK_INBOUND_SLASH] = take_slash,	[SLACK_INBOUND_MENTION] = take_message,
	[SLACK_INBOUND_DM] = take_message,	[SLACK_INBOUND_LINKS] = take_links,
	[SLACK_INBOUND_PRESS] = take_press,	[SLACK_INBOUND_HOME] = take_visit,
	[SLACK_INBOUND_JOINED] = take_visit,	[SLACK_INBOUND_CHANNEL] = take_channel,
	[SLACK_INBOUND_MOVED] = take_moved,	[SLACK_INBOUND_PERSON] = take_person,
	[SLACK_INBOUND_REVOKED] = take_revoked, [SLACK_INBOUND_LIMITED] = take_limited,
	[SLACK_INBOUND_SUBMIT] = intake_submit, [SLACK_INBOUND_OPTIONS] = intake_options,
	[SLACK_INBOUND_NOTHING] = take_nothing,
};
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == SLACK_INBOUND_KINDS, "take every kind");

/* --- the batch --- */

static void settle(struct taking *t, int64_t id)
{
	t->ret->job = id;
	t->ret->note = id ? "stored" : "duplicate";
	if (!id && t->form)
		intake_sent_already(t);
	if (id) /* duplicates are counted by the queue, for all who put */
		stats_add(STATS_ACCEPTED);
}

static void put_all(TALLOC_CTX *ctx, struct bot *bot, struct taking *takings, size_t n)
{
	struct queue_put *puts = mem_array(ctx, struct queue_put, n);
	int64_t *ids = mem_array(ctx, int64_t, n);
	size_t n_puts = 0, k = 0;
	struct err e;
	bool ok;

	for (size_t i = 0; i < n; i++)
		if (takings[i].put.kind)
			puts[n_puts++] = takings[i].put;
	if (n_puts == 0)
		return;
	ok = queue_put(bot->queue, puts, n_puts, ids, &e);
	for (size_t i = 0; i < n; i++) {
		if (!takings[i].put.kind)
			continue;
		if (ok)
			settle(&takings[i], ids[k++]);
		else
			intake_not_stored(&takings[i], &e);
	}
}

void intake_take(TALLOC_CTX *ctx, struct bot *bot, const struct intake_item *items, size_t n,
		 struct intake_answer *ret)
{
	struct taking *takings = mem_array(ctx, struct taking, n);

	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct intake_answer){ .status = 200, .body = "" };
		takings[i] = (struct taking){
			.ctx = ctx,
			.bot = bot,
			.in = items[i].in,
			.request = items[i].request,
			.ret = &ret[i],
		};
		kinds[items[i].in->kind](&takings[i]);
	}
	put_all(ctx, bot, takings, n);
}

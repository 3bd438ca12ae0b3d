/*
 * Jobs of kind `links`: a message with links to our Lookers gets previews below it, or, with
 * LOOKER_SLACKBOT_EXPAND_URLS as the original bot had it, an answer. Nobody asked the bot, so it
 * never says an error in a channel: what cannot be shown is left out, and the log says why.
 */
#include "bot/job_run.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/channels.h"
#include "bot/command.h"
#include "bot/forms.h"
#include "bot/people.h"
#include "bot/target.h"
#include "slack/unfurl.h"

#define PREVIEWS_MAX 5 /* of one message */
#define ANSWERS_MAX 3
#define LINK_MAX_BYTES 8000
#define UNFURL_DEADLINE_MS (15 * 1000LL)
#define ACKNOWLEDGED_MS 1000 /* by then Slack has our 200 */
#define REASON_MAX_CHARS 200

/* A link to what can be shown. */
struct link {
	const char *exact;   /* as Slack wrote it: the key of its preview */
	const char *address; /* as it was meant */
	size_t instance;
};

/* The previews of one message in the making. */
struct previews {
	struct job_run *run;
	const struct slack_inbound *in;
	/* Exact link -> preview; null: left out for good. The job's progress: Looker is asked once
	 * for each, however often Slack has to be. */
	struct json_object *made;
	char *left_out;	 /* why, for the log */
	struct err err;	 /* of a link that may work later ... */
	int64_t when_ms; /* ... then; 0: there is none */
};

/* --- which links --- */

static bool is_content(enum target_kind kind)
{
	return kind == TARGET_LOOK || kind == TARGET_DASHBOARD || kind == TARGET_SLUG ||
	       kind == TARGET_EXPLORE;
}

static bool is_known(const struct link *links, size_t n, const char *exact)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(links[i].exact, exact) == 0)
			return true;
	return false;
}

/* The first `max` links to content of our Lookers, each once. */
static size_t find_links(struct job_run *run, const struct slack_inbound *in, struct link *ret,
			 size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_links && n < max; i++) {
		const char *address = slack_inbound_address(run->ctx, in->links[i]);
		if (strlen(address) > LINK_MAX_BYTES || strpbrk(address, " \t\n") ||
		    !strstr(address, "://") || is_known(ret, n, in->links[i]))
			continue;
		struct target t = target_read(run->ctx, run->bot, address);
		if (is_content(t.kind))
			ret[n++] = (struct link){ in->links[i], address, t.instance };
	}
	return n;
}

/* --- where --- */

static bool is_composing(const struct slack_inbound *in)
{
	return in->source && in->unfurl_id && strcmp(in->source, "composer") == 0;
}

/* NULL, or why links are left alone there. */
static const char *closed(struct job_run *run, const struct slack_inbound *in)
{
	const struct config *config = run->bot->config;

	/*
	 * While a message is being written, nobody knows where it will go: a channel that is shared
	 * with another company, or one in which links are to be left alone. Slack tells again when
	 * it is sent, with the channel; so this moment counts only where the channel does not.
	 */
	if (is_composing(in)) {
		bool nowhere_closed = config->allow_shared_workspaces && !config->unfurl_off;
		return nowhere_closed && !config->expand_urls ? NULL : "it is still being written";
	}
	if (channels_links_off(run->ctx, run->bot, in->channel_id))
		return "LOOKERBOT_UNFURL_OFF names the channel";
	if (!in->source && !config->expand_urls)
		return "LOOKER_SLACKBOT_EXPAND_URLS is off";
	/* Only those with the bot are seen at all (channels_guard), and there a link is a command.
	 */
	if (in->channel_id[0] == 'D')
		return "a direct message is answered as it is";
	return NULL;
}

/* Whether it is somebody and somewhere that previews are for; else *ret is the end of the job. */
static bool may_show(struct job_run *run, const struct slack_inbound *in, struct job_end *ret)
{
	const char *why = closed(run, in);
	const char *refusal = NULL;
	int64_t when_ms;
	struct err e;

	if (!why &&
	    !people_may_ask(run->ctx, run->bot, run->deadline_ms, in->user_id, &refusal, &e)) {
		why = mem_strdup(run->ctx, e.text);
		*ret = job_may_try_again(run, &e, &when_ms) ? job_end_later(run, when_ms, why)
							    : job_end_done(run, why);
		return false;
	}
	if (!why && refusal)
		why = "whoever posted it may not ask";
	if (!why && !is_composing(in) && channels_guard(run->ctx, run->bot, run->deadline_ms, in))
		why = "another company could see it, or Slack does not say";
	if (why)
		*ret = job_end_done(run, mem_printf(run->ctx, "not shown: %s", why));
	return !why;
}

/* For the log: what an asker would have been told, without what might be typed next. */
static const char *why_private(TALLOC_CTX *ctx, const struct slack_message *m)
{
	const char *text = slack_message_text(m);

	return text_cut(ctx, mem_strndup(ctx, text, strcspn(text, "`")), REASON_MAX_CHARS);
}

/* --- previews --- */

static void leave_out(struct previews *p, const struct link *link, const char *why)
{
	json_set(p->made, link->exact, NULL);
	mem_appendf(&p->left_out, "%s%s", p->left_out[0] ? "; " : "left out: ",
		    text_cut(p->run->ctx, why, REASON_MAX_CHARS));
}

static const char *save(const struct previews *p)
{
	return mem_strdup(p->run->ctx, json_text(p->made));
}

/* The one temporary error that decides when to try again: the one that lasts longest. */
static void note_error(struct previews *p, const struct link *link, const struct err *e)
{
	int64_t when_ms;

	if (!job_may_try_again(p->run, e, &when_ms)) {
		leave_out(p, link, e->text);
	} else if (when_ms > p->when_ms) {
		p->when_ms = when_ms;
		p->err = *e;
	}
}

/* False: the job waits for that link's Looker. */
static bool make(struct previews *p, const struct link *link)
{
	struct job_run *run = p->run;
	struct command_answer answer;
	struct json_object *preview;
	struct err e;

	for (;;) {
		if (!command_run(run->ctx, run->bot, p->in, link->address, run->lane,
				 run->deadline_ms, &answer, &e)) {
			note_error(p, link, &e);
			return true;
		}
		if (!answer.lane)
			break;
		if (!job_keep(run, save(p), answer.lane))
			return false;
	}
	preview = answer.private ? NULL : slack_unfurl_encode(run->ctx, answer.message);
	if (preview)
		json_set(p->made, link->exact, json_object_get(preview));
	else
		leave_out(p, link, why_private(run->ctx, answer.message));
	return true;
}

/* What there is to send, or NULL. */
static struct json_object *sendable(struct previews *p)
{
	struct json_object *ret = json_new_object(p->run->ctx);

	struct json_object_iterator end = json_object_iter_end(p->made);

	for (struct json_object_iterator it = json_object_iter_begin(p->made);
	     !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		struct json_object *one = json_object_iter_peek_value(&it);
		if (one)
			json_set(ret, json_object_iter_peek_name(&it), json_object_get(one));
	}
	return json_object_object_length(ret) > 0 ? ret : NULL;
}

/* All that is made, also what was sent before: the same again changes nothing. */
static bool send_previews(struct previews *p, struct slack_outcome *outcome, struct err *e)
{
	const struct slack_inbound *in = p->in;
	bool composing = is_composing(in);
	struct slack_unfurl_place place = {
		.channel = channels_today(p->run->ctx, p->run->bot, in->channel_id),
		.ts = in->ts,
		.unfurl_id = composing ? in->unfurl_id : NULL,
		.source = composing ? in->source : NULL,
	};
	struct json_object *unfurls = sendable(p);

	*outcome = (struct slack_outcome){ .remedy = SLACK_REMEDY_NONE };
	return !unfurls || slack_unfurl_send(p->run->ctx, p->run->bot->slack,
					     clock_deadline_ms(UNFURL_DEADLINE_MS), &place, unfurls,
					     outcome, e);
}

/* Slack refuses addresses of an event that it has no answer to yet: we may have been faster than
 * our own 200. */
static bool was_too_fast(const struct job_run *run, const struct slack_outcome *outcome)
{
	return strcmp(outcome->code, "cannot_unfurl_url") == 0 && run->job->attempts == 1;
}

static struct job_end not_sent(struct job_run *run, const struct slack_outcome *outcome,
			       const struct err *e)
{
	const char *why = mem_strdup(run->ctx, e->text);
	int64_t when_ms;

	if (was_too_fast(run, outcome))
		return job_end_later(run, clock_now_ms() + ACKNOWLEDGED_MS, why);
	if (job_may_try_again(run, e, &when_ms))
		return job_end_later(run, when_ms, why);
	/* The owner has something to mend; that the message is gone is no fault. */
	return outcome->remedy == SLACK_REMEDY_OWNER ? job_end_dead(run, why)
						     : job_end_done(run, why);
}

static struct job_end preview(struct job_run *run, const struct slack_inbound *in)
{
	struct previews p = { .run = run, .in = in, .left_out = mem_strdup(run->ctx, "") };
	struct link links[PREVIEWS_MAX];
	struct slack_outcome outcome;
	struct err e;

	if (!run->job->progress_len ||
	    !json_parse(run->ctx, run->job->progress, run->job->progress_len, &p.made, &e))
		p.made = json_new_object(run->ctx);
	size_t n = find_links(run, in, links, PREVIEWS_MAX);
	for (size_t i = 0; i < n; i++)
		if (!json_object_object_get_ex(p.made, links[i].exact, NULL) &&
		    !make(&p, &links[i]))
			return job_end_waits(run->lane);
	/* Out of the Looker's lane: Slack's bad hour holds up nobody who asks. */
	if (!job_keep(run, save(&p), ""))
		return job_end_waits("");
	if (!send_previews(&p, &outcome, &e))
		return not_sent(run, &outcome, &e);
	if (p.when_ms)
		return job_end_later(run, p.when_ms, mem_strdup(run->ctx, p.err.text));
	return job_end_done(run, n > 0 ? p.left_out : "no link to what can be shown");
}

/* --- answers --- */

/* One job answers one link: the others get jobs of their own, once (the key says of which job). The
 * order in which they are answered is not promised. */
static bool hand_on(struct job_run *run, const struct slack_inbound *in, const struct link *links,
		    size_t n, struct err *e)
{
	struct queue_put puts[ANSWERS_MAX];

	for (size_t i = 0; i < n; i++) {
		struct slack_inbound one = *in;
		one.links = &links[i].exact;
		one.n_links = 1;
		struct json_object *o = slack_inbound_save(run->ctx, &one);
		json_set_str(o, JOB_REQUEST, run->request);
		const char *body = mem_strdup(run->ctx, json_text(o));
		puts[i] = (struct queue_put){
			.kind = JOB_LINKS,
			.keys = { mem_printf(run->ctx, "link:%lld:%zu", (long long)run->job->id,
					     i) },
			.lane = bot_looker_lane(run->ctx, run->bot->lookers[links[i].instance]),
			.priority = QUEUE_PRIORITY_LINK,
			.expires_ms = run->job->expires_ms,
			.body = body,
			.body_len = strlen(body),
		};
	}
	return n == 0 || queue_put(run->bot->queue, puts, n, NULL, e);
}

static struct job_end answer_link(struct job_run *run, const struct slack_inbound *in,
				  const struct link *link)
{
	struct command_answer answer;
	int64_t when_ms;
	struct err e;

	for (;;) {
		if (!command_run(run->ctx, run->bot, in, link->address, run->lane, run->deadline_ms,
				 &answer, &e)) {
			const char *why = mem_strdup(run->ctx, e.text);
			return job_may_try_again(run, &e, &when_ms)
				       ? job_end_later(run, when_ms, why)
				       : job_end_done(run,
						      mem_printf(run->ctx, "left out: %s", why));
		}
		if (!answer.lane)
			break;
		if (!job_keep(run, NULL, answer.lane))
			return job_end_waits(answer.lane);
	}
	if (answer.private)
		return job_end_done(run, mem_printf(run->ctx, "left out: %s",
						    why_private(run->ctx, answer.message)));
	struct reply r = {
		.message = answer.message,
		.form = forms_first(run->ctx, run->bot, in->team_id),
		.picture = answer.picture,
		.tiles = answer.tiles,
		.shown = answer.shown,
	};
	return job_tell(run, in, &r);
}

static struct job_end expand(struct job_run *run, const struct slack_inbound *in)
{
	struct link links[ANSWERS_MAX];
	struct reply r;
	bool found;
	struct err e;

	if (!reply_load(run->ctx, run->job->progress, run->job->progress_len, &r, &found, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	if (found)
		return job_deliver(run, in, &r);
	size_t n = find_links(run, in, links, ANSWERS_MAX);
	if (n == 0)
		return job_end_done(run, "no link to what can be shown");
	if (!hand_on(run, in, links + 1, n - 1, &e))
		return job_end_later(run, clock_now_ms() + ACKNOWLEDGED_MS,
				     mem_strdup(run->ctx, e.text));
	return answer_link(run, in, &links[0]);
}

struct job_end job_run_links(struct job_run *run)
{
	struct slack_inbound *read, in;
	struct job_end end;
	struct err e;

	if (!job_read_inbound(run, &read, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	in = *read;
	in.command = ""; /* nothing was typed before the link */
	if (!in.channel_id || !in.user_id || (!in.ts && !is_composing(&in)))
		return job_end_dead(run, "the event lacks channel, user or ts");
	if (run->job->deaths >= QUEUE_MAX_DEATHS)
		return job_end_dead(run, "the bot's process died under it again and again");
	if (clock_now_ms() > run->job->expires_ms)
		return job_end_done(run, "not shown: it took too long to get to it");
	if (!may_show(run, &in, &end))
		return end;
	return run->bot->config->expand_urls ? expand(run, &in) : preview(run, &in);
}

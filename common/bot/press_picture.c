/*
 * "Picture": Looker's own picture of an answer, for the presser and with that person's rights,
 * below the answer: in its thread, or where only the presser sees it when only the presser sees the
 * answer. It is said that it is being drawn; its job (job_picture.c) puts it into that place.
 */
#include "bot/offers_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/channels.h"
#include "bot/command.h"
#include "bot/forms.h"
#include "bot/identity.h"
#include "bot/picture.h"
#include "slack/mrkdwn.h"

static bool is_direct(const struct slack_inbound *in)
{
	return in->channel_id[0] == 'D';
}

const struct slack_inbound *press_picture_place(TALLOC_CTX *ctx, const struct slack_inbound *in,
						bool private)
{
	struct slack_inbound *below = mem_zero(ctx, struct slack_inbound);

	*below = *in;
	if (in->kind == SLACK_INBOUND_PRESS && !private && !is_direct(in) && !in->thread_ts)
		below->thread_ts = in->ts;
	return below;
}

/* "Picture for @ada · Region: EMEA · as the bot's Looker account" */
static char *footer_of(TALLOC_CTX *ctx, const struct slack_inbound *in,
		       const struct offers_answer *a, const struct identity *who)
{
	char *text = mem_strdup(ctx, "Picture for ");

	mrkdwn_add_user(&text, in->user_id);
	for (size_t i = 0; i < a->n_filters; i++) {
		const struct offers_filter *f = &a->filters[i];
		mrkdwn_add_raw(&text, " · ");
		mrkdwn_add_text(&text, f->title);
		mrkdwn_add_raw(&text, ": ");
		mrkdwn_add_text(&text, f->value[0] ? f->value : "any");
	}
	mrkdwn_add_raw(&text, " · as ");
	mrkdwn_add_text(&text, who->as);
	return text;
}

/* What stands there as long as there is no picture. */
static struct slack_message *words_of(TALLOC_CTX *ctx, const struct offers_answer *a,
				      const char *footer)
{
	struct slack_message *m = slack_message_new(ctx);
	char *text = mem_strdup(ctx, ""), *heading = mem_strdup(ctx, "*");

	mrkdwn_add_text(&text, a->title);
	mrkdwn_add_raw(&text, ": ");
	mrkdwn_add_text(&text, a->picture_words);
	slack_message_set_text(m, text);
	if (a->url)
		mrkdwn_add_link(&heading, a->url, a->title);
	else
		mrkdwn_add_text(&heading, a->title);
	mrkdwn_add_raw(&heading, "*");
	slack_message_add_section(m, heading);
	slack_message_add_context(m, footer);
	return m;
}

static struct job_end order(struct job_run *run, const struct slack_inbound *in,
			    const struct offers_answer *a, const struct identity *who)
{
	const char *footer = footer_of(run->ctx, in, a, who);
	struct slack_message *m = words_of(run->ctx, a, footer);
	const char *guarded = channels_guard(run->ctx, run->bot, run->deadline_ms, in);
	struct picture_wish wish = {
		.looker = a->looker,
		.user_id = who->user_id,
		.what = a->picture,
		.title = a->title,
		.words = a->picture_words,
		.link = a->url,
		.footer = footer,
		.plain = m,
	};
	struct reply r = {
		.form = forms_first(run->ctx, run->bot, in->team_id),
		.private = guarded || in->ephemeral, /* two people may share a direct message */
	};

	r.picture = picture_order(run->ctx, &wish);
	picture_say_drawn_soon(m, &wish);
	r.message = m;
	return job_tell(run, press_picture_place(run->ctx, in, r.private), &r);
}

struct job_end press_picture(struct job_run *run, const struct command_call *call,
			     const struct reply *so_far, const struct offers_answer *a)
{
	const struct slack_inbound *in = call->in;
	struct reply r = *so_far;
	struct identity who;
	size_t instance;
	int64_t when_ms;
	struct err e;

	if (r.message)
		return job_deliver(run, press_picture_place(run->ctx, in, r.private), &r);
	if (!a->picture.id)
		return offers_say_none(run, in, so_far, a, "picture");
	if (!offers_instance(run->bot, a, &instance))
		return offers_say(run, in, so_far, OFFERS_OLD);
	if (!identity_looker(run->ctx, call, instance, &who, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		return job_may_try_again(run, &e, &when_ms)
			       ? job_ask_later(run, so_far, when_ms, why)
			       : job_bury(run, in, so_far, why);
	}
	if (!who.lk)
		return offers_say(run, in, so_far, who.miss);
	return order(run, in, a, &who);
}

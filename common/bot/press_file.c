/*
 * Looker's spreadsheet of an answer goes the way of "All rows (CSV)" (press_csv.c), only fetched
 * otherwise. A PDF is drawn, which lasts: its order becomes a job (bot/picture.h), and this job
 * ends with the answer that says so.
 */
#include "bot/press_file.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/command.h"
#include "bot/dashboard_drawn.h"
#include "bot/forms.h"
#include "bot/identity.h"
#include "bot/picture.h"
#include "bot/press_csv_private.h"
#include "looker/file.h"
#include "slack/mrkdwn.h"

#define S_NO_DASHBOARD                                                                             \
	"Looker makes PDFs of dashboards only. Here `csv` and `xlsx` give you all rows, "          \
	"`picture` "                                                                               \
	"what Looker draws."

static bool fetch_xlsx(struct csv_work *w, struct looker *lk, int64_t deadline_ms,
		       struct spool **ret, uint64_t *ret_rows)
{
	struct looker_wanted wanted = press_csv_wanted(w);

	*ret_rows = 0;
	return looker_file_xlsx(w->run->ctx, lk, deadline_ms, &wanted, ret, &w->e);
}

static const struct csv_format xlsx = { "xlsx", fetch_xlsx };

struct job_end press_file_xlsx(struct job_run *run, const struct slack_inbound *in,
			       const struct reply *so_far, const struct csv_offer *offer)
{
	struct csv_work w = {
		.format = &xlsx,
		.run = run,
		.in = in,
		.reply = *so_far,
		.offer = *offer,
		.step = press_csv_step(run),
	};

	return so_far->message ? job_deliver(run, in, &w.reply) : press_csv_run(&w);
}

/* --- PDF --- */

static struct job_end say(struct job_run *run, const struct slack_inbound *in, const char *mrkdwn)
{
	struct reply r = {
		.message = command_say(run->ctx, mrkdwn),
		.private = job_speaks_aside(in),
		.form = forms_first(run->ctx, run->bot, in->team_id),
	};

	if (!r.private)
		job_guard(run, in, &r, false);
	return job_tell(run, in, &r);
}

static bool find_instance(const struct bot *bot, const char *name, size_t *ret)
{
	for (size_t i = 0; i < bot->n_lookers; i++) {
		*ret = i;
		if (strcmp(looker_name(bot->lookers[i]), name) == 0)
			return true;
	}
	return false;
}

/* "For @ada · as the bot's Looker account" */
static char *footer(struct job_run *run, const struct slack_inbound *in, const struct identity *who)
{
	char *text = mem_strdup(run->ctx, "For ");

	mrkdwn_add_user(&text, in->user_id);
	mrkdwn_add_raw(&text, " · as ");
	mrkdwn_add_text(&text, who->as);
	return text;
}

static struct job_end order(struct job_run *run, const struct slack_inbound *in,
			    const struct reply *so_far, const struct press_file_pdf *what,
			    const struct identity *who)
{
	char *heading = mem_strdup(run->ctx, "*");
	struct picture_wish wish = {
		.looker = what->looker,
		.user_id = who->user_id,
		.what = dashboard_render(what->dashboard, what->filters, 0, true),
		.title = what->title,
		.words = "a dashboard",
		.link = what->link,
		.footer = footer(run, in, who),
	};

	if (what->link)
		mrkdwn_add_link(&heading, what->link, what->title);
	else
		mrkdwn_add_text(&heading, what->title);
	mrkdwn_add_raw(&heading, "*");
	struct slack_message *m = command_say(run->ctx, heading);
	slack_message_add_context(m, wish.footer);
	wish.plain = m;
	struct reply r = {
		.picture = picture_order(run->ctx, &wish),
		.form = forms_first(run->ctx, run->bot, in->team_id),
		.loading = so_far->loading,
		.seek = so_far->seek,
	};
	picture_say_drawn_soon(m, &wish);
	r.message = m;
	r.private = in->ephemeral && in->channel_id[0] != 'D'; /* as the answer was */
	if (!r.private)
		job_guard(run, in, &r, false);
	return job_tell(run, in, &r);
}

struct job_end press_file_pdf(struct job_run *run, const struct slack_inbound *in,
			      const struct reply *so_far, const struct press_file_pdf *what)
{
	struct command_call call = {
		.bot = run->bot,
		.in = in,
		.text = in->text ? in->text : "",
		.now_ms = clock_now_ms(),
		.deadline_ms = run->deadline_ms,
	};
	struct reply kept = *so_far;
	struct identity who;
	int64_t when_ms;
	size_t instance;
	struct err e;

	if (so_far->message)
		return job_deliver(run, in, &kept);
	if (!what->dashboard)
		return say(run, in, S_NO_DASHBOARD);
	if (!find_instance(run->bot, what->looker, &instance))
		return say(
			run, in,
			mem_printf(run->ctx, "That Looker is no longer one of mine: ask again."));
	if (!identity_looker(run->ctx, &call, instance, &who, &e)) {
		const char *why = mem_strdup(run->ctx, e.text);
		return job_may_try_again(run, &e, &when_ms)
			       ? job_ask_later(run, so_far, when_ms, why)
			       : job_bury(run, in, so_far, why);
	}
	if (!who.lk)
		return say(run, in, who.miss);
	return order(run, in, so_far, what, &who);
}

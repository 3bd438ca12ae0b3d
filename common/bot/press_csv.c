/*
 * All rows of an answer as a file, for the one who presses and with that person's Looker rights.
 * The steps, each in the job's progress once it is done: it is said that it goes on; the rows are
 * fetched and uploaded (in the Looker's lane; what is fetched is not kept, so that a death fetches
 * again); the file is shared into the channel or the thread (in the channel's lane, as the message
 * that it is); the presser is told. A share whose answer was lost is looked for before it is made
 * again.
 */
#include "bot/press_csv_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/channels.h"
#include "bot/command.h"
#include "bot/identity.h"
#include "looker/download.h"
#include "slack/channels.h"
#include "slack/files.h"
#include "slack/mrkdwn.h"

#define SAY_DEADLINE_MS (10 * 1000LL)
#define FETCH_DEADLINE_MS (8 * 60 * 1000LL) /* of the job's ten minutes */
#define UPLOAD_TRIES 2			    /* while the rows are there */
#define TRIES_MAX 6
#define NAME_MAX_CHARS 80

#define S_FETCHING "Fetching all rows…"
#define S_SCOPE                                                                                    \
	"I may not send files to Slack: my token lacks the scope files:write. The app's owner "    \
	"can "                                                                                     \
	"add it on the app's page (OAuth & Permissions) and install the app again"

/* --- progress --- */

struct csv_step press_csv_step(struct job_run *run)
{
	struct json_object *o = NULL;
	struct err ignored;

	if (run->job->progress_len == 0 ||
	    !json_parse(run->ctx, run->job->progress, run->job->progress_len, &o, &ignored))
		return (struct csv_step){ .said = false };
	o = json_object_at(o, "csv");
	return (struct csv_step){
		.said = json_bool_or(o, "said", false),
		.tries = (int)json_int_or(o, "tries", 0),
		.looks = (int)json_int_or(o, "looks", 0),
		.file_id = json_str(o, "file"),
		.channel = json_str(o, "channel"),
		.thread_ts = json_str(o, "thread_ts"),
		.comment = json_str_or(o, "comment", ""),
		.rows = json_str_or(o, "rows", ""),
		.aside = json_str(o, "aside"),
		.sharing = json_bool_or(o, "sharing", false),
	};
}

bool press_csv_keep(struct csv_work *w, const char *lane)
{
	const struct csv_step *s = &w->step;
	struct json_object *o = json_new_object(w->run->ctx), *csv = json_object_new_object();

	json_set_bool(csv, "said", s->said);
	json_set_int(csv, "tries", s->tries);
	json_set_int(csv, "looks", s->looks);
	json_set_str(csv, "file", s->file_id);
	json_set_str(csv, "channel", s->channel);
	json_set_str(csv, "thread_ts", s->thread_ts);
	json_set_str(csv, "comment", s->comment);
	json_set_str(csv, "rows", s->rows);
	json_set_str(csv, "aside", s->aside);
	json_set_bool(csv, "sharing", s->sharing);
	json_set(o, "csv", csv);
	json_set_int(o, "hook_uses", w->reply.hook_uses); /* as reply.c names it */
	return job_keep(w->run, json_text(o), lane);
}

/* --- words --- */

struct job_end press_csv_tell(struct csv_work *w, const char *mrkdwn, const char *dead)
{
	struct reply r = {
		.message = command_say(w->run->ctx, mrkdwn),
		.private = true,
		.hook_uses = w->reply.hook_uses,
		.dead = dead,
	};

	return job_tell(w->run, w->in, &r);
}

struct job_end press_csv_fail(struct csv_work *w, const char *why)
{
	char *text = mem_strdup(w->run->ctx, ":warning: I could not fetch all rows of ");

	mrkdwn_add_bold(&text, w->offer.title);
	mrkdwn_add_raw(&text, ": ");
	mrkdwn_add_text(&text, why);
	mrkdwn_add_text(&text, job_request_hint(w->run->ctx, w->run->request));
	return press_csv_tell(w, text, mem_strdup(w->run->ctx, why));
}

struct job_end press_csv_fail_or_later(struct csv_work *w)
{
	static const int64_t steps_ms[TRIES_MAX] = { 1000, 3000, 8000, 20000, 40000, 60000 };
	const char *why = mem_strdup(w->run->ctx, w->e.text);
	enum err_kind kind = w->e.kind;

	if ((kind != ERR_TEMPORARY && kind != ERR_RATE_LIMITED && kind != ERR_UNKNOWN) ||
	    w->step.tries >= TRIES_MAX)
		return press_csv_fail(w, why);
	int64_t when_ms = clock_now_ms() + steps_ms[w->step.tries++];
	if (kind == ERR_RATE_LIMITED && w->e.not_before_ms > when_ms)
		when_ms = w->e.not_before_ms;
	press_csv_keep(w, NULL);
	return job_end_later(w->run, when_ms, why);
}

/* "1,234,567 rows" */
static char *say_rows(TALLOC_CTX *ctx, uint64_t n)
{
	char *digits = mem_printf(ctx, "%llu", (unsigned long long)n);
	char *text = mem_strdup(ctx, "");
	size_t len = strlen(digits);

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			mem_append(&text, ",");
		mem_append_n(&text, digits + i, 1);
	}
	mem_append(&text, n == 1 ? " row" : " rows");
	return text;
}

/* "12,345 rows · Region: EMEA · for @ada · as the bot's Looker account" */
static char *say_comment(struct csv_work *w, const struct identity *who)
{
	char *text = mem_strdup(w->run->ctx, w->step.rows);

	if (w->offer.filters[0]) {
		mrkdwn_add_raw(&text, text[0] ? " · " : "");
		mrkdwn_add_text(&text, w->offer.filters);
	}
	mrkdwn_add_raw(&text, text[0] ? " · for " : "For ");
	mrkdwn_add_user(&text, w->in->user_id);
	mrkdwn_add_raw(&text, " · as ");
	mrkdwn_add_text(&text, who->as);
	return text;
}

char *press_csv_file_name(TALLOC_CTX *ctx, const char *title, const char *extension)
{
	char *name = text_cut(ctx, text_clean(ctx, title, strlen(title)), NAME_MAX_CHARS);

	for (char *p = name; *p; p++)
		if (strchr("/\\:*?\"<>|\n\t", *p))
			*p = '-';
	if (name[0] == '.')
		name[0] = '-';
	return mem_printf(ctx, "%s.%s", name[0] ? name : "Result", extension);
}

/* --- where it goes --- */

bool press_csv_go_aside(struct csv_work *w, const char *why)
{
	if (!slack_channels_open(w->run->ctx, w->run->bot->slack,
				 clock_deadline_ms(CSV_SLACK_DEADLINE_MS), w->in->user_id,
				 &w->step.channel, &w->e))
		return false;
	w->step.thread_ts = NULL;
	w->step.aside = why;
	return true;
}

/* Below the answer, for those who see the answer. What one person alone may see goes to that
 * person. */
static bool choose_place(struct csv_work *w)
{
	const struct slack_inbound *in = w->in;
	bool direct = in->channel_id[0] == 'D';
	const char *why = channels_guard(w->run->ctx, w->run->bot, w->run->deadline_ms, in);

	if (why || (in->ephemeral && !direct))
		return press_csv_go_aside(w, why ? "people of other companies may read along there"
						 : "only you see that answer");
	w->step.channel = in->channel_id;
	w->step.thread_ts = in->thread_ts || direct ? in->thread_ts : in->ts;
	w->step.aside = NULL;
	return true;
}

/* --- fetch and upload --- */

static struct looker *find_looker(struct csv_work *w, size_t *ret_instance)
{
	const struct bot *bot = w->run->bot;

	for (size_t i = 0; i < bot->n_lookers; i++) {
		*ret_instance = i;
		if (strcmp(looker_name(bot->lookers[i]), w->offer.looker) == 0)
			return bot->lookers[i];
	}
	return NULL;
}

static void say_fetching(struct csv_work *w)
{
	struct json_object *message = json_new_object(w->run->ctx);
	struct slack_outcome outcome;
	struct err e;

	if (w->step.said || !reply_hook_open(w->run->job, w->in, &w->reply))
		return;
	json_set_str(message, "text", S_FETCHING);
	w->reply.hook_uses++;
	if (!slack_api_respond(w->run->ctx, w->run->bot->slack, clock_deadline_ms(SAY_DEADLINE_MS),
			       w->in->response_url, false, NULL, message, &outcome, &e))
		log_debug("not_said", LOG_I("job", w->run->job->id), LOG_S("reason", e.text));
	w->step.said = true;
}

static bool upload(struct csv_work *w, const struct spool *file)
{
	struct slack_outcome outcome;
	struct slack_upload to;
	TALLOC_CTX *ctx = w->run->ctx;

	if (!slack_files_begin(ctx, w->run->bot->slack, clock_deadline_ms(CSV_SLACK_DEADLINE_MS),
			       press_csv_file_name(ctx, w->offer.title, w->format->extension),
			       file->bytes, &to, &outcome, &w->e)) {
		if (outcome.code[0] && w->e.kind == ERR_FORBIDDEN)
			csv_offer_refused(w->run->bot);
		if (strcmp(outcome.code, "missing_scope") == 0)
			err_set(&w->e, ERR_FORBIDDEN, S_SCOPE);
		return false;
	}
	if (!slack_files_send(ctx, w->run->bot->slack, w->run->deadline_ms, to.url, file->fd,
			      file->bytes, &w->e))
		return false;
	w->step.file_id = to.file_id;
	return true;
}

struct looker_wanted press_csv_wanted(const struct csv_work *w)
{
	return (struct looker_wanted){
		.query_id = w->offer.query_id,
		.limit = w->offer.limit,
		.as_shown = w->offer.as_shown,
		.dir = w->run->bot->config->state_dir,
		.stop = w->run->stop,
	};
}

static bool fetch_csv(struct csv_work *w, struct looker *lk, int64_t deadline_ms,
		      struct spool **ret, uint64_t *ret_rows)
{
	struct looker_wanted wanted = press_csv_wanted(w);
	struct looker_download rows;

	if (!looker_download(w->run->ctx, lk, deadline_ms, &wanted, &rows, &w->e))
		return false;
	*ret = rows.file;
	*ret_rows = rows.rows;
	return true;
}

static const struct csv_format csv = { "csv", fetch_csv };

/* False: *w->e, or *ret when it has been told. */
static bool fetch(struct csv_work *w, const struct identity *who, struct job_end *ret,
		  bool *ret_told)
{
	struct job_run *run = w->run;
	struct spool *file;
	uint64_t rows;
	int64_t until_ms = clock_deadline_ms(FETCH_DEADLINE_MS);

	*ret_told = false;
	if (!w->format->fetch(w, who->lk, until_ms, &file, &rows)) {
		if (identity_may_not(who, &w->e)) {
			char *text = mem_strdup(run->ctx, "With your own Looker rights I cannot "
							  "fetch ");
			mrkdwn_add_bold(&text, w->offer.title);
			mrkdwn_add_raw(&text, ". ");
			mrkdwn_add_text(&text, w->e.text);
			*ret = press_csv_tell(w, text, NULL);
			*ret_told = true;
		}
		return false;
	}
	w->step.rows = w->offer.pivoted || !rows ? "" : say_rows(run->ctx, rows);
	w->step.comment = say_comment(w, who);
	bool ok = false;
	for (int i = 0; !ok && i < UPLOAD_TRIES; i++) {
		ok = upload(w, file);
		if (!ok && w->e.kind != ERR_TEMPORARY)
			break;
	}
	talloc_free(file);
	return ok;
}

static struct job_end fetch_and_share(struct csv_work *w)
{
	struct job_run *run = w->run;
	struct command_call call = {
		.bot = run->bot,
		.in = w->in,
		.now_ms = clock_now_ms(),
		.deadline_ms = run->deadline_ms,
	};
	size_t instance = 0;
	struct looker *lk = find_looker(w, &instance);
	struct identity who;
	struct job_end end;
	bool told;

	if (!lk)
		return press_csv_fail(w, mem_printf(run->ctx, "%s is no longer one of my Lookers",
						    w->offer.looker));
	say_fetching(w);
	const char *lane = bot_looker_lane(run->ctx, lk);
	if (strcmp(lane, run->lane) != 0 && !press_csv_keep(w, lane))
		return job_end_waits(lane);
	if (!identity_looker(run->ctx, &call, instance, &who, &w->e))
		return press_csv_fail_or_later(w);
	if (!who.lk)
		return press_csv_tell(w, who.miss, NULL);
	if (!choose_place(w))
		return press_csv_fail_or_later(w);
	if (!fetch(w, &who, &end, &told))
		return told ? end : press_csv_fail_or_later(w);
	return press_csv_share(w);
}

struct job_end press_csv_run(struct csv_work *w)
{
	const struct queue_job *job = w->run->job;

	if (job->deaths >= QUEUE_MAX_DEATHS)
		return press_csv_fail(w,
				      "the bot's process died again and again while it worked on "
				      "this. Its log says more");
	if (clock_now_ms() > job->expires_ms)
		return press_csv_fail(w, "it took too long to get to it");
	return w->step.file_id ? press_csv_share(w) : fetch_and_share(w);
}

struct job_end press_csv(struct job_run *run, const struct slack_inbound *in,
			 const struct reply *so_far, const struct key_meaning *key)
{
	struct csv_work w = {
		.format = &csv,
		.run = run,
		.in = in,
		.reply = *so_far,
		.step = press_csv_step(run),
	};

	if (so_far->message)
		return job_deliver(run, in, &w.reply);
	if (!csv_offer_read(key, &w.offer, &w.e))
		return press_csv_fail_or_later(&w);
	return press_csv_run(&w);
}

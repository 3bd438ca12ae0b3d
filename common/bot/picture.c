/*
 * Orders of pictures: how one is kept, what the answer around it says, and the job that carries it
 * out. Nothing here calls Looker or Slack.
 */
#include "bot/picture.h"

#include "base/clock.h"
#include "base/mem.h"
#include "slack/mrkdwn.h"

#define LIFE_MS (15 * 60 * 1000LL) /* drawing has 4 minutes; then Slack may have a bad time */
#define PAUSE_MAX_MS 10000
#define SIDE_MAX 4000 /* pixels, of what is loaded */

/* A response_url lives 30 minutes from the command on; the job that follows counts from its own
 * beginning. */
#define HOOK_TOO_OLD_MS (REPLY_HOOK_LIFE_MS - LIFE_MS)

static const char *const kinds[] = {
	[LOOKER_RENDER_QUERY] = "query",
	[LOOKER_RENDER_LOOK] = "look",
	[LOOKER_RENDER_ELEMENT] = "element",
	[LOOKER_RENDER_DASHBOARD] = "dashboard",
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

bool picture_wanted(const char *charts, const struct looker_result *r, const struct looker_vis *vis,
		    bool native)
{
	if (strcmp(charts, "native") == 0 || native)
		return false;
	if (r->error || r->n_rows == 0)
		return false;
	return vis->kind == LOOKER_VIS_OTHER ||
	       (r->pivoted && r->n_fields + r->n_fields_left_out > SLACK_TABLE_COLUMNS_MAX);
}

int64_t picture_pause_ms(int polls)
{
	int64_t ms = (polls + 1) * 1000LL;

	return ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
}

/* --- orders --- */

struct json_object *picture_order(TALLOC_CTX *ctx, const struct picture_wish *wish)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "looker", wish->looker);
	json_set_str(o, "user_id", wish->user_id);
	json_set_str(o, "kind", kinds[wish->what.kind]);
	json_set_str(o, "id", wish->what.id);
	json_set_str(o, "filters", wish->what.filters);
	json_set_int(o, "width", wish->what.width);
	json_set_int(o, "height", wish->what.height);
	json_set_bool(o, "pdf", wish->what.pdf);
	json_set_str(o, "title", wish->title);
	json_set_str(o, "words", wish->words);
	json_set_str(o, "link", wish->link);
	json_set_str(o, "footer", wish->footer);
	json_set(o, "plain", json_object_get(slack_message_save(ctx, wish->plain)));
	return o;
}

static bool load_what(TALLOC_CTX *ctx, const struct json_object *o, struct looker_render *ret)
{
	const char *name = json_str_or(o, "kind", "");
	int64_t width = json_int_or(o, "width", 0), height = json_int_or(o, "height", 0);
	size_t kind = 0;

	while (kind < N_KINDS && strcmp(kinds[kind], name) != 0)
		kind++;
	*ret = (struct looker_render){
		.kind = (enum looker_render_kind)kind,
		.id = mem_strdup(ctx, json_str(o, "id")),
		.filters = mem_strdup(ctx, json_str(o, "filters")),
		.width = (int)width,
		.height = (int)height,
		.pdf = json_bool_or(o, "pdf", false),
	};
	return kind < N_KINDS && ret->id && width > 0 && width <= SIDE_MAX && height > 0 &&
	       height <= SIDE_MAX;
}

bool picture_load(TALLOC_CTX *ctx, const struct json_object *body, struct picture_task *ret,
		  struct err *e)
{
	const struct json_object *o = json_object_at(body, "picture");
	struct picture_task t = {
		.looker = mem_strdup(ctx, json_str_or(o, "looker", "")),
		.user_id = mem_strdup(ctx, json_str(o, "user_id")),
		.title = mem_strdup(ctx, json_str_or(o, "title", "")),
		.words = mem_strdup(ctx, json_str_or(o, "words", "")),
		.link = mem_strdup(ctx, json_str(o, "link")),
		.footer = mem_strdup(ctx, json_str_or(o, "footer", "")),
		.ts = mem_strdup(ctx, json_str(body, "answer_ts")),
		.hook = json_bool_or(body, "answer_hook", false),
		.private = json_bool_or(body, "answer_private", false),
		.hook_uses = (int)json_int_or(body, "hook_uses", 0),
	};

	if (!load_what(ctx, o, &t.what))
		return err_set(e, ERR_BAD_INPUT, "the job's body is no order of a picture");
	if (!slack_message_load(ctx, json_object_at(o, "plain"), &t.plain, e))
		return err_wrap(e, "the job's body");
	*ret = t;
	return true;
}

bool picture_put(struct job_run *run, const struct slack_inbound *in, const struct reply *r,
		 struct err *e)
{
	struct json_object *o = slack_inbound_save(run->ctx, in);
	bool hook_lives = clock_now_ms() < run->job->created_ms + HOOK_TOO_OLD_MS;

	json_set_str(o, JOB_REQUEST, run->request);
	json_set(o, "picture", json_object_get(r->picture));
	json_set_str(o, "answer_ts", r->ts);
	json_set_bool(o, "answer_hook", r->hook);
	json_set_bool(o, "answer_private", r->private);
	json_set_int(o, "hook_uses", hook_lives ? r->hook_uses : REPLY_HOOK_USES_MAX);
	const char *body = json_text(o);
	struct queue_put put = {
		.kind = JOB_PICTURE,
		.keys = { mem_printf(run->ctx, "%s-%s", reply_delivery_id(run->ctx, run->job),
				     r->part ? r->part : "") },
		.lane = mem_printf(run->ctx, "looker:%s", json_str_or(r->picture, "looker", "")),
		.priority = QUEUE_PRIORITY_COMMAND,
		.expires_ms = clock_now_ms() + LIFE_MS,
		.body = body,
		.body_len = strlen(body),
	};
	return queue_put(run->bot->queue, &put, 1, NULL, e);
}

/* --- the answer around it --- */

void picture_say_drawn_soon(struct slack_message *m, const struct picture_wish *wish)
{
	char *text = mem_strdup(m, wish->what.pdf ? ":page_facing_up: Looker's PDF ("
						  : ":art: Looker's picture (");

	mrkdwn_add_text(&text, wish->words);
	mrkdwn_add_raw(&text, ") is being drawn…");
	slack_message_add_context(m, text);
	talloc_free(text);
}

static struct slack_message *copy_plain(TALLOC_CTX *ctx, const struct picture_task *t)
{
	struct slack_message *m;
	struct err e;

	if (!slack_message_load(ctx, slack_message_save(ctx, t->plain), &m, &e))
		die("a message that was loaded cannot be loaded: %s", e.text);
	return m;
}

/* "Sales: a funnel", without marks. */
static char *alt_of(TALLOC_CTX *ctx, const struct picture_task *t)
{
	return t->title[0] ? mem_printf(ctx, "%s: %s", t->title, t->words)
			   : mem_strdup(ctx, t->words);
}

static struct slack_message *answer_with(TALLOC_CTX *ctx, const struct picture_task *t,
					 const char *file_id, const char *url)
{
	struct slack_message *m = slack_message_new(ctx);
	const struct slack_image image = { file_id, alt_of(ctx, t), t->link, url };
	char *text = mem_strdup(ctx, ""), *heading = mem_strdup(ctx, "*");

	mrkdwn_add_text(&text, image.alt);
	slack_message_set_text(m, text);
	if (t->link)
		mrkdwn_add_link(&heading, t->link, t->title);
	else
		mrkdwn_add_text(&heading, t->title);
	mrkdwn_add_raw(&heading, "*");
	if (t->title[0])
		slack_message_add_section(m, heading);
	slack_message_add_image(m, &image);
	slack_message_copy_buttons(m, t->plain);
	slack_message_add_context(m, t->footer);
	return m;
}

struct slack_message *picture_answer(TALLOC_CTX *ctx, const struct picture_task *t,
				     const char *file_id)
{
	return answer_with(ctx, t, file_id, NULL);
}

struct slack_message *picture_answer_at(TALLOC_CTX *ctx, const struct picture_task *t,
					const char *url)
{
	return answer_with(ctx, t, NULL, url);
}

static void add_aside(char **text, const struct picture_task *t)
{
	mrkdwn_add_raw(text, ":page_facing_up: Looker's PDF is in the direct messages between ");
	mrkdwn_add_user(text, t->asker);
	mrkdwn_add_raw(text, " and me.");
}

struct slack_message *picture_answer_shared(TALLOC_CTX *ctx, const struct picture_task *t)
{
	struct slack_message *m = copy_plain(ctx, t);
	char *text = mem_strdup(ctx, "");

	if (!t->what.pdf)
		mrkdwn_add_raw(&text, ":frame_with_picture: Looker's picture is in the thread.");
	else if (t->aside)
		add_aside(&text, t);
	else
		mrkdwn_addf_raw(&text, ":page_facing_up: Looker's PDF is %s.",
				t->unthreaded ? "below" : "in the thread");
	slack_message_add_context(m, text);
	return m;
}

struct slack_message *picture_answer_without(TALLOC_CTX *ctx, const struct picture_task *t,
					     const char *why)
{
	char *text = mem_printf(
		ctx, ":warning: There is no %s of this: ", t->what.pdf ? "PDF" : "picture");
	struct slack_message *m;

	mrkdwn_add_text(&text, why);
	/* An answer that stands where nobody can change it is not said twice. */
	if (!t->ts && !t->private) {
		m = slack_message_new(ctx);
		char *heading = mem_strdup(ctx, "");
		mrkdwn_add_bold(&heading, t->title[0] ? t->title : t->words);
		slack_message_set_text(m, text);
		slack_message_add_section(m, heading);
	} else {
		m = copy_plain(ctx, t);
	}
	slack_message_add_context(m, text);
	return m;
}

/* --- the state --- */

struct json_object *picture_state_save(TALLOC_CTX *ctx, const struct picture_state *s)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "task", s->task);
	json_set_str(o, "file", s->file);
	json_set_bool(o, "complete", s->complete);
	json_set_bool(o, "share", s->share);
	json_set_str(o, "aside", s->aside);
	json_set_int(o, "asked", s->asked);
	json_set_int(o, "polls", s->polls);
	json_set_int(o, "waits", s->waits);
	json_set_int(o, "tries", s->tries);
	json_set_str(o, "why", s->why);
	json_set_str(o, "url", s->url);
	json_set_str(o, "no_store", s->no_store);
	return o;
}

struct picture_state picture_state_load(TALLOC_CTX *ctx, const struct json_object *o)
{
	return (struct picture_state){
		.task = mem_strdup(ctx, json_str(o, "task")),
		.file = mem_strdup(ctx, json_str(o, "file")),
		.complete = json_bool_or(o, "complete", false),
		.share = json_bool_or(o, "share", false),
		.aside = mem_strdup(ctx, json_str(o, "aside")),
		.asked = (int)json_int_or(o, "asked", 0),
		.polls = (int)json_int_or(o, "polls", 0),
		.waits = (int)json_int_or(o, "waits", 0),
		.tries = (int)json_int_or(o, "tries", 0),
		.why = mem_strdup(ctx, json_str(o, "why")),
		.url = mem_strdup(ctx, json_str(o, "url")),
		.no_store = mem_strdup(ctx, json_str(o, "no_store")),
	};
}

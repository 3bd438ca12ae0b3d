/*
 * The table of what is offered below an answer, and which of it is a button there. Each line says
 * when it is offered and what a press of it, or its word in a follow-up, does.
 */
#include "bot/offers.h"

#include <string.h>

#include "base/mem.h"
#include "bot/command.h"
#include "bot/offers_private.h"
#include "bot/press_csv.h"
#include "bot/press_file.h"
#include "bot/press_filters.h"
#include "bot/showing.h"
#include "slack/mrkdwn.h"

/* An answer that gets its buttons. */
struct offering {
	const struct showing *s;
	const struct slack_message *m;
	const struct render_outcome *rows;
	bool has_data;
	bool files; /* Slack takes them */
};

/* A press, by button or word. */
struct pressed {
	struct job_run *run;
	const struct slack_inbound *in;
	const struct reply *so_far;
	const struct key_meaning *key;
	const struct offers_answer *answer;
};

static bool offers_rows(const struct offering *o)
{
	struct csv_offer csv;

	return o->files && showing_hides_rows(o->m, o->rows) && showing_has_rows(o->s, &csv);
}

/* Where Slack shows a table or a chart of its own; a picture that follows by itself is one. It may
 * be kept elsewhere. */
static bool offers_picture(const struct offering *o)
{
	bool kept = o->files || o->s->call->bot->store;
	struct looker_render what;
	const char *words;

	return kept && slack_message_has_table(o->m) && o->s->ran && !o->s->ran->picture &&
	       showing_can_draw(o->s, &what, &words);
}

static bool offers_refresh(const struct offering *o)
{
	return o->has_data;
}

static bool offers_filters(const struct offering *o)
{
	return press_filters_offered(o->s);
}

static struct job_end press_change_filters(const struct pressed *p)
{
	return press_filters_answer(p->run, p->in, p->answer);
}

static struct job_end press_rows(const struct pressed *p)
{
	if (!p->answer->query_id)
		return offers_say_none(p->run, p->in, p->so_far, p->answer, "rows of its own");
	return press_csv(p->run, p->in, p->so_far, p->key);
}

static struct job_end press_sheet(const struct pressed *p)
{
	if (!p->answer->query_id)
		return offers_say_none(p->run, p->in, p->so_far, p->answer, "rows of its own");
	return press_file_xlsx(p->run, p->in, p->so_far, &p->answer->csv);
}

static struct job_end press_pdf(const struct pressed *p)
{
	const struct offers_answer *a = p->answer;
	struct press_file_pdf what = {
		.looker = a->looker,
		.dashboard = a->what == OFFERS_DASHBOARD ? a->id : NULL,
		.filters = offers_filters_text(p->run->ctx, a),
		.title = a->title,
		.link = a->url,
	};

	return press_file_pdf(p->run, p->in, p->so_far, &what);
}

static struct job_end press_once(const struct pressed *p)
{
	return offers_put(p->run, p->in, p->so_far, p->answer);
}

static const struct {
	const char *action_id;
	const char *text; /* NULL: a word only */
	bool (*is_offered)(const struct offering *o);
	struct job_end (*press)(const struct pressed *p);
} table[] = {
	{ "csv", "All rows (CSV)", offers_rows, press_rows },
	{ "picture", "Picture", offers_picture, press_once },
	{ "refresh", "Refresh", offers_refresh, press_once },
	{ PRESS_FILTERS_ACTION, PRESS_FILTERS_TEXT, offers_filters, press_change_filters },
	{ "xlsx", NULL, NULL, press_sheet },
	{ "pdf", NULL, NULL, press_pdf },
};
#define N_TABLE (sizeof(table) / sizeof(table[0]))

const char *offers_key(const struct showing *s)
{
	/* No owner: it gives nobody anything but what their own rights give. */
	struct key_meaning meaning = { .kind = OFFERS_KIND, .body = offers_save(s) };
	const char *key;
	struct err e;

	return keys_put(s->ctx, s->call->bot, &meaning, &key, &e) ? key : NULL;
}

const char *offers_add(const struct showing *s, struct slack_message *m,
		       const struct render_outcome *rows)
{
	struct slack_button buttons[N_TABLE];
	struct offering o = {
		.s = s,
		.m = m,
		.rows = rows,
		.has_data = s->tile || s->merged,
		.files = csv_offer_files(s->ctx, s->call->bot),
	};
	const char *key = offers_key(s);
	size_t n = 0;

	for (size_t i = 0; key && i < N_TABLE; i++)
		if (table[i].text && table[i].is_offered(&o))
			buttons[n++] = (struct slack_button){
				.action_id = table[i].action_id,
				.text = table[i].text,
				.value = key,
			};
	if (n > 0)
		slack_message_add_buttons(m, buttons, n);
	return key;
}

/* What has no key, or one that says something else, is another version's. */
struct job_end offers_press(struct job_run *run, const struct slack_inbound *in,
			    const struct reply *so_far, const struct key_meaning *key)
{
	const char *action_id = in->action_id ? in->action_id : "";
	struct offers_answer answer;
	struct err e;

	if (!offers_read(run->ctx, key, &answer, &e))
		return job_bury(run, in, so_far, mem_strdup(run->ctx, e.text));
	struct pressed p = { run, in, so_far, key, &answer };
	for (size_t i = 0; i < N_TABLE; i++)
		if (strcmp(table[i].action_id, action_id) == 0)
			return table[i].press(&p);
	return offers_say(run, in, so_far, OFFERS_OLD);
}

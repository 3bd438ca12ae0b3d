/*
 * From values to the footer: the values go to the filters, the tile is run and rendered, and the
 * footer says who asked, what ran with which values, as whom, when, where. What has no form in
 * Slack is one line with the link; what the person typed wrong is a private sentence.
 */
#include "bot/showing.h"

#include "base/clock.h"
#include "base/mem.h"
#include "render/render.h"
#include "slack/mrkdwn.h"

/* Rows that a message can show, and one to know whether there are more. */
#define ROWS_ASKED (SLACK_TABLE_ROWS_MAX + 1)

struct showing showing_begin(TALLOC_CTX *ctx, const struct command_call *call,
			     const struct show_asked *asked)
{
	return (struct showing){
		.ctx = ctx,
		.call = call,
		.asked = asked,
		.lk = call->bot->lookers[asked->instance],
	};
}

/* --- values --- */

static void whisper_text(const struct showing *s, const char *text, struct command_answer *ret)
{
	char *mrkdwn = mem_strdup(s->ctx, "");

	mrkdwn_add_text(&mrkdwn, text);
	command_whisper(s->ctx, mrkdwn, ret);
}

/* What is still needed, and how to give it. */
static void ask_for_missing(const struct showing *s, struct command_answer *ret)
{
	const struct looker_filter *first = s->filters->missing[0];
	char *text = mem_strdup(s->ctx, "");

	mrkdwn_add_bold(&text, s->title);
	mrkdwn_add_raw(&text, " needs a value for ");
	for (size_t i = 0; i < s->filters->n_missing; i++) {
		mrkdwn_add_raw(&text, i > 0 ? " and " : "");
		mrkdwn_add_bold(&text, s->filters->missing[i]->title);
	}
	mrkdwn_addf_raw(&text, " (%s, such as ", filters_kind_word(first->kind));
	mrkdwn_add_text(&text, filters_kind_examples(first->kind));
	mrkdwn_add_raw(&text, "). For example: ");
	mrkdwn_add_code(&text, mem_printf(s->ctx, "%s %s %s=…", s->call->in->command,
					  s->asked->words, first->title));
	command_whisper(s->ctx, text, ret);
}

bool showing_assign(struct showing *s, const struct looker_filter *filters, size_t n,
		    struct command_answer *ret)
{
	struct filters_assigned *assigned;
	struct err typed;

	if (!filters_assign(s->ctx, filters, n, s->asked->text, &assigned, &typed) ||
	    (s->asked->link && !filters_take(assigned, s->asked->link, &typed))) {
		whisper_text(s, typed.text, ret);
		return false;
	}
	s->filters = assigned;
	if (assigned->n_missing > 0)
		ask_for_missing(s, ret);
	return assigned->n_missing == 0;
}

static const char *value_of(const struct filters_assigned *filters, const char *name)
{
	for (size_t i = 0; i < filters->n; i++)
		if (strcmp(filters->values[i].filter->name, name) == 0)
			return filters->values[i].value;
	return "";
}

/* Its address with the filters that the person set. */
static char *link_with_filters(const struct showing *s)
{
	char *query = mem_strdup(s->ctx, "");

	for (size_t i = 0; i < s->filters->n; i++) {
		const struct filters_value *v = &s->filters->values[i];
		if (v->origin != FILTERS_DEFAULT)
			form_append(&query, v->filter->name, v->value);
	}
	return mem_printf(s->ctx, "%s%s%s", s->url, query[0] ? "?" : "", query);
}

/* --- data --- */

/* The query to run: the tile's, with the filters that it listens to. */
static bool make_query(const struct showing *s, const char **ret_id, struct err *e)
{
	const struct looker_tile *tile = s->tile;
	size_t n = tile->n_listens;
	struct looker_filter_value *values = mem_array(s->ctx, struct looker_filter_value, n);

	if (s->query_id && n == 0) {
		*ret_id = s->query_id;
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		values[i].field = tile->listens[i].field;
		values[i].value = value_of(s->filters, tile->listens[i].filter_name);
	}
	return looker_query_create(s->ctx, s->lk, s->call->deadline_ms, tile->query, values, n,
				   ret_id, e);
}

/* A query's own limit ("the top ten") is kept. */
static bool run_tile(const struct showing *s, struct looker_result **ret, struct err *e)
{
	size_t limit = looker_query_limit(s->tile->query, ROWS_ASKED);
	const char *query_id;

	if (!make_query(s, &query_id, e) ||
	    !looker_query_run(s->ctx, s->lk, s->call->deadline_ms, query_id, limit, s->tile->vis,
			      ret, e))
		return false;
	if (limit < ROWS_ASKED)
		(*ret)->more_rows = false; /* ten of a top ten are all */
	return true;
}

/* --- footer --- */

static void add_filters(char **text, const struct filters_assigned *filters)
{
	for (size_t i = 0; i < filters->n; i++) {
		const struct filters_value *v = &filters->values[i];
		mrkdwn_add_raw(text, " · ");
		mrkdwn_add_text(text, v->filter->title);
		mrkdwn_add_raw(text, ": ");
		mrkdwn_add_text(text, v->value[0] ? v->value : "any");
	}
}

/* With several Lookers: which one, and which others have a command of the same title. */
static void add_instance(char **text, const struct showing *s)
{
	const struct bot *bot = s->call->bot;
	const struct catalogue_command *entry = s->call->match.entry, *twin = NULL;

	if (bot->n_lookers < 2)
		return;
	mrkdwn_add_raw(text, " · from ");
	mrkdwn_add_text(text, looker_name(s->lk));
	while (entry && (twin = catalogue_twin(s->call->catalogue, entry, twin))) {
		mrkdwn_add_raw(text, " (the same title is on ");
		mrkdwn_add_text(text, looker_name(bot->lookers[twin->instance]));
		mrkdwn_add_raw(text, ")");
	}
}

static void add_rows(char **text, const struct render_outcome *rows)
{
	if (rows->rows_shown == 0)
		return;
	mrkdwn_addf_raw(text, " · %s%zu row%s",
			rows->more_rows || rows->rows_shown < rows->rows_known ? "first " : "",
			rows->rows_shown, rows->rows_shown == 1 ? "" : "s");
}

static void add_footer(const struct showing *s, struct slack_message *m,
		       const struct render_outcome *rows)
{
	char *text = mem_strdup(s->ctx, "");
	long long now_s = s->call->now_ms / 1000;

	mrkdwn_add_user(&text, s->call->in->user_id);
	mrkdwn_add_raw(&text, " asked ");
	mrkdwn_add_code(&text, s->call->text);
	if (s->asked->named) {
		mrkdwn_addf_raw(&text, " · %s ", s->kind);
		mrkdwn_add_text(&text, s->asked->id);
	}
	add_filters(&text, s->filters);
	add_instance(&text, s);
	mrkdwn_addf_raw(&text,
			" · as the bot’s Looker account · <!date^%lld^{date_short_pretty} "
			"{time}|%s>",
			now_s, clock_text(s->ctx, s->call->now_ms));
	add_rows(&text, rows);
	slack_message_add_context(m, text);
}

bool showing_answer(const struct showing *s, struct command_answer *ret, struct err *e)
{
	struct slack_message *m = slack_message_new(s->ctx);
	struct render_outcome rows = { 0 };
	struct render_about about = {
		.title = s->title,
		.link = link_with_filters(s),
		.base_url = looker_url(s->lk),
	};

	if (!s->tile) {
		render_line(m, &about, s->words);
	} else {
		struct looker_vis vis = looker_vis_read(s->ctx, s->tile->vis);
		struct looker_result *result;
		if (!run_tile(s, &result, e))
			return err_wrap(e, "“%s”", s->title);
		render_result(m, result, &vis, &about, &rows);
	}
	add_footer(s, m, &rows);
	*ret = (struct command_answer){ .message = m };
	return true;
}

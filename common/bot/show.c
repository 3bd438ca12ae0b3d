/*
 * A dashboard as an answer: its filters get what the person typed, its one data tile is run and
 * rendered, and the footer says who asked, what ran with which values, as whom, when. What has no
 * form in Slack is one line with the link; what the person typed wrong is a private sentence.
 */
#include "bot/show.h"

#include "base/clock.h"
#include "base/form.h"
#include "base/mem.h"
#include "bot/filters.h"
#include "render/render.h"
#include "slack/mrkdwn.h"

/* Rows that a message can show, and one to know whether there are more. */
#define ROWS_ASKED (SLACK_TABLE_ROWS_MAX + 1)

struct showing {
	TALLOC_CTX *ctx;
	const struct command_call *call;
	struct looker *lk;
	const struct looker_dashboard *dashboard;
	const struct filters_assigned *filters;
	struct render_about about;
};

/* The dashboard's address with the filters that the person set. */
static char *dashboard_link(TALLOC_CTX *ctx, const struct looker *lk,
			    const struct looker_dashboard *d,
			    const struct filters_assigned *filters)
{
	char *query = mem_strdup(ctx, "");

	for (size_t i = 0; i < filters->n; i++) {
		const struct filters_value *v = &filters->values[i];
		if (v->origin != FILTERS_DEFAULT)
			form_append(&query, v->filter->name, v->value);
	}
	return mem_printf(ctx, "%s/dashboards/%s%s%s", looker_url(lk), form_escape(ctx, d->id),
			  query[0] ? "?" : "", query);
}

static void say_privately(TALLOC_CTX *ctx, const char *text, struct command_answer *ret)
{
	char *mrkdwn = mem_strdup(ctx, "");

	mrkdwn_add_text(&mrkdwn, text);
	ret->private = true;
	ret->message = command_say(ctx, mrkdwn);
}

/* What is still needed, and how to give it. */
static void ask_for_missing(const struct showing *s, struct command_answer *ret)
{
	const struct looker_filter *first = s->filters->missing[0];
	char *text = mem_strdup(s->ctx, "");

	mrkdwn_add_bold(&text, s->dashboard->title);
	mrkdwn_add_raw(&text, " needs a value for ");
	for (size_t i = 0; i < s->filters->n_missing; i++) {
		mrkdwn_add_raw(&text, i > 0 ? " and " : "");
		mrkdwn_add_bold(&text, s->filters->missing[i]->title);
	}
	mrkdwn_addf_raw(&text, " (%s, such as %s). For example: ", filters_kind_word(first->kind),
			filters_kind_examples(first->kind));
	mrkdwn_add_code(&text, mem_printf(s->ctx, "%s %s %s=…", s->call->in->command,
					  s->call->match.entry->key, first->title));
	ret->private = true;
	ret->message = command_say(s->ctx, text);
}

/* The one tile that holds data; NULL when there is none or more than one. */
static const struct looker_tile *only_data_tile(const struct looker_dashboard *d, size_t *ret_n)
{
	const struct looker_tile *tile = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < d->n_tiles; i++) {
		if (d->tiles[i].kind == LOOKER_TILE_TEXT)
			continue;
		tile = &d->tiles[i];
		++*ret_n;
	}
	return *ret_n == 1 ? tile : NULL;
}

/* What a dashboard is that has no form here. */
static const char *describe(TALLOC_CTX *ctx, const struct looker_tile *tile, size_t n)
{
	if (n == 0)
		return "a dashboard without data tiles";
	if (!tile)
		return mem_printf(ctx, "a dashboard of %zu tiles", n);
	return tile->kind == LOOKER_TILE_MERGE ? "a merged result"
					       : "a tile that only Looker itself can show";
}

static const char *value_of(const struct filters_assigned *filters, const char *name)
{
	for (size_t i = 0; i < filters->n; i++)
		if (strcmp(filters->values[i].filter->name, name) == 0)
			return filters->values[i].value;
	return "";
}

/* Runs the tile with the filters that it listens to; its own limit ("the top ten") is kept. */
static bool run_tile(const struct showing *s, const struct looker_tile *tile,
		     struct looker_result **ret, struct err *e)
{
	size_t n = tile->n_listens;
	size_t limit = looker_query_limit(tile->query, ROWS_ASKED);
	struct looker_filter_value *values = mem_array(s->ctx, struct looker_filter_value, n);
	const char *query_id;

	for (size_t i = 0; i < n; i++) {
		values[i].field = tile->listens[i].field;
		values[i].value = value_of(s->filters, tile->listens[i].filter_name);
	}
	if (!looker_query_create(s->ctx, s->lk, s->call->deadline_ms, tile->query, values, n,
				 &query_id, e) ||
	    !looker_query_run(s->ctx, s->lk, s->call->deadline_ms, query_id, limit, tile->vis, ret,
			      e))
		return false;
	if (limit < ROWS_ASKED)
		(*ret)->more_rows = false; /* ten of a top ten are all */
	return true;
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
	for (size_t i = 0; i < s->filters->n; i++) {
		const struct filters_value *v = &s->filters->values[i];
		mrkdwn_add_raw(&text, " · ");
		mrkdwn_add_text(&text, v->filter->title);
		mrkdwn_add_raw(&text, ": ");
		mrkdwn_add_text(&text, v->value[0] ? v->value : "any");
	}
	mrkdwn_addf_raw(&text,
			" · as the bot’s Looker account · <!date^%lld^{date_short_pretty} "
			"{time}|%s>",
			now_s, clock_text(s->ctx, s->call->now_ms));
	add_rows(&text, rows);
	slack_message_add_context(m, text);
}

static bool answer_with(const struct showing *s, const struct looker_tile *tile, size_t n_tiles,
			struct command_answer *ret, struct err *e)
{
	struct slack_message *m = slack_message_new(s->ctx);
	struct render_outcome rows = { 0 };
	struct looker_result *result;

	if (!tile || tile->kind != LOOKER_TILE_QUERY) {
		render_line(m, &s->about, describe(s->ctx, tile, n_tiles));
	} else {
		struct looker_vis vis = looker_vis_read(s->ctx, tile->vis);
		if (!run_tile(s, tile, &result, e))
			return err_wrap(e, "“%s”", s->dashboard->title);
		render_result(m, result, &vis, &s->about, &rows);
	}
	add_footer(s, m, &rows);
	ret->private = false;
	ret->message = m;
	return true;
}

bool show_dashboard(TALLOC_CTX *ctx, const struct command_call *call, const char *id,
		    const char *filter_text, struct command_answer *ret, struct err *e)
{
	struct showing s = { .ctx = ctx, .call = call };
	struct looker_dashboard *d;
	struct filters_assigned *filters;
	struct err typed;
	size_t n_tiles;

	s.lk = call->bot->lookers[call->match.instance];
	if (!looker_dashboard_get(ctx, s.lk, call->deadline_ms, id, &d, e)) {
		if (e->kind == ERR_NOT_FOUND) /* deleted or moved: the list is out of date */
			catalogue_read_later(call->bot, CATALOGUE_MISS_AGE_MS);
		return err_wrap(e, "“%s”", call->match.entry->title);
	}
	if (!filters_assign(ctx, d->filters, d->n_filters, filter_text, &filters, &typed)) {
		say_privately(ctx, typed.text, ret);
		return true;
	}
	s.dashboard = d;
	s.filters = filters;
	if (filters->n_missing > 0) {
		ask_for_missing(&s, ret);
		return true;
	}
	s.about = (struct render_about){
		.title = d->title,
		.link = dashboard_link(ctx, s.lk, d, filters),
		.base_url = looker_url(s.lk),
	};
	const struct looker_tile *tile = only_data_tile(d, &n_tiles);
	return answer_with(&s, tile, n_tiles, ret, e);
}

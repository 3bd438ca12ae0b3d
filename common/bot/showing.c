/*
 * From values to the footer: the values go to the filters, the tile is run and rendered, and the
 * footer says who asked, what ran with which values, as whom, when, where. What has no form in
 * Slack is one line with the link; what the person typed wrong is a private sentence.
 */
#include "bot/showing.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/action_offer.h"
#include "bot/offers.h"
#include "bot/picture.h"
#include "bot/press_filters.h"
#include "render/render.h"
#include "slack/mrkdwn.h"
#include "slack/unfurl.h"

#define ASKED_MAX_CHARS 200 /* of what was typed: addresses may be long */
#define FOOTER_LINK_MAX_BYTES 300

bool showing_begin(TALLOC_CTX *ctx, const struct command_call *call, const struct show_asked *asked,
		   struct showing *ret, struct command_answer *answer, struct err *e)
{
	struct identity who;

	if (!identity_looker(ctx, call, asked->instance, &who, e))
		return false;
	if (!who.lk)
		identity_say_miss(ctx, &who, answer);
	*ret = (struct showing){
		.ctx = ctx,
		.call = call,
		.asked = asked,
		.who = who,
		.lk = who.lk,
	};
	return true;
}

void showing_say_refused(const struct showing *s, const char *title, const struct err *e,
			 struct command_answer *ret)
{
	char *text = mem_strdup(s->ctx, "I cannot show ");

	mrkdwn_add_bold(&text, title);
	mrkdwn_add_raw(&text, " with your own Looker rights (as ");
	mrkdwn_add_text(&text, s->who.as);
	mrkdwn_add_raw(&text, "). ");
	mrkdwn_add_text(&text, e->text);
	mrkdwn_add_raw(&text, ".");
	command_whisper(s->ctx, text, ret);
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
	mrkdwn_add_code(&text, slack_inbound_typed(s->ctx, s->call->in,
						   mem_printf(s->ctx, "%s %s=…", s->asked->words,
							      first->title)));
	command_whisper(s->ctx, text, ret);
	press_filters_button(ret->message, press_filters_key(s));
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
char *showing_link(const struct showing *s)
{
	char *query = mem_strdup(s->ctx, "");

	for (size_t i = 0; i < s->filters->n; i++) {
		const struct filters_value *v = &s->filters->values[i];
		if (v->origin != FILTERS_DEFAULT)
			form_append(&query, v->filter->name, v->value);
	}
	const char *joint = strchr(s->url, '?') ? "&" : "?";
	return mem_printf(s->ctx, "%s%s%s", s->url, query[0] ? joint : "", query);
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

/* A preview below somebody's link shows little. */
static bool is_preview(const struct showing *s)
{
	return s->call->in->kind == SLACK_INBOUND_LINKS && !s->call->bot->config->expand_urls;
}

/* A query's own limit ("the top ten") is kept. */
static bool run_tile(const struct showing *s, const char **ret_id, struct looker_result **ret,
		     struct err *e)
{
	size_t rows_max = is_preview(s) ? SLACK_UNFURL_ROWS_MAX : SLACK_TABLE_ROWS_MAX;
	size_t limit = looker_query_limit(s->tile->query, rows_max + 1);

	if (!make_query(s, ret_id, e) || !looker_query_run(s->ctx, s->lk, s->call->deadline_ms,
							   *ret_id, limit, s->tile->vis, ret, e))
		return false;
	if (limit <= rows_max)
		(*ret)->more_rows = false; /* ten of a top ten are all */
	if (is_preview(s) && (*ret)->n_rows > rows_max)
		(*ret)->n_rows = rows_max;
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

/* What led to it: the words that somebody typed, or the link that somebody posted. */
static void add_asked(char **text, const struct showing *s, const struct render_about *about)
{
	if (is_preview(s)) { /* who posted it stands above */
		if (strlen(about->link) <= FOOTER_LINK_MAX_BYTES)
			mrkdwn_add_link(text, about->link, "All in Looker");
		else
			mrkdwn_add_raw(text, "From Looker");
		return;
	}
	mrkdwn_add_user(text, s->call->in->user_id);
	if (s->call->in->kind == SLACK_INBOUND_LINKS) {
		mrkdwn_add_raw(text, " posted a link");
		return;
	}
	mrkdwn_add_raw(text, s->call->in->kind == SLACK_INBOUND_PRESS ? " refreshed " : " asked ");
	mrkdwn_add_code(text, text_cut(s->ctx, s->call->text, ASKED_MAX_CHARS));
}

char *showing_footer(const struct showing *s, const struct render_about *about,
		     const struct render_outcome *rows)
{
	char *text = mem_strdup(s->ctx, "");
	long long now_s = s->call->now_ms / 1000;

	add_asked(&text, s, about);
	if (s->asked->named) {
		mrkdwn_addf_raw(&text, " · %s ", s->kind);
		mrkdwn_add_text(&text, s->asked->id);
	}
	add_filters(&text, s->filters);
	add_instance(&text, s);
	mrkdwn_add_raw(&text, " · as ");
	mrkdwn_add_text(&text, s->who.as);
	mrkdwn_addf_raw(&text, " · <!date^%lld^{date_short_pretty} {time}|%s>", now_s,
			clock_text(s->ctx, s->call->now_ms));
	add_rows(&text, rows);
	return text;
}

char *showing_rows(TALLOC_CTX *ctx, const struct render_outcome *rows)
{
	char *text = mem_strdup(ctx, "");

	add_rows(&text, rows);
	return mem_strdup(ctx, text[0] ? text + strlen(" · ") : "");
}

bool showing_tile(const struct showing *s, struct slack_message *m,
		  const struct render_about *about, struct render_outcome *rows, bool *ret_failed,
		  struct err *e)
{
	struct looker_vis vis = looker_vis_read(s->ctx, s->tile->vis);
	struct render_about drawn = *about;
	struct looker_result *result;
	const char *query_id;

	if (!run_tile(s, &query_id, &result, e))
		return false;
	drawn.no_native_charts = strcmp(s->call->bot->config->charts, "image") == 0;
	drawn.picture_follows = showing_may_draw(s);
	render_result(m, result, &vis, &drawn, rows);
	*ret_failed = result->error != NULL;
	if (s->ran)
		*s->ran = (struct showing_ran){
			.query_id = query_id,
			.words = vis.kind == LOOKER_VIS_OTHER ? render_type_words(s->ctx, vis.type)
							      : "a pivot table",
			.n_rows = result->n_rows,
			.n_columns = result->n_fields + result->n_fields_left_out,
			.picture = picture_wanted(s->call->bot->config->charts, result, &vis,
						  rows->native_chart),
		};
	return true;
}

bool showing_answer(const struct showing *s, struct command_answer *ret, struct err *e)
{
	struct slack_message *m = slack_message_new(s->ctx);
	struct render_outcome rows = { 0 };
	bool refused; /* by the database: the answer says so */
	struct showing_ran ran = { .query_id = NULL };
	struct showing shown = *s;
	struct render_about about = {
		.title = s->title,
		.link = showing_link(s),
		.base_url = looker_url(s->lk),
		.no_native_charts = strcmp(s->call->bot->config->charts, "image") == 0,
	};

	shown.ran = &ran;
	if (!s->tile) {
		render_line(m, &about, s->words);
	} else if (!showing_tile(&shown, m, &about, &rows, &refused, e)) {
		if (!identity_may_not(&s->who, e))
			return err_wrap(e, "“%s”", s->title);
		showing_say_refused(s, s->title, e, ret);
		return true;
	}
	const char *key = is_preview(s) ? NULL : offers_add(&shown, m, &rows);
	if (!is_preview(s))
		action_offer_showing(s, m, &rows, about.link, key);
	const char *footer = showing_footer(s, &about, &rows);
	slack_message_add_context(m, footer);
	*ret = (struct command_answer){
		.message = m,
		.picture = showing_picture(&shown, m, &about, footer),
		.shown = key,
	};
	return true;
}

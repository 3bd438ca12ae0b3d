/*
 * The messages of a dashboard of several tiles. Each tile with data goes the way of all answers
 * (showing.c); text, merged results and what only Looker can show are made here.
 */
#include "bot/tiles.h"

#include <string.h>

#include "base/mem.h"
#include "bot/action_offer.h"
#include "bot/dashboard_drawn.h"
#include "bot/press_filters.h"
#include "bot/showing.h"
#include "slack/mrkdwn.h"

#define FAILED_NAMED_MAX 5

/* --- the parent --- */

static void add_count(char **text, const struct tiles *t)
{
	mrkdwn_addf_raw(text, "%zu tile%s", t->n, t->n == 1 ? "" : "s");
}

static void add_failed(char **text, const struct tiles_done *done)
{
	for (size_t i = 0; i < done->n_failed && i < FAILED_NAMED_MAX; i++) {
		mrkdwn_add_raw(text, i > 0 ? ", " : "");
		mrkdwn_add_bold(text, done->failed[i]);
	}
	if (done->n_failed > FAILED_NAMED_MAX)
		mrkdwn_addf_raw(text, " and %zu more", done->n_failed - FAILED_NAMED_MAX);
	mrkdwn_add_raw(text, " could not be shown.");
}

static bool is_sentence(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && text[len - 1] == '.';
}

/* What stands there, when no more will come. */
static void add_result(char **text, const struct tiles *t, const struct tiles_done *done)
{
	const char *where = done->here ? "here" : "in the thread";
	size_t good = done->n - done->n_failed;

	if (good == t->n) {
		mrkdwn_add_raw(text, "All ");
		add_count(text, t);
		mrkdwn_addf_raw(text, " are %s.", where);
		return;
	}
	mrkdwn_addf_raw(text, ":warning: %zu of ", good);
	add_count(text, t);
	mrkdwn_addf_raw(text, " %s %s.", good == 1 ? "is" : "are", where);
	if (done->n_failed > 0) {
		mrkdwn_add_raw(text, " ");
		add_failed(text, done);
	}
	if (done->ending) {
		mrkdwn_add_raw(text, " No more will come: ");
		mrkdwn_add_text(text, done->ending);
		mrkdwn_add_raw(text, is_sentence(done->ending) ? "" : ".");
	}
}

char *tiles_status(TALLOC_CTX *ctx, const struct tiles *t, const struct tiles_done *done)
{
	char *text = mem_strdup(ctx, "");

	if (done->n >= t->n || done->ending) {
		add_result(&text, t, done);
	} else if (done->n == 0) {
		add_count(&text, t);
		mrkdwn_add_raw(&text, done->here ? " follow." : " follow in the thread.");
	} else {
		mrkdwn_addf_raw(&text, "%zu of ", done->n);
		add_count(&text, t);
	}
	if (t->n_more > 0) {
		mrkdwn_addf_raw(&text, " The dashboard has %zu more: ", t->n_more);
		mrkdwn_add_link(&text, t->link, "open it in Looker");
		mrkdwn_add_raw(&text, ".");
	}
	return text;
}

static char *heading(TALLOC_CTX *ctx, const char *link, const char *title)
{
	char *text = mem_strdup(ctx, "*");

	mrkdwn_add_link(&text, link, title);
	mrkdwn_add_raw(&text, "*");
	return text;
}

static struct slack_message *with_footer(TALLOC_CTX *ctx, const struct tiles *t, const char *body)
{
	struct slack_message *m = slack_message_new(ctx);
	char *text = mem_strdup(ctx, "");

	mrkdwn_add_text(&text, t->title);
	mrkdwn_add_raw(&text, ": ");
	mrkdwn_add_raw(&text, body);
	slack_message_set_text(m, text);
	slack_message_add_section(m,
				  mem_printf(ctx, "%s\n%s", heading(ctx, t->link, t->title), body));
	return m;
}

struct slack_message *tiles_parent(TALLOC_CTX *ctx, const struct tiles *t, const char *status)
{
	struct slack_message *m = with_footer(ctx, t, status);

	press_filters_button(m, t->filters_key);
	slack_message_add_context(m, t->footer);
	return m;
}

struct slack_message *tiles_digest(TALLOC_CTX *ctx, const struct tiles *t, const char *const *lines,
				   const char *why)
{
	char *body = mem_strdup(ctx, "");

	for (size_t i = 0; i < t->n; i++) {
		mrkdwn_add_raw(&body, i > 0 ? "\n• " : "• ");
		if (lines[i])
			mrkdwn_add_raw(&body, lines[i]);
		else
			mrkdwn_add_text(&body, tiles_title(ctx, t, i));
	}
	if (t->n_more > 0)
		mrkdwn_addf_raw(&body, "\nand %zu more", t->n_more);
	struct slack_message *m = with_footer(ctx, t, body);
	slack_message_add_context(m, why);
	press_filters_button(m, t->filters_key);
	slack_message_add_context(m, t->footer);
	return m;
}

void tiles_answer(const struct showing *s, const struct looker_dashboard *d,
		  struct command_answer *ret)
{
	struct render_about about = { .title = s->title, .link = showing_link(s) };
	struct render_outcome no_rows = { 0 };
	struct tiles t = {
		.looker = looker_name(s->lk),
		.title = s->title,
		.link = about.link,
		.footer = showing_footer(s, &about, &no_rows),
		.filters_key = press_filters_key(s),
		.filters = *s->filters,
		.list = d->tiles,
		.n = d->n_tiles < TILES_MAX ? d->n_tiles : TILES_MAX,
		.n_more = d->n_tiles - (d->n_tiles < TILES_MAX ? d->n_tiles : TILES_MAX),
	};
	struct tiles_done none = { .here = s->call->in->thread_ts != NULL };

	if (dashboard_drawn(s, d, &t, ret))
		return;
	*ret = (struct command_answer){
		.message = tiles_parent(s->ctx, &t, tiles_status(s->ctx, &t, &none)),
		.tiles = tiles_save(s->ctx, &t),
	};
}

/* --- a tile --- */

const char *tiles_title(TALLOC_CTX *ctx, const struct tiles *t, size_t i)
{
	const char *title = t->list[i].title;

	return title[0] ? title : mem_printf(ctx, "Tile %zu", i + 1);
}

bool tiles_runs(const struct tiles *t, size_t i)
{
	return t->list[i].kind == LOOKER_TILE_QUERY;
}

bool tiles_is_value(TALLOC_CTX *ctx, const struct tiles *t, size_t i)
{
	return tiles_runs(t, i) && looker_vis_read(ctx, t->list[i].vis).kind == LOOKER_VIS_SINGLE;
}

struct slack_message *tiles_sorry(TALLOC_CTX *ctx, const struct tiles *t, size_t i, const char *why)
{
	char *text = mem_strdup(ctx, ":warning: ");

	mrkdwn_add_bold(&text, tiles_title(ctx, t, i));
	mrkdwn_add_raw(&text, " could not be shown: ");
	mrkdwn_add_text(&text, why);
	return command_say(ctx, text);
}

static struct slack_message *written(TALLOC_CTX *ctx, const struct looker_tile *tile)
{
	struct slack_message *m = slack_message_new(ctx);
	char *text = mem_strdup(ctx, "");

	mrkdwn_add_bold(&text, tile->title);
	const char *parts[] = { tile->subtitle, tile->body };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		mrkdwn_add_raw(&text, text[0] && parts[i][0] ? "\n" : "");
		mrkdwn_add_raw(&text, tiles_text(ctx, parts[i]));
	}
	if (!text[0])
		mrkdwn_add_raw(&text, "(an empty text)");
	slack_message_set_text(m, text);
	slack_message_add_section(m, text);
	return m;
}

/* Looker draws a merged tile with no other filters than its own. */
static char *as_saved(const struct showing *s)
{
	bool said = s->merged->n_listens > 0;

	return mem_strdup(s->ctx, said ? "As it is saved, without the dashboard's filters" : "");
}

/* With data, or drawn by Looker: the same way as an answer of its own. */
static bool asked_of_looker(const struct showing *s, const struct render_about *about,
			    struct tiles_made *ret, struct err *e)
{
	struct slack_message *m = slack_message_new(s->ctx);
	struct render_outcome rows = { 0 };
	struct tiles_made made = { .message = m };

	if (!s->tile)
		render_line(m, about, s->words);
	else if (!showing_tile(s, m, about, &rows, &made.failed, e))
		return false;
	if (s->tile)
		showing_offer_csv(s, m, &rows);
	action_offer_showing(s, m, &rows, about->link, NULL);
	char *shown = s->tile ? showing_rows(s->ctx, &rows) : as_saved(s);
	if (shown[0])
		slack_message_add_context(m, shown);
	made.picture = showing_picture(s, m, about, shown);
	*ret = made;
	return true;
}

/* What has no form here, nor a picture: one line. */
static struct slack_message *line(TALLOC_CTX *ctx, const struct render_about *about,
				  const char *words)
{
	struct slack_message *m = slack_message_new(ctx);

	render_line(m, about, words);
	return m;
}

static const char *words_of(enum looker_tile_kind kind)
{
	return kind == LOOKER_TILE_MERGE ? "a merged result"
					 : "a tile that only Looker itself can show";
}

bool tiles_is_drawn(const struct bot *bot, const struct tiles *t, size_t i)
{
	const struct looker_tile *tile = &t->list[i];

	/* Buttons and the like have no visualization. */
	return (tile->kind == LOOKER_TILE_MERGE ||
		(tile->kind == LOOKER_TILE_OTHER && tile->vis)) &&
	       tile->id && strcmp(bot->config->charts, "native") != 0;
}

static bool by_showing(TALLOC_CTX *ctx, const struct command_call *call, const struct tiles *t,
		       size_t i, struct tiles_made *ret, struct err *e)
{
	const struct looker_tile *tile = &t->list[i];
	const char *title = tiles_title(ctx, t, i);
	struct show_asked asked = { .title = t->title };
	struct render_about about = { .title = title, .link = t->link };
	struct showing_ran ran = { .query_id = NULL };
	struct command_answer miss;
	struct showing s;

	if (!tiles_instance(call->bot, t, &asked.instance))
		return err_set(e, ERR_NOT_FOUND, "this Looker is no longer configured");
	if (!showing_begin(ctx, call, &asked, &s, &miss, e))
		return false;
	if (!s.lk) {
		*ret = (struct tiles_made){ .message = miss.message, .failed = true };
		return true;
	}
	about.base_url = looker_url(s.lk);
	s.title = title;
	s.filters = &t->filters;
	s.ran = &ran;
	s.words = words_of(tile->kind);
	if (tile->kind == LOOKER_TILE_QUERY)
		s.tile = tile;
	else
		s.merged = tile;
	return asked_of_looker(&s, &about, ret, e);
}

bool tiles_tile(TALLOC_CTX *ctx, const struct command_call *call, const struct tiles *t, size_t i,
		struct tiles_made *ret, struct err *e)
{
	const struct looker_tile *tile = &t->list[i];
	struct render_about about = { .title = tiles_title(ctx, t, i), .link = t->link };

	if (tiles_runs(t, i) || tiles_is_drawn(call->bot, t, i))
		return by_showing(ctx, call, t, i, ret, e);
	*ret = (struct tiles_made){
		.message = tile->kind == LOOKER_TILE_TEXT ? written(ctx, tile)
							  : line(ctx, &about, words_of(tile->kind)),
	};
	return true;
}

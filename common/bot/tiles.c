/*
 * The messages of a dashboard of several tiles, and what is kept to make them. Each tile with data
 * goes the way of all answers (showing.c); text, merged results and what only Looker can show are
 * made here.
 */
#include "bot/tiles.h"

#include <string.h>

#include "base/mem.h"
#include "bot/showing.h"
#include "slack/mrkdwn.h"

#define FAILED_NAMED_MAX 5

/* --- to and from JSON --- */

static const char *const kinds[] = {
	[LOOKER_TILE_QUERY] = "query",
	[LOOKER_TILE_TEXT] = "text",
	[LOOKER_TILE_MERGE] = "merge",
	[LOOKER_TILE_OTHER] = "other",
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct json_object *save_filters(const struct filters_assigned *filters)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < filters->n; i++) {
		struct json_object *o = json_object_new_object();
		json_set_str(o, "name", filters->values[i].filter->name);
		json_set_str(o, "title", filters->values[i].filter->title);
		json_set_str(o, "value", filters->values[i].value);
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *save_tile(const struct looker_tile *tile)
{
	struct json_object *o = json_object_new_object();
	struct json_object *listens = json_object_new_array();

	json_set_str(o, "title", tile->title);
	json_set_str(o, "kind", kinds[tile->kind]);
	if (tile->query)
		json_set(o, "query", json_object_get(tile->query));
	if (tile->vis)
		json_set(o, "vis", json_object_get(tile->vis));
	if (tile->kind == LOOKER_TILE_TEXT) {
		json_set_str(o, "subtitle", tile->subtitle);
		json_set_str(o, "body", tile->body);
	}
	for (size_t i = 0; i < tile->n_listens; i++) {
		struct json_object *one = json_object_new_object();
		json_set_str(one, "filter", tile->listens[i].filter_name);
		json_set_str(one, "field", tile->listens[i].field);
		json_object_array_add(listens, one);
	}
	json_set(o, "listens", listens);
	return o;
}

struct json_object *tiles_save(TALLOC_CTX *ctx, const struct tiles *t)
{
	struct json_object *o = json_new_object(ctx), *list = json_object_new_array();

	for (size_t i = 0; i < t->n; i++)
		json_object_array_add(list, save_tile(&t->list[i]));
	json_set_str(o, "looker", t->looker);
	json_set_str(o, "title", t->title);
	json_set_str(o, "link", t->link);
	json_set_str(o, "footer", t->footer);
	json_set_int(o, "more", (int64_t)t->n_more);
	json_set(o, "filters", save_filters(&t->filters));
	json_set(o, "list", list);
	return o;
}

static void load_filters(TALLOC_CTX *ctx, const struct json_object *array,
			 struct filters_assigned *ret)
{
	size_t n = json_len(array);
	struct looker_filter *filters = mem_array(ctx, struct looker_filter, n);

	*ret = (struct filters_assigned){
		.values = mem_array(ctx, struct filters_value, n),
		.n = n,
	};
	for (size_t i = 0; i < n; i++) {
		const struct json_object *o = json_item(array, i);
		filters[i].name = json_str_or(o, "name", "");
		filters[i].title = json_str_or(o, "title", "");
		ret->values[i].filter = &filters[i];
		ret->values[i].value = json_str_or(o, "value", "");
	}
}

static struct looker_tile load_tile(TALLOC_CTX *ctx, const struct json_object *o)
{
	const struct json_object *listens = json_array_at(o, "listens");
	const char *kind = json_str_or(o, "kind", "");
	struct looker_tile tile = {
		.title = json_str_or(o, "title", ""),
		.kind = LOOKER_TILE_OTHER,
		.subtitle = json_str_or(o, "subtitle", ""),
		.body = json_str_or(o, "body", ""),
		.query = json_object_at(o, "query"),
		.vis = json_object_at(o, "vis"),
		.n_listens = json_len(listens),
	};

	tile.listens = mem_array(ctx, struct looker_listen, tile.n_listens);
	for (size_t i = 0; i < tile.n_listens; i++) {
		const struct json_object *one = json_item(listens, i);
		tile.listens[i].filter_name = json_str_or(one, "filter", "");
		tile.listens[i].field = json_str_or(one, "field", "");
	}
	for (size_t i = 0; i < N_KINDS; i++)
		if (strcmp(kinds[i], kind) == 0)
			tile.kind = (enum looker_tile_kind)i;
	if (!tile.query && tile.kind == LOOKER_TILE_QUERY)
		tile.kind = LOOKER_TILE_OTHER;
	return tile;
}

bool tiles_load(TALLOC_CTX *ctx, const struct json_object *o, struct tiles *ret, struct err *e)
{
	const struct json_object *list = json_array_at(o, "list");

	*ret = (struct tiles){
		.looker = json_str(o, "looker"),
		.title = json_str(o, "title"),
		.link = json_str(o, "link"),
		.footer = json_str(o, "footer"),
		.n = json_len(list),
		.n_more = (size_t)json_int_or(o, "more", 0),
	};
	if (!ret->looker || !ret->title || !ret->link || !ret->footer || ret->n > TILES_MAX)
		return err_set(e, ERR_BAD_INPUT, "the tiles are not as they were stored");
	load_filters(ctx, json_array_at(o, "filters"), &ret->filters);
	ret->list = mem_array(ctx, struct looker_tile, ret->n);
	for (size_t i = 0; i < ret->n; i++)
		ret->list[i] = load_tile(ctx, json_item(list, i));
	return true;
}

bool tiles_instance(const struct bot *bot, const struct tiles *t, size_t *ret)
{
	for (size_t i = 0; i < bot->n_lookers; i++) {
		*ret = i;
		if (strcmp(looker_name(bot->lookers[i]), t->looker) == 0)
			return true;
	}
	return false;
}

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
	slack_message_add_context(m, t->footer);
	return m;
}

void tiles_answer(const struct showing *s, const struct looker_dashboard *d,
		  struct command_answer *ret)
{
	const char *form = s->call->bot->config->dashboards;
	struct render_about about = { .title = s->title, .link = showing_link(s) };
	struct render_outcome no_rows = { 0 };
	struct tiles t = {
		.looker = looker_name(s->lk),
		.title = s->title,
		.link = about.link,
		.footer = showing_footer(s, &about, &no_rows),
		.filters = *s->filters,
		.list = d->tiles,
		.n = d->n_tiles < TILES_MAX ? d->n_tiles : TILES_MAX,
		.n_more = d->n_tiles - (d->n_tiles < TILES_MAX ? d->n_tiles : TILES_MAX),
	};
	struct tiles_done none = { .here = s->call->in->thread_ts != NULL };

	if (strcmp(form, "tiles") != 0) {
		const char *words = mem_printf(
			s->ctx,
			"A dashboard of %zu tiles. The bot is set to show dashboards as %s, which "
			"it cannot do yet: please open it in Looker.",
			d->n_tiles, strcmp(form, "pdf") == 0 ? "a PDF" : "one picture");
		*ret = (struct command_answer){ .message = tiles_parent(s->ctx, &t, words) };
		return;
	}
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

/* With data: the same way as an answer of its own. */
static bool data(const struct showing *s, const struct render_about *about,
		 struct slack_message **ret, bool *ret_failed, struct err *e)
{
	struct render_outcome rows = { 0 };

	*ret = slack_message_new(s->ctx);
	if (!showing_tile(s, *ret, about, &rows, ret_failed, e))
		return false;
	char *shown = showing_rows(s->ctx, &rows);
	if (shown[0])
		slack_message_add_context(*ret, shown);
	return true;
}

/* What has no form here: one line. */
static struct slack_message *line(TALLOC_CTX *ctx, const struct render_about *about,
				  enum looker_tile_kind kind)
{
	struct slack_message *m = slack_message_new(ctx);

	render_line(m, about,
		    kind == LOOKER_TILE_MERGE ? "a merged result"
					      : "a tile that only Looker itself can show");
	return m;
}

bool tiles_tile(TALLOC_CTX *ctx, const struct command_call *call, const struct tiles *t, size_t i,
		struct slack_message **ret, bool *ret_failed, struct err *e)
{
	const struct looker_tile *tile = &t->list[i];
	struct show_asked asked = { .title = t->title };
	struct render_about about = { .title = tiles_title(ctx, t, i), .link = t->link };
	struct command_answer miss;
	struct showing s;

	*ret_failed = false;
	if (tile->kind == LOOKER_TILE_QUERY) {
		if (!tiles_instance(call->bot, t, &asked.instance))
			return err_set(e, ERR_NOT_FOUND, "this Looker is no longer configured");
		if (!showing_begin(ctx, call, &asked, &s, &miss, e))
			return false;
		if (!s.lk) {
			*ret = miss.message;
			*ret_failed = true;
			return true;
		}
		about.base_url = looker_url(s.lk);
		s.tile = tile;
		s.filters = &t->filters;
		return data(&s, &about, ret, ret_failed, e);
	}
	*ret = tile->kind == LOOKER_TILE_TEXT ? written(ctx, tile) : line(ctx, &about, tile->kind);
	return true;
}

/*
 * The kinds of content: where a dashboard, a Look or a query keeps its title, its filters and what
 * is run. The rest is the same for all (showing.c).
 */
#include "bot/show.h"

#include "base/mem.h"
#include "bot/explore.h"
#include "bot/offers.h"
#include "bot/showing.h"
#include "bot/tiles.h"

/* Looker's error about content. A command's title is known; when it is the asker's own rights that
 * do not reach it, that is an answer. */
static bool failed(const struct showing *s, struct command_answer *ret, struct err *e)
{
	const char *title = s->asked->title;

	if (!title)
		return false;
	if (!identity_may_not(&s->who, e))
		return err_wrap(e, "“%s”", title);
	showing_say_refused(s, title, e, ret);
	return true;
}

/* --- dashboards --- */

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

/* A command's dashboard that has another title by now: the list is out of date. */
static bool is_renamed(const struct showing *s)
{
	const struct catalogue_command *entry = s->call->match.entry;

	return entry && strcmp(catalogue_key(s->ctx, s->title), entry->tagged_key) != 0;
}

bool show_dashboard(TALLOC_CTX *ctx, const struct command_call *call,
		    const struct show_asked *asked, struct command_answer *ret, struct err *e)
{
	struct looker_dashboard *d;
	struct showing s;
	size_t n_tiles;

	if (!showing_begin(ctx, call, asked, &s, ret, e))
		return false;
	if (!s.lk)
		return true;
	if (!looker_dashboard_get(ctx, s.lk, call->deadline_ms, asked->id, &d, e)) {
		if (e->kind == ERR_NOT_FOUND) /* deleted or moved: the list is out of date */
			catalogue_read_later(call->bot, CATALOGUE_MISS_AGE_MS);
		return failed(&s, ret, e);
	}
	s.title = d->title;
	s.url = looker_content_url(ctx, s.lk, LOOKER_DASHBOARD, d->id);
	s.kind = "dashboard";
	s.layout_rows = d->n_rows;
	if (is_renamed(&s))
		catalogue_read_later(call->bot, CATALOGUE_MISS_AGE_MS);
	if (!showing_assign(&s, d->filters, d->n_filters, ret))
		return true;
	const struct looker_tile *tile = only_data_tile(d, &n_tiles);
	if (tile && tile->kind == LOOKER_TILE_QUERY)
		s.tile = tile;
	if (tile &&
	    (tile->kind == LOOKER_TILE_MERGE || (tile->kind == LOOKER_TILE_OTHER && tile->vis)))
		s.merged = tile;
	s.words = describe(ctx, tile, n_tiles);
	if (n_tiles > 1 &&
	    (call->in->kind != SLACK_INBOUND_LINKS || call->bot->config->expand_urls)) {
		tiles_answer(&s, d, ret);
		ret->shown = offers_key(&s);
		return true;
	}
	return showing_answer(&s, ret, e); /* a preview is of no more than one tile */
}

/* --- Looks and queries: a tile of their own --- */

/* The field that a name in an address filters: "f[users.region]" -> "users.region"; or NULL. */
static const char *filtered_field(TALLOC_CTX *ctx, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(name, "f[", 2) != 0 || len < 4 || name[len - 1] != ']')
		return NULL;
	return mem_strndup(ctx, name + 2, len - 3);
}

static struct looker_filter of_field(const char *name, const char *field, const char *value)
{
	return (struct looker_filter){
		.name = name,
		.title = field,
		.kind = LOOKER_FILTER_STRING,
		.default_value = value,
	};
}

struct looker_filter *showing_own_filters(const struct showing *s, size_t *ret_n)
{
	struct json_object *own = s->tile && strcmp(s->kind, "dashboard") != 0
					  ? json_object_at(s->tile->query, "filters")
					  : NULL;
	size_t n = own ? (size_t)json_object_object_length(own) : 0;
	struct looker_filter *filters = mem_array(s->ctx, struct looker_filter, n);

	*ret_n = 0;
	if (!own)
		return filters;
	json_object_object_foreach(own, field, value)
	{
		filters[(*ret_n)++] = of_field(mem_printf(s->ctx, "f[%s]", field), field,
					       json_object_is_type(value, json_type_string)
						       ? json_object_get_string(value)
						       : "");
	}
	return filters;
}

static void listen_to(struct looker_tile *tile, struct looker_filter *filters,
		      struct looker_filter filter)
{
	for (size_t i = 0; i < tile->n_listens; i++)
		if (strcmp(filters[i].name, filter.name) == 0)
			return;
	filters[tile->n_listens] = filter;
	tile->listens[tile->n_listens++] = (struct looker_listen){ filter.name, filter.title };
}

/* The filters that the address sets, or the query has when somebody changes one of them; and the
 * tile that listens to them. */
static struct looker_filter *filters_of_query(const struct showing *s, const struct form *link,
					      struct looker_tile *tile)
{
	size_t n = link ? link->n : 0, n_own = 0;
	bool changed = s->asked->again && s->asked->text[0];
	struct looker_filter *own = changed ? showing_own_filters(s, &n_own) : NULL;
	struct looker_filter *filters = mem_array(s->ctx, struct looker_filter, n + n_own);

	tile->listens = mem_array(s->ctx, struct looker_listen, n + n_own);
	for (size_t i = 0; i < n; i++) {
		const char *name = link->fields[i].name;
		const char *field = filtered_field(s->ctx, name);
		if (field)
			listen_to(tile, filters, of_field(name, field, ""));
	}
	for (size_t i = 0; i < n_own; i++)
		listen_to(tile, filters, own[i]);
	return filters;
}

/* The same for both; `s` has title, url, kind and query_id. */
static bool answer_query(struct showing *s, struct json_object *query, const struct form *link,
			 struct command_answer *ret, struct err *e)
{
	struct looker_tile tile = {
		.kind = LOOKER_TILE_QUERY,
		.query = query,
		.vis = json_object_at(query, "vis_config"),
	};

	s->tile = &tile;
	const struct looker_filter *filters = filters_of_query(s, link, &tile);
	return !showing_assign(s, filters, tile.n_listens, ret) || showing_answer(s, ret, e);
}

bool show_look(TALLOC_CTX *ctx, const struct command_call *call, const struct show_asked *asked,
	       struct command_answer *ret, struct err *e)
{
	struct looker_look look;
	struct showing s;

	if (!showing_begin(ctx, call, asked, &s, ret, e))
		return false;
	if (!s.lk)
		return true;
	if (!looker_look_get(ctx, s.lk, call->deadline_ms, asked->id, &look, e))
		return failed(&s, ret, e);
	s.title = look.title;
	s.url = looker_content_url(ctx, s.lk, LOOKER_LOOK, look.id);
	s.kind = "Look";
	s.query_id = look.query_id;
	return answer_query(&s, look.query, asked->link, ret, e);
}

bool show_query(TALLOC_CTX *ctx, const struct command_call *call, const struct show_asked *asked,
		struct command_answer *ret, struct err *e)
{
	struct json_object *query;
	struct showing s;

	if (!showing_begin(ctx, call, asked, &s, ret, e))
		return false;
	if (!s.lk)
		return true;
	if (!looker_query_by_slug(ctx, s.lk, call->deadline_ms, asked->id, &query, e))
		return failed(&s, ret, e);
	s.title = mem_printf(ctx, "Explore %s", json_str_or(query, "view", asked->id));
	s.url = mem_printf(ctx, "%s/x/%s", looker_url(s.lk), form_escape(ctx, asked->id));
	s.kind = "query";
	s.query_id = json_id(ctx, query, "id");
	/* The slug holds its filters. */
	return answer_query(&s, query, asked->again ? asked->link : NULL, ret, e);
}

bool show_explore(TALLOC_CTX *ctx, const struct command_call *call, const struct show_asked *asked,
		  struct command_answer *ret, struct err *e)
{
	struct showing s;
	struct json_object *query;

	if (!showing_begin(ctx, call, asked, &s, ret, e))
		return false;
	if (!s.lk)
		return true;
	if (!explore_query(ctx, asked->id, asked->view, asked->link, &query, e))
		return false;
	s.title = mem_printf(ctx, "Explore %s", asked->view);
	s.url = explore_url(ctx, looker_url(s.lk), asked->id, asked->view, asked->link);
	s.kind = "Explore";
	return answer_query(&s, query, asked->link, ret, e);
}

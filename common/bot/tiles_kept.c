/*
 * What is kept of a dashboard to make its tiles' messages: to and from JSON. It is in the body of
 * the job that posts them, so that all tiles are of one version of the dashboard.
 */
#include "bot/tiles.h"

#include <string.h>

#include "base/mem.h"

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

	json_set_str(o, "id", tile->id);
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
	json_set_str(o, "filters_key", t->filters_key);
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
		.id = json_str(o, "id"),
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
		.filters_key = json_str(o, "filters_key"),
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

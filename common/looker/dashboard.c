/*
 * One dashboard: GET /dashboards/{id} into filters and tiles in the order a person reads them.
 * Runs nothing and applies no filter.
 */
#include "looker/api.h"

#include "base/form.h"
#include "base/mem.h"
#include "looker/client.h"

#define DASHBOARD_MAX_BYTES (8 * 1024 * 1024)
#define ROWS_MAX 10000 /* of the grid: beyond, nobody looks at it */

/* Nested one level deep: what the API is known to honour. */
#define DASHBOARD_FIELDS                                                                           \
	LOOKER_DASHBOARD_HEAD_FIELDS                                                               \
	",dashboard_elements(id,type,title,title_text,subtitle_text,body_text,look,query,"         \
	"result_maker,merge_result_id,filter_id,extension_id)"                                     \
	",dashboard_layouts(active,deleted,dashboard_layout_components)"

void looker_dashboard_read_head(TALLOC_CTX *ctx, const struct json_object *o,
				struct looker_dashboard *ret)
{
	ret->id = json_id(ctx, o, "id");
	ret->title = mem_strdup(ctx, json_str_or(o, "title", ""));
	ret->description = mem_strdup(ctx, json_str_or(o, "description", ""));
	ret->updated_at = mem_strdup(ctx, json_str_or(o, "updated_at", ""));
	looker_filters_read(ctx, o, ret);
}

static bool filled(const struct json_object *o, const char *key)
{
	const struct json_object *v = json_get(o, key);

	if (v == NULL)
		return false;
	if (json_object_is_type(v, json_type_string))
		return json_object_get_string_len(v) > 0;
	return true;
}

/* What tells a tile's kind; the first that holds counts. */
static const struct {
	const char *parent; /* NULL: the element itself */
	const char *key;
	enum looker_tile_kind kind;
} signs[] = {
	{ NULL, "filter_id", LOOKER_TILE_OTHER },
	{ NULL, "extension_id", LOOKER_TILE_OTHER },
	{ NULL, "merge_result_id", LOOKER_TILE_MERGE },
	{ "result_maker", "merge_result_id", LOOKER_TILE_MERGE },
	{ "result_maker", "sql_query_id", LOOKER_TILE_OTHER },
	{ NULL, "query", LOOKER_TILE_QUERY },
	{ "result_maker", "query", LOOKER_TILE_QUERY },
	{ "look", "query", LOOKER_TILE_QUERY },
	{ NULL, "title_text", LOOKER_TILE_TEXT },
	{ NULL, "body_text", LOOKER_TILE_TEXT },
	{ NULL, "subtitle_text", LOOKER_TILE_TEXT },
};

static const struct {
	const char *type;
	enum looker_tile_kind kind;
} types[] = {
	{ "text", LOOKER_TILE_TEXT },
	{ "button", LOOKER_TILE_OTHER },
	{ "group", LOOKER_TILE_OTHER },
};

static enum looker_tile_kind tile_kind(const struct json_object *o)
{
	const char *type = json_str_or(o, "type", "");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i].type) == 0)
			return types[i].kind;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		const struct json_object *from =
			signs[i].parent != NULL ? json_object_at(o, signs[i].parent) : o;

		if (filled(from, signs[i].key))
			return signs[i].kind;
	}
	return LOOKER_TILE_OTHER;
}

static void read_listens(TALLOC_CTX *ctx, const struct json_object *result_maker,
			 struct looker_tile *t)
{
	const struct json_object *filterables = json_array_at(result_maker, "filterables");

	for (size_t i = 0; i < json_len(filterables); i++) {
		const struct json_object *listen =
			json_array_at(json_item(filterables, i), "listen");

		for (size_t k = 0; k < json_len(listen); k++) {
			const struct json_object *o = json_item(listen, k);
			const char *name = json_str(o, "dashboard_filter_name");
			const char *field = json_str(o, "field");

			if (name == NULL || field == NULL)
				continue;
			t->listens =
				mem_grow(ctx, t->listens, struct looker_listen, t->n_listens + 1);
			t->listens[t->n_listens].filter_name = mem_strdup(ctx, name);
			t->listens[t->n_listens].field = mem_strdup(ctx, field);
			t->n_listens++;
		}
	}
}

static const char *tile_title(TALLOC_CTX *ctx, const struct json_object *o,
			      const struct json_object *vis)
{
	const char *candidates[] = {
		json_str(o, "title"),
		json_str(o, "title_text"),
		json_str(json_object_at(o, "look"), "title"),
		json_str(vis, "single_value_title"),
	};

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
		if (candidates[i] != NULL && candidates[i][0] != '\0')
			return mem_strdup(ctx, candidates[i]);
	return "";
}

static void read_tile(TALLOC_CTX *ctx, const struct json_object *o, struct looker_tile *t)
{
	const struct json_object *maker = json_object_at(o, "result_maker");

	t->id = json_id(ctx, o, "id");
	t->kind = tile_kind(o);
	if (t->kind == LOOKER_TILE_QUERY) {
		t->query = json_object_at(o, "query");
		if (t->query == NULL)
			t->query = json_object_at(maker, "query");
		if (t->query == NULL)
			t->query = json_object_at(json_object_at(o, "look"), "query");
		if (t->query == NULL)
			t->kind = LOOKER_TILE_OTHER;
	}
	/* The result maker's wins: a tile may override how its Look is drawn. */
	t->vis = json_object_at(maker, "vis_config");
	if (t->vis == NULL)
		t->vis = json_object_at(t->query, "vis_config");
	t->title = tile_title(ctx, o, t->vis);
	t->subtitle = mem_strdup(ctx, json_str_or(o, "subtitle_text", ""));
	t->body = mem_strdup(ctx, json_str_or(o, "body_text", ""));
	read_listens(ctx, maker, t);
}

/* Where a tile stands; tiles without a place come last, in Looker's order. */
struct place {
	int64_t layout, row, column;
	size_t index; /* of the element */
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->layout != y->layout)
		return x->layout < y->layout ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Down to its last tile. */
static size_t rows_of(const struct json_object *components)
{
	int64_t rows = 0;

	for (size_t i = 0; i < json_len(components); i++) {
		const struct json_object *c = json_item(components, i);
		int64_t row = json_int_or(c, "row", -1), height = json_int_or(c, "height", 0);

		if (json_bool_or(c, "deleted", false) || row < 0 || row > ROWS_MAX || height < 0 ||
		    height > ROWS_MAX)
			continue;
		if (row + height > rows)
			rows = row + height;
	}
	return (size_t)rows;
}

/* Of its first layout that is in use: tabs are pictures of their own. */
static size_t grid_rows(const struct json_object *dashboard)
{
	const struct json_object *layouts = json_array_at(dashboard, "dashboard_layouts");

	for (size_t i = 0; i < json_len(layouts); i++) {
		const struct json_object *layout = json_item(layouts, i);

		if (!json_bool_or(layout, "deleted", false) && json_bool_or(layout, "active", true))
			return rows_of(json_array_at(layout, "dashboard_layout_components"));
	}
	return 0;
}

static void place_components(TALLOC_CTX *ctx, const struct json_object *components, int64_t layout,
			     const char *const *ids, struct place *places, size_t n)
{
	for (size_t i = 0; i < json_len(components); i++) {
		const struct json_object *c = json_item(components, i);
		const char *id = json_id(ctx, c, "dashboard_element_id");
		struct place p = {
			.layout = layout,
			.row = json_int_or(c, "row", json_int_or(c, "granular_row", INT64_MAX)),
			.column = json_int_or(c, "column", json_int_or(c, "granular_column", 0)),
		};

		if (id == NULL || json_bool_or(c, "deleted", false))
			continue;
		for (size_t k = 0; k < n; k++) {
			p.index = k;
			if (ids[k] != NULL && strcmp(ids[k], id) == 0 &&
			    compare_places(&p, &places[k]) < 0)
				places[k] = p;
		}
	}
}

/* Tabs are layouts one after the other; a layout that is not active counts last. */
static struct place *place_elements(TALLOC_CTX *ctx, const struct json_object *dashboard,
				    const struct json_object *elements)
{
	const struct json_object *layouts = json_array_at(dashboard, "dashboard_layouts");
	size_t n = json_len(elements), n_layouts = json_len(layouts);
	struct place *places = mem_array(ctx, struct place, n);
	const char **ids = mem_array(ctx, const char *, n);

	for (size_t k = 0; k < n; k++) {
		ids[k] = json_id(ctx, json_item(elements, k), "id");
		places[k] = (struct place){ INT64_MAX, INT64_MAX, INT64_MAX, k };
	}
	for (size_t i = 0; i < n_layouts; i++) {
		const struct json_object *layout = json_item(layouts, i);
		bool active = json_bool_or(layout, "active", true);

		if (json_bool_or(layout, "deleted", false))
			continue;
		place_components(ctx, json_array_at(layout, "dashboard_layout_components"),
				 (int64_t)(active ? i : n_layouts + i), ids, places, n);
	}
	if (n > 1)
		qsort(places, n, sizeof(places[0]), compare_places);
	return places;
}

bool looker_dashboard_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
			  struct looker_dashboard **ret, struct err *e)
{
	char *path = mem_printf(ctx, "/dashboards/%s?fields=%s", form_escape(ctx, id),
				form_escape(ctx, DASHBOARD_FIELDS));
	const struct json_object *elements;
	struct looker_dashboard *d;
	struct json_object *o;
	struct place *places;

	if (!looker_get(ctx, lk, deadline_ms, path, DASHBOARD_MAX_BYTES, &o, e))
		return err_wrap(e, "dashboard %s", id);
	if (json_id(ctx, o, "id") == NULL)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s sent no dashboard for %s",
			       looker_name(lk), id);
	if (json_bool_or(o, "deleted", false))
		return err_set(e, ERR_NOT_FOUND, "dashboard %s at %s is in Looker's trash", id,
			       looker_name(lk));
	d = mem_zero(ctx, struct looker_dashboard);
	looker_dashboard_read_head(ctx, o, d);
	elements = json_array_at(o, "dashboard_elements");
	places = place_elements(ctx, o, elements);
	d->n_rows = grid_rows(o);
	d->n_tiles = json_len(elements);
	d->tiles = mem_array(ctx, struct looker_tile, d->n_tiles);
	for (size_t i = 0; i < d->n_tiles; i++)
		read_tile(ctx, json_item(elements, places[i].index), &d->tiles[i]);
	*ret = d;
	return true;
}

/*
 * Queries: a copy with other filters is created, and a query is run. Queries are immutable and
 * Looker returns the existing one for the same content, so creating is safe to repeat.
 */
#include "looker/api.h"

#include "base/form.h"
#include "base/mem.h"
#include "base/text.h"

#define QUERY_MAX_BYTES (1024 * 1024)

/* What makes a query; the rest of a Query object is read-only or must be unique. */
static const char *const copied[] = {
	"model",	  "view",
	"fields",	  "pivots",
	"fill_fields",	  "filter_expression",
	"sorts",	  "limit",
	"total",	  "column_limit",
	"row_total",	  "subtotals",
	"vis_config",	  "dynamic_fields",
	"query_timezone", "visible_ui_sections",
};

/* A copy of the query's filters with the new values; an empty value is "any value". */
static struct json_object *copy_filters(const struct json_object *query,
					const struct looker_filter_value *filters, size_t n)
{
	struct json_object *ret = json_object_new_object();
	struct json_object *old = json_object_at(query, "filters");

	if (old != NULL) {
		struct json_object_iterator end = json_object_iter_end(old);

		for (struct json_object_iterator it = json_object_iter_begin(old);
		     !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
			json_set(ret, json_object_iter_peek_name(&it),
				 json_object_get(json_object_iter_peek_value(&it)));
	}
	for (size_t i = 0; i < n; i++) {
		if (filters[i].value == NULL || filters[i].value[0] == '\0')
			json_object_object_del(ret, filters[i].field);
		else
			json_set_str(ret, filters[i].field, filters[i].value);
	}
	return ret;
}

static struct json_object *copy_query(TALLOC_CTX *ctx, const struct json_object *query,
				      const struct looker_filter_value *filters, size_t n)
{
	struct json_object *ret = json_new_object(ctx);

	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		struct json_object *value = json_get(query, copied[i]);

		if (value != NULL)
			json_set(ret, copied[i], json_object_get(value));
	}
	json_set(ret, "filters", copy_filters(query, filters, n));
	/* Filter_config would win over `filters` in the Explore that the link opens. */
	json_set(ret, "filter_config", NULL);
	json_set(ret, "client_id", NULL);
	return ret;
}

bool looker_query_create(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			 const struct json_object *query, const struct looker_filter_value *filters,
			 size_t n_filters, const char **ret_id, struct err *e)
{
	struct json_object *body = copy_query(ctx, query, filters, n_filters);
	struct json_object *o;
	const char *id;

	if (!looker_post(ctx, lk, deadline_ms, "/queries?fields=id", body, QUERY_MAX_BYTES, &o, e))
		return err_wrap(e, "query");
	id = json_id(ctx, o, "id");
	if (id == NULL)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s created a query without an id",
			       looker_name(lk));
	*ret_id = id;
	return true;
}

bool looker_query_by_slug(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *slug,
			  struct json_object **ret, struct err *e)
{
	char *path = mem_printf(ctx, "/queries/slug/%s", form_escape(ctx, slug));
	struct json_object *o;

	if (!looker_get(ctx, lk, deadline_ms, path, QUERY_MAX_BYTES, &o, e))
		return err_wrap(e, "query %s", slug);
	if (json_id(ctx, o, "id") == NULL)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s sent no query for %s",
			       looker_name(lk), slug);
	*ret = o;
	return true;
}

size_t looker_query_limit(const struct json_object *query, size_t max)
{
	const char *text = json_str(query, "limit"); /* "500"; "-1" is none */
	int64_t own = json_int_or(query, "limit", 0);

	if (text != NULL && !text_to_int(text, 1, INT64_MAX, &own))
		return max;
	return own > 0 && (uint64_t)own < max ? (size_t)own : max;
}

bool looker_query_run(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
		      size_t limit, const struct json_object *vis, struct looker_result **ret,
		      struct err *e)
{
	/* Some ten times the bytes of the answer: gone before the caller waits for anything else.
	 */
	TALLOC_CTX *tmp = mem_ctx(NULL);
	char *path =
		mem_printf(tmp, "/queries/%s/run/json_detail?limit=%zu&generate_drill_links=true",
			   form_escape(tmp, id), limit);
	struct json_object *detail;
	bool ok = looker_get(tmp, lk, deadline_ms, path, LOOKER_RESULT_MAX_BYTES, &detail, e) ||
		  err_wrap(e, "query %s", id);

	ok = ok && looker_result_read(ctx, detail, vis, limit, ret, e);
	talloc_free(tmp);
	return ok;
}

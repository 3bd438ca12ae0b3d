/*
 * The titles of all Looks and dashboards, for `find`: two lists, only the fields that are shown.
 * Ranking is the caller's.
 */
#include "looker/api.h"

#include "base/form.h"
#include "base/mem.h"

static const struct {
	const char *path;
	bool is_dashboard;
} lists[] = {
	{ "/looks?fields=", false },
	{ "/dashboards?fields=", true }, /* LookML dashboards too, unlike /dashboards/search */
};

#define TITLE_FIELDS "id,title,deleted,folder(name)"

static bool add_list(TALLOC_CTX *ctx, const struct json_object *list, bool is_dashboard,
		     struct looker_title **all, size_t *n)
{
	if (!json_object_is_type(list, json_type_array))
		return false;
	*all = mem_grow(ctx, *all, struct looker_title, *n + json_len(list));
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json_object *o = json_item(list, i);
		struct looker_title t = { .is_dashboard = is_dashboard };

		t.id = json_id(ctx, o, "id");
		if (t.id == NULL || json_str(o, "title") == NULL ||
		    json_bool_or(o, "deleted", false))
			continue;
		t.title = mem_strdup(ctx, json_str(o, "title"));
		t.folder = mem_strdup(ctx, json_str_or(json_object_at(o, "folder"), "name", ""));
		(*all)[(*n)++] = t;
	}
	return true;
}

bool looker_titles(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		   struct looker_title **ret, size_t *ret_n, struct err *e)
{
	struct looker_title *all = mem_array(ctx, struct looker_title, 0);
	size_t n = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		char *path = mem_printf(ctx, "%s%s", lists[i].path, form_escape(ctx, TITLE_FIELDS));
		/* The lists may be large: their JSON goes as soon as it is read. */
		TALLOC_CTX *tmp = mem_ctx(ctx);
		struct json_object *list;
		bool ok;

		if (!looker_get(tmp, lk, deadline_ms, path, LOOKER_LIST_MAX_BYTES, &list, e))
			return false;
		ok = add_list(ctx, list, lists[i].is_dashboard, &all, &n);
		talloc_free(tmp);
		if (!ok)
			return err_set(e, ERR_BAD_REPLY,
				       "Looker at %s sent something else than a list of titles",
				       looker_name(lk));
	}
	*ret = all;
	*ret_n = n;
	return true;
}

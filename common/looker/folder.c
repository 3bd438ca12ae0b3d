/*
 * Folders: their name, their children page by page, their dashboards without tiles.
 */
#include "looker/api.h"

#include "base/form.h"
#include "base/mem.h"
#include "looker/client.h"

#define FOLDER_MAX_BYTES (256 * 1024)
#define FOLDER_PAGE 100
#define FOLDER_PAGES_MAX 50 /* a server that ignores `offset` must not keep us for ever */

static void read_folder(TALLOC_CTX *ctx, const struct json_object *o, struct looker_folder *ret)
{
	ret->id = json_id(ctx, o, "id");
	ret->name = mem_strdup(ctx, json_str_or(o, "name", ""));
}

bool looker_folder_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
		       struct looker_folder *ret, struct err *e)
{
	char *path = mem_printf(ctx, "/folders/%s?fields=id,name", form_escape(ctx, id));
	struct json_object *o;
	struct looker_folder f;

	if (!looker_get(ctx, lk, deadline_ms, path, FOLDER_MAX_BYTES, &o, e))
		return err_wrap(e, "folder %s", id);
	read_folder(ctx, o, &f);
	if (f.id == NULL)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s sent no folder for %s",
			       looker_name(lk), id);
	*ret = f;
	return true;
}

static bool get_array(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		      struct json_object **ret, struct err *e)
{
	struct json_object *list;

	if (!looker_get(ctx, lk, deadline_ms, path, LOOKER_LIST_MAX_BYTES, &list, e))
		return false;
	if (!json_object_is_type(list, json_type_array))
		return err_set(e, ERR_BAD_REPLY, "Looker at %s sent something else than a list",
			       looker_name(lk));
	*ret = list;
	return true;
}

/* Appends one page; false when it brought nothing new. */
static bool add_page(TALLOC_CTX *ctx, const struct json_object *list, struct looker_folder **all,
		     size_t *n)
{
	size_t len = json_len(list);
	const char *first = json_id(ctx, json_item(list, 0), "id");

	if (len == 0)
		return false;
	for (size_t i = 0; i < *n; i++)
		if (first != NULL && strcmp((*all)[i].id, first) == 0)
			return false;
	*all = mem_grow(ctx, *all, struct looker_folder, *n + len);
	for (size_t i = 0; i < len; i++) {
		struct looker_folder f;

		read_folder(ctx, json_item(list, i), &f);
		if (f.id != NULL)
			(*all)[(*n)++] = f;
	}
	return true;
}

bool looker_folder_children(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
			    struct looker_folder **ret, size_t *ret_n, struct err *e)
{
	struct looker_folder *all = mem_array(ctx, struct looker_folder, 0);
	const char *escaped = form_escape(ctx, id);
	size_t n = 0;

	for (int page = 0; page < FOLDER_PAGES_MAX; page++) {
		struct json_object *list;
		char *path =
			mem_printf(ctx, "/folders/%s/children?fields=id,name&limit=%d&offset=%d",
				   escaped, FOLDER_PAGE, page * FOLDER_PAGE);

		if (!get_array(ctx, lk, deadline_ms, path, &list, e))
			return err_wrap(e, "children of folder %s", id);
		if (!add_page(ctx, list, &all, &n) || json_len(list) != FOLDER_PAGE)
			break;
	}
	*ret = all;
	*ret_n = n;
	return true;
}

bool looker_folder_dashboards(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			      const char *id, struct looker_dashboard **ret, size_t *ret_n,
			      struct err *e)
{
	char *path = mem_printf(ctx, "/folders/%s/dashboards?fields=%s", form_escape(ctx, id),
				form_escape(ctx, LOOKER_DASHBOARD_HEAD_FIELDS));
	struct looker_dashboard *all;
	struct json_object *list;
	size_t n = 0;

	if (!get_array(ctx, lk, deadline_ms, path, &list, e))
		return err_wrap(e, "dashboards of folder %s", id);
	all = mem_array(ctx, struct looker_dashboard, json_len(list));
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json_object *o = json_item(list, i);

		if (json_bool_or(o, "deleted", false))
			continue;
		looker_dashboard_read_head(ctx, o, &all[n]);
		if (all[n].id != NULL)
			n++;
	}
	*ret = all;
	*ret_n = n;
	return true;
}

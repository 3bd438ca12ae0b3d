/*
 * One Look: GET /looks/{id}, its title and the query that it stands for now. Runs nothing.
 */
#include "looker/api.h"

#include "base/form.h"
#include "base/mem.h"

#define LOOK_MAX_BYTES (2 * 1024 * 1024)
#define LOOK_FIELDS "id,title,deleted,query_id,query"

bool looker_look_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
		     struct looker_look *ret, struct err *e)
{
	char *path = mem_printf(ctx, "/looks/%s?fields=%s", form_escape(ctx, id),
				form_escape(ctx, LOOK_FIELDS));
	struct looker_look look;
	struct json_object *o;

	if (!looker_get(ctx, lk, deadline_ms, path, LOOK_MAX_BYTES, &o, e))
		return err_wrap(e, "Look %s", id);
	if (json_bool_or(o, "deleted", false))
		return err_set(e, ERR_NOT_FOUND, "Look %s at %s is in Looker's trash", id,
			       looker_name(lk));
	look.id = json_id(ctx, o, "id");
	look.title = mem_strdup(ctx, json_str_or(o, "title", ""));
	look.query = json_object_at(o, "query");
	look.query_id = json_id(ctx, o, "query_id");
	if (look.query_id == NULL)
		look.query_id = json_id(ctx, look.query, "id");
	if (look.id == NULL || look.query_id == NULL)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s sent no Look with a query for %s",
			       looker_name(lk), id);
	*ret = look;
	return true;
}

/*
 * The values that a field has, as Looker suggests them for a dashboard's filter. Whether anybody
 * keeps them is the caller's matter.
 */
#include "base/form.h"
#include "base/mem.h"
#include "base/text.h"
#include "looker/client.h"

#define SUGGESTIONS_MAX_BYTES (4 * 1024 * 1024)

bool looker_suggestions(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			const struct looker_filter *filter, const char *const **ret, size_t *ret_n,
			struct err *e)
{
	TALLOC_CTX *tmp = mem_ctx(ctx);
	struct json_object *o;
	const struct json_object *list;
	const char **values;
	size_t n = 0;

	if (filter->suggest_field[0] == '\0')
		return err_set(e, ERR_NOT_FOUND, "Looker has no suggestions for %s", filter->title);
	const char *path = mem_printf(
		tmp, "/models/%s/views/%s/fields/%s/suggestions", form_escape(tmp, filter->model),
		form_escape(tmp, filter->suggest_explore), form_escape(tmp, filter->suggest_field));
	if (!looker_get(tmp, lk, deadline_ms, path, SUGGESTIONS_MAX_BYTES, &o, e)) {
		talloc_free(tmp);
		return err_wrap(e, "suggestions for %s", filter->title);
	}
	list = json_array_at(o, "suggestions");
	values = mem_array(ctx, const char *, json_len(list));
	for (size_t i = 0; i < json_len(list) && n < LOOKER_SUGGESTIONS_MAX; i++) {
		struct json_object *one = json_item(list, i);
		const char *text = json_object_is_type(one, json_type_string)
					   ? json_object_get_string(one)
					   : NULL;

		if (text != NULL && text[0] != '\0' &&
		    text_chars(text) <= LOOKER_SUGGESTION_MAX_CHARS)
			values[n++] =
				text_clean(ctx, text, (size_t)json_object_get_string_len(one));
	}
	talloc_free(tmp);
	*ret = values;
	*ret_n = n;
	return true;
}

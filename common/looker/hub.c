/* Reads the requests of data actions and forms. What the values mean is bot/hub_*.c's. */
#include "looker/hub.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

bool looker_hub_read(TALLOC_CTX *ctx, const char *body, size_t len, struct looker_hub_call *ret,
		     struct err *e)
{
	struct json_object *o;
	struct err why;

	*ret = (struct looker_hub_call){ .data = NULL };
	if (strspn(body, " \t\r\n") == len)
		return true;
	if (!json_parse(ctx, body, len, &o, &why))
		return err_set(e, ERR_BAD_INPUT, "The JSON cannot be read: %s.", why.text);
	if (!json_object_is_type(o, json_type_object))
		return err_set(e, ERR_BAD_INPUT, "The JSON is no object.");
	ret->form_params = json_object_at(o, "form_params");
	ret->data = json_object_at(o, "data");
	return true;
}

bool looker_hub_value(TALLOC_CTX *ctx, const struct looker_hub_call *call, const char *name,
		      const char **ret, struct err *e)
{
	const struct json_object *const places[] = { call->form_params, call->data };

	*ret = NULL;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !*ret; i++) {
		struct json_object *value = json_get(places[i], name);

		if (!value)
			continue;
		if (!json_object_is_type(value, json_type_string))
			return err_set(e, ERR_BAD_INPUT, "%s must be a string.", name);
		size_t len = (size_t)json_object_get_string_len(value);
		if (len > LOOKER_HUB_VALUE_MAX_BYTES)
			len = LOOKER_HUB_VALUE_MAX_BYTES;
		const char *text = text_clean(ctx, json_object_get_string(value), len);
		if (text[strspn(text, " \t\r\n")])
			*ret = text;
	}
	return true;
}

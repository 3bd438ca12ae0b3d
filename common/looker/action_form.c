/*
 * The form of a data action: brought by the action itself, or made by the action's server when
 * Looker asks it. Field types that are not known here are a line of text, as in Looker.
 */
#include "base/mem.h"
#include "base/text.h"
#include "looker/action.h"
#include "looker/client.h"

#define FORM_MAX_BYTES (2 * 1024 * 1024)
#define LABEL_MAX_CHARS 150
#define WORDS_MAX_CHARS 1000
#define VALUE_MAX_CHARS 3000

static const struct {
	const char *name;
	enum looker_form_type type;
} types[] = {
	{ "text", LOOKER_FORM_TEXT },
	{ "string", LOOKER_FORM_TEXT },
	{ "textarea", LOOKER_FORM_TEXTAREA },
	{ "select", LOOKER_FORM_SELECT },
	{ "message", LOOKER_FORM_MESSAGE },
	{ "oauth_link", LOOKER_FORM_LINK },
	{ "oauth_link_google", LOOKER_FORM_LINK },
};

static enum looker_form_type type_of(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	return LOOKER_FORM_TEXT;
}

/* A text of Looker's, or NULL when there is none. */
static const char *words(TALLOC_CTX *ctx, const struct json_object *o, const char *key,
			 size_t max_chars)
{
	const char *raw = json_id(ctx, o, key); /* numbers are somebody's texts, too */

	if (raw == NULL || raw[0] == '\0')
		return NULL;
	return text_cut(ctx, text_clean(ctx, raw, strlen(raw)), max_chars);
}

static void read_options(TALLOC_CTX *ctx, const struct json_object *o,
			 struct looker_form_field *ret)
{
	const struct json_object *options = json_array_at(o, "options");
	size_t n = json_len(options);

	n = n < LOOKER_FORM_OPTIONS_MAX ? n : LOOKER_FORM_OPTIONS_MAX;
	ret->options = mem_array(ctx, struct looker_form_option, n);
	for (size_t i = 0; i < n; i++) {
		const struct json_object *option = json_item(options, i);
		const char *name = json_id(ctx, option, "name");
		const char *label = words(ctx, option, "label", LABEL_MAX_CHARS);

		if (name == NULL || strlen(name) > LOOKER_FORM_NAME_MAX_BYTES)
			continue;
		ret->options[ret->n_options++] = (struct looker_form_option){
			.name = mem_strdup(ctx, name),
			.label = label != NULL ? label : mem_strdup(ctx, name),
		};
	}
}

/* False: there is nothing that could be shown or answered. */
static bool read_field(TALLOC_CTX *ctx, const struct json_object *o, struct looker_form_field *ret)
{
	const char *name = json_id(ctx, o, "name");
	const char *url = json_str(o, "oauth_url");

	*ret = (struct looker_form_field){
		.type = type_of(json_str_or(o, "type", "")),
		.name = mem_strdup(ctx, name != NULL ? name : ""),
		.label = words(ctx, o, "label", LABEL_MAX_CHARS),
		.description = words(ctx, o, "description", WORDS_MAX_CHARS),
		.value = words(ctx, o, "default", VALUE_MAX_CHARS),
		.url = looker_link(ctx, NULL, url),
		.required = json_bool_or(o, "required", false),
		.interactive = json_bool_or(o, "interactive", false),
	};
	if (ret->type == LOOKER_FORM_SELECT)
		read_options(ctx, o, ret);
	if (ret->type == LOOKER_FORM_SELECT && ret->n_options == 0)
		ret->type = LOOKER_FORM_TEXT; /* nothing to choose from: typed, then */
	if (ret->label == NULL)
		ret->label = ret->name;
	if (ret->type == LOOKER_FORM_MESSAGE)
		return ret->value != NULL || ret->description != NULL || ret->label[0] != '\0';
	if (ret->type == LOOKER_FORM_LINK)
		return ret->url != NULL;
	return ret->name[0] != '\0' && strlen(ret->name) <= LOOKER_FORM_NAME_MAX_BYTES;
}

static void read_fields(TALLOC_CTX *ctx, const struct json_object *fields, struct looker_form *ret)
{
	size_t n = json_len(fields);

	n = n < LOOKER_FORM_FIELDS_MAX ? n : LOOKER_FORM_FIELDS_MAX;
	*ret = (struct looker_form){ .fields = mem_array(ctx, struct looker_form_field, n) };
	for (size_t i = 0; i < n; i++)
		if (read_field(ctx, json_item(fields, i), &ret->fields[ret->n]))
			ret->n++;
}

bool looker_action_own_form(TALLOC_CTX *ctx, const struct json_object *action,
			    struct looker_form *ret)
{
	const struct json_object *fields = json_array_at(action, "form");

	if (json_len(fields) == 0)
		return false;
	read_fields(ctx, fields, ret);
	return true;
}

/* The action as it is (the spec), what was chosen so far beside its keys. */
static struct json_object *bare_body(TALLOC_CTX *ctx, struct json_object *action,
				     struct json_object *values)
{
	struct json_object *o;

	if (values == NULL)
		return action;
	o = json_new_object(ctx);
	json_object_object_foreach(action, key, value) json_set(o, key, json_object_get(value));
	json_set(o, "form_values", json_object_get(values));
	return o;
}

/* In the shape of the call that performs. */
static struct json_object *wrapped_body(TALLOC_CTX *ctx, struct json_object *action,
					struct json_object *values)
{
	struct json_object *o = json_new_object(ctx);

	json_set(o, "action", json_object_get(action));
	if (values != NULL)
		json_set(o, "form_values", json_object_get(values));
	return o;
}

bool looker_action_form(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			struct json_object *action, struct json_object *values,
			struct looker_form *ret, struct err *e)
{
	struct json_object *o;
	bool ok = looker_post(ctx, lk, deadline_ms, "/data_actions/form",
			      bare_body(ctx, action, values), FORM_MAX_BYTES, &o, e);
	struct err again;

	/* What an instance of another release takes is seen by what it refuses. */
	if (!ok && e->kind == ERR_BAD_INPUT)
		ok = looker_post(ctx, lk, deadline_ms, "/data_actions/form",
				 wrapped_body(ctx, action, values), FORM_MAX_BYTES, &o, &again);
	if (!ok)
		return false;
	if (json_array_at(o, "fields") == NULL)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s sent no form", looker_name(lk));
	read_fields(ctx, json_array_at(o, "fields"), ret);
	return true;
}

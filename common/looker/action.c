/*
 * Which links are actions, and the call that performs one: never repeated once it may have reached
 * Looker. What Looker says of it comes in several shapes, none of which is relied on. Forms are
 * action_form.c's.
 */
#include "looker/action.h"

#include "base/mem.h"
#include "base/text.h"
#include "looker/client.h"

#define ACTION_MAX_BYTES (32 * 1024) /* of one link: it is kept a month for each button */
#define PERFORMED_MAX_BYTES (256 * 1024)
#define MESSAGE_MAX_CHARS 500
#define FAULTS_MAX 25

static char *plain(TALLOC_CTX *ctx, const char *text, size_t max_chars)
{
	return text_trim(ctx, text_cut(ctx, text_clean(ctx, text, strlen(text)), max_chars));
}

bool looker_action_is(struct json_object *link)
{
	return strcmp(json_str_or(link, "type", ""), "action") == 0 &&
	       strlen(json_text(link)) <= ACTION_MAX_BYTES;
}

char *looker_action_label(TALLOC_CTX *ctx, const struct json_object *action)
{
	const char *raw = json_str_or(action, "label", "");
	char *clean = text_clean(ctx, raw, strlen(raw));

	for (char *p = clean; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	clean = text_cut(ctx, text_trim(ctx, clean), LOOKER_ACTION_LABEL_MAX_CHARS);
	return clean[0] ? clean : mem_strdup(ctx, "Action");
}

bool looker_action_asks(const struct json_object *action)
{
	const char *url = json_str(action, "form_url");

	return json_len(json_array_at(action, "form")) > 0 || (url != NULL && url[0] != '\0');
}

/* --- what Looker says --- */

static void add_fault(TALLOC_CTX *ctx, struct looker_performed *p, const char *field,
		      const char *message)
{
	if (p->n_faults == FAULTS_MAX)
		return;
	p->faults = mem_grow(ctx, p->faults, struct looker_fault, p->n_faults + 1);
	p->faults[p->n_faults++] = (struct looker_fault){
		.field = mem_strdup(ctx, field),
		.message = plain(ctx, message, MESSAGE_MAX_CHARS),
	};
}

/* [{"field","code","message"}, …] as the API has it. */
static void read_list(TALLOC_CTX *ctx, const struct json_object *errors, struct looker_performed *p)
{
	for (size_t i = 0; i < json_len(errors); i++) {
		const struct json_object *item = json_item(errors, i);
		const char *message = json_str(item, "message");

		if (message == NULL || message[0] == '\0')
			message = json_str_or(item, "code", "is not accepted");
		add_fault(ctx, p, json_str_or(item, "field", ""), message);
	}
}

/* {"channel":"No such channel"} as servers of actions have it. */
static void read_map(TALLOC_CTX *ctx, struct json_object *errors, struct looker_performed *p)
{
	json_object_object_foreach(errors, name, value)
	{
		if (strcmp(name, "message") == 0 || strcmp(name, "documentation_url") == 0)
			continue;
		if (json_object_is_type(value, json_type_string))
			add_fault(ctx, p, name, json_object_get_string(value));
	}
}

static void read_faults(TALLOC_CTX *ctx, const struct json_object *o, struct looker_performed *p)
{
	struct json_object *errors = json_get(o, "validation_errors");
	const char *message;

	if (json_object_is_type(errors, json_type_array))
		read_list(ctx, errors, p);
	if (!json_object_is_type(errors, json_type_object))
		return;
	if (json_array_at(errors, "errors") != NULL)
		read_list(ctx, json_array_at(errors, "errors"), p);
	else
		read_map(ctx, errors, p);
	message = json_str(errors, "message");
	if (p->message == NULL && message != NULL && message[0] != '\0')
		p->message = plain(ctx, message, MESSAGE_MAX_CHARS);
}

static void read_performed(TALLOC_CTX *ctx, const struct json_object *o,
			   struct looker_performed *ret)
{
	const char *message = json_str(o, "message");

	*ret = (struct looker_performed){
		.success = json_bool_or(o, "success", false),
		.refresh = json_bool_or(o, "refresh_query", false),
	};
	if (message != NULL && message[strspn(message, " \t\n")] != '\0')
		ret->message = plain(ctx, message, MESSAGE_MAX_CHARS);
	read_faults(ctx, o, ret);
}

bool looker_action_perform(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			   struct json_object *action, struct json_object *values,
			   struct looker_performed *ret, struct err *e)
{
	struct json_object *body = json_new_object(ctx), *o;

	json_set(body, "action", json_object_get(action));
	json_set(body, "form_values",
		 values != NULL ? json_object_get(values) : json_object_new_object());
	if (!looker_post_once(ctx, lk, deadline_ms, "/data_actions", body, PERFORMED_MAX_BYTES, &o,
			      e))
		return false;
	if (!json_object_is_type(json_get(o, "success"), json_type_boolean))
		return err_set(e, ERR_UNKNOWN, "Looker at %s does not say what became of it",
			       looker_name(lk));
	read_performed(ctx, o, ret);
	return true;
}

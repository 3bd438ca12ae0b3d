/*
 * What comes back from a modal, and what it is answered with at once: values, errors beneath their
 * fields, another view, the options of a long list. Pure.
 */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/modal_private.h"

#define TYPED_MAX_CHARS 100  /* of what is looked for in a list */
#define ERROR_MAX_CHARS 500  /* Slack shows it in one line, or two */
#define ERROR_EXTRA_BYTES 64 /* quotes and commas, and what JSON escapes in most texts */

const char *slack_modal_value(const struct slack_modal_field *field, const char *sent)
{
	int64_t i;

	if (!sent || !*sent)
		return NULL;
	if (field->type == SLACK_FIELD_TEXT || field->type == SLACK_FIELD_TEXTAREA ||
	    (field->type == SLACK_FIELD_SELECT && !modal_is_list(field)))
		return sent;
	if (!modal_is_list(field) || !text_to_int(sent, 0, (int64_t)field->n_options - 1, &i))
		return NULL;
	return field->options[i].value;
}

static char *owned_text(TALLOC_CTX *ctx, struct json_object *o)
{
	return mem_strdup(ctx, json_text(o));
}

char *slack_modal_answer_view(TALLOC_CTX *ctx, const struct slack_modal *modal)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "response_action", "update");
	json_set(o, "view", json_object_get(slack_modal_encode(ctx, modal)));
	return owned_text(ctx, o);
}

char *slack_modal_answer_errors(TALLOC_CTX *ctx, struct json_object *errors)
{
	struct json_object *o = json_new_object(ctx), *cut = json_object_new_object();
	size_t bytes = 0;

	json_object_object_foreach(errors, block_id, text)
	{
		char *some = text_cut(ctx, json_object_get_string(text), ERROR_MAX_CHARS);
		bytes += strlen(block_id) + strlen(some) + ERROR_EXTRA_BYTES;
		if (bytes > SLACK_MODAL_ANSWER_MAX_BYTES)
			break; /* whoever has mended the first ones reads the others then */
		json_set_str(cut, block_id, some);
	}
	json_set_str(o, "response_action", "errors");
	json_set(o, "errors", cut);
	return owned_text(ctx, o);
}

/* Adds the options that contain what was typed; up to 100, as long as there is room. */
static void add_options(struct json_object *list, const struct slack_modal_field *f,
			const char *folded)
{
	size_t bytes = 0;

	for (size_t i = 0; i < f->n_options && json_len(list) < SLACK_MODAL_OPTIONS_MAX; i++) {
		const char *label = f->options[i].label ? f->options[i].label : f->options[i].value;
		char *where = *folded ? text_fold(NULL, label) : NULL;
		bool fits = !where || strstr(where, folded);

		talloc_free(where);
		if (!fits)
			continue;
		struct json_object *option = modal_option(&f->options[i], i);
		bytes += strlen(json_text(option)) + 1;
		if (bytes > SLACK_MODAL_ANSWER_MAX_BYTES) {
			json_object_put(option);
			return;
		}
		json_object_array_add(list, option);
	}
}

char *slack_modal_answer_options(TALLOC_CTX *ctx, const struct slack_modal_field *field,
				 const char *typed)
{
	struct json_object *o = json_new_object(ctx), *list = mem_must(json_object_new_array());
	char *some = mem_strdup(ctx, typed);

	if (text_chars(some) >
	    TYPED_MAX_CHARS) /* nothing holds that, and "…" would be looked for */
		field = NULL;
	if (field && modal_is_list(field))
		add_options(list, field, text_fold(ctx, text_trim(ctx, some)));
	json_set(o, "options", list);
	return owned_text(ctx, o);
}

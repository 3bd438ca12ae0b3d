/*
 * A menu in a message: many choices in the room of one button. The element that Slack shows, and
 * the way into a job's progress and back.
 */
#include "base/mem.h"
#include "slack/message_private.h"

#define VALUE_MAX_BYTES 150 /* of a choice: less than a button's */
#define PLACEHOLDER_MAX 150

void slack_message_add_menu(struct slack_message *m, const char *action_id, const char *text,
			    const struct slack_button *b, size_t n)
{
	struct slack_button *kept = mem_array(m, struct slack_button, SLACK_MENU_MAX);
	size_t n_kept = 0;

	for (size_t i = 0; i < n && n_kept < SLACK_MENU_MAX; i++) {
		if (!b[i].value || !b[i].value[0] || strlen(b[i].value) > VALUE_MAX_BYTES)
			continue;
		kept[n_kept++] = (struct slack_button){
			.action_id = "",
			.text = message_button_text(kept, b[i].text ? b[i].text : ""),
			.value = mem_strdup(kept, b[i].value),
		};
	}
	if (n_kept == 0 || !action_id[0] || strlen(action_id) > ACTION_ID_MAX_BYTES)
		return; /* Slack refuses it */
	struct message_part *p = message_add_part(m, MESSAGE_MENU);
	p->buttons = kept;
	p->n_buttons = n_kept;
	p->action_id = mem_strdup(m, action_id);
	p->placeholder = message_shorten(m, text, PLACEHOLDER_MAX);
}

static struct json_object *plain_text(const char *text)
{
	struct json_object *o = json_object_new_object();

	json_set_str(o, "type", "plain_text");
	json_set_str(o, "text", text);
	return o;
}

struct json_object *message_menu(const struct message_part *p)
{
	struct json_object *o = json_object_new_object(), *options = json_object_new_array();

	for (size_t i = 0; i < p->n_buttons; i++) {
		struct json_object *option = json_object_new_object();
		json_set(option, "text", plain_text(p->buttons[i].text));
		json_set_str(option, "value", p->buttons[i].value);
		json_object_array_add(options, option);
	}
	json_set_str(o, "type", "static_select");
	json_set_str(o, "action_id", p->action_id);
	json_set(o, "placeholder", plain_text(p->placeholder));
	json_set(o, "options", options);
	return o;
}

void message_menu_save(const struct message_part *p, struct json_object *part)
{
	struct json_object *choices = json_object_new_array();

	for (size_t i = 0; i < p->n_buttons; i++) {
		struct json_object *choice = json_object_new_object();
		json_set_str(choice, "text", p->buttons[i].text);
		json_set_str(choice, "value", p->buttons[i].value);
		json_object_array_add(choices, choice);
	}
	json_set_str(part, "action_id", p->action_id);
	json_set_str(part, "placeholder", p->placeholder);
	json_set(part, "choices", choices);
}

void message_menu_load(TALLOC_CTX *ctx, const struct json_object *part, struct slack_message *m)
{
	const struct json_object *choices = json_array_at(part, "choices");
	size_t n = json_len(choices);
	struct slack_button *b = mem_array(ctx, struct slack_button, n);

	for (size_t i = 0; i < n; i++) {
		b[i].text = json_str_or(json_item(choices, i), "text", "");
		b[i].value = json_str(json_item(choices, i), "value");
	}
	slack_message_add_menu(m, json_str_or(part, "action_id", ""),
			       json_str_or(part, "placeholder", ""), b, n);
}

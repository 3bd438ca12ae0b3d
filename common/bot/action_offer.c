/* The buttons, and what their key holds: a list of actions, and where the answer came from. */
#include "bot/action_offer.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "bot/showing.h"
#include "looker/action.h"

#define BUTTONS_MAX 5		       /* more are a menu */
#define ACTIONS_MAX_BYTES (256 * 1024) /* under one key; what is beyond that is not offered */
#define MENU_TEXT "Actions"

/* Those that open a form begin with "modal": they are carried out first, since a form must open
 * within three seconds. */
#define MENU_ID "modal-actions"
#define FORM_ID "modal-action-%zu"
#define BUTTON_ID "action-%zu"

/* The first actions that fit; *ret_n says how many. */
static struct json_object *list_of(TALLOC_CTX *ctx, const struct render_outcome *rows,
				   size_t *ret_n)
{
	struct json_object *list = json_new_array(ctx);
	size_t bytes = 0;

	for (size_t i = 0; i < rows->n_offers; i++) {
		bytes += strlen(rows->offers[i].json);
		if (bytes > ACTIONS_MAX_BYTES)
			break;
		json_object_array_add(list, json_object_new_string(rows->offers[i].json));
	}
	*ret_n = json_len(list);
	return list;
}

static void add_buttons(TALLOC_CTX *ctx, struct slack_message *m, const struct render_outcome *rows,
			size_t n, const char *key)
{
	struct slack_button *b = mem_array(ctx, struct slack_button, n);

	for (size_t i = 0; i < n; i++) {
		const struct looker_offer *offer = &rows->offers[i];

		b[i].action_id =
			offer->asks ? mem_printf(ctx, FORM_ID, i) : mem_printf(ctx, BUTTON_ID, i);
		b[i].text = offer->label;
		b[i].value = mem_printf(ctx, "%s.%zu", key, i);
	}
	if (n <= BUTTONS_MAX)
		slack_message_add_buttons(m, b, n);
	else
		slack_message_add_menu(m, MENU_ID, MENU_TEXT, b, n);
}

void action_offer_add(TALLOC_CTX *ctx, struct bot *bot, struct slack_message *m,
		      const struct render_outcome *rows, const struct action_source *source)
{
	struct json_object *body = json_new_object(ctx);
	/* No owner: whoever presses performs it with rights of their own. */
	struct key_meaning meaning = { .kind = ACTION_OFFER_KIND, .body = body };
	const char *key;
	size_t n;
	struct err e;

	if (!bot->config->data_actions || rows->n_offers == 0)
		return;
	json_set_str(body, "looker", source->looker);
	json_set_str(body, "link", source->link);
	json_set_str(body, "answer", source->answer);
	json_set(body, "actions", json_object_get(list_of(ctx, rows, &n)));
	if (n > 0 && keys_put(ctx, bot, &meaning, &key, &e))
		add_buttons(ctx, m, rows, n, key);
}

void action_offer_showing(const struct showing *s, struct slack_message *m,
			  const struct render_outcome *rows, const char *link, const char *answer)
{
	const struct action_source source = {
		.looker = looker_name(s->lk),
		.link = link,
		.answer = answer,
	};

	action_offer_add(s->ctx, s->call->bot, m, rows, &source);
}

static struct action_source load_source(const struct json_object *o)
{
	return (struct action_source){
		.looker = json_str(o, "looker"),
		.link = json_str(o, "link"),
		.answer = json_str(o, "answer"),
	};
}

static bool parse_action(TALLOC_CTX *ctx, const char *text, struct action_order *ret)
{
	struct err ignored;

	if (!ret->source.looker || !text ||
	    !json_parse(ctx, text, strlen(text), &ret->action, &ignored))
		return false;
	ret->label = looker_action_label(ctx, ret->action);
	ret->asks = looker_action_asks(ret->action);
	return true;
}

bool action_offer_read(TALLOC_CTX *ctx, const struct key_meaning *key, const char *value,
		       struct action_order *ret)
{
	const char *number = strchr(value, '.');
	struct json_object *item;
	int64_t i;

	*ret = (struct action_order){ .source = load_source(key->body) };
	if (!number || !text_to_int(number + 1, 0, LOOKER_OFFERS_MAX - 1, &i))
		return false;
	item = json_item(json_array_at(key->body, "actions"), (size_t)i);
	return json_object_is_type(item, json_type_string) &&
	       parse_action(ctx, json_object_get_string(item), ret);
}

struct json_object *action_order_save(TALLOC_CTX *ctx, const struct action_order *order)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "looker", order->source.looker);
	json_set_str(o, "link", order->source.link);
	json_set_str(o, "answer", order->source.answer);
	json_set_str(o, "action", json_text(order->action));
	json_set_bool(o, "ephemeral", order->ephemeral);
	return o;
}

bool action_order_load(TALLOC_CTX *ctx, const struct json_object *o, struct action_order *ret)
{
	*ret = (struct action_order){ .source = load_source(o),
				      .ephemeral = json_bool_or(o, "ephemeral", false) };
	return parse_action(ctx, json_str(o, "action"), ret);
}

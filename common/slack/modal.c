/*
 * A modal as Slack wants it: fields become input blocks within Slack's limits, then views.open or
 * views.update. What comes back from it is modal_answer.c's; what it is for is not known here.
 */
#include "slack/modal.h"

#include <stdlib.h>
#include <string.h>

#include "base/form.h"
#include "base/mem.h"
#include "base/text.h"
#include "slack/api_call.h"
#include "slack/message_private.h"
#include "slack/modal_private.h"
#include "slack/mrkdwn.h"

#define TITLE_MAX_CHARS 24 /* of the buttons, too */
#define LABEL_MAX_CHARS 2000
#define HINT_MAX_CHARS 2000
#define WORDS_SECTIONS_MAX 4 /* of an intro or a MESSAGE */
#define KEY_CHARS 12	     /* of the key, in block ids */

/* A view has at most 250 kB: once the lists that go with it are this long, the others are asked
 * for. */
#define LISTS_MAX_BYTES (100 * 1000)

struct encoding {
	TALLOC_CTX *ctx;
	const struct slack_modal *modal;
	struct json_object *blocks;
	size_t list_bytes; /* of the options in it */
};

/* --- elements --- */

static struct json_object *typed(const char *type)
{
	struct json_object *o = mem_must(json_object_new_object());

	json_set_str(o, "type", type);
	return o;
}

struct json_object *modal_plain(const char *text, size_t max_chars)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	struct json_object *o = typed("plain_text");
	char *some = text_cut(tmp, text_trim(tmp, text), max_chars);

	json_set_str(o, "text", *some ? some : "–"); /* Slack takes no empty one */
	json_set_bool(o, "emoji", false);
	talloc_free(tmp);
	return o;
}

struct json_object *modal_option(const struct slack_option *option, size_t number)
{
	struct json_object *o = mem_must(json_object_new_object());
	char *value = mem_printf(NULL, "%zu", number);

	json_set(
		o, "text",
		modal_plain(option->label ? option->label : option->value, MODAL_OPTION_MAX_CHARS));
	json_set_str(o, "value", value);
	talloc_free(value);
	return o;
}

bool modal_is_list(const struct slack_modal_field *f)
{
	return f->type == SLACK_FIELD_SELECT && f->n_options > 0;
}

static bool is_input(const struct slack_modal_field *f)
{
	return f->type == SLACK_FIELD_TEXT || f->type == SLACK_FIELD_TEXTAREA ||
	       f->type == SLACK_FIELD_SELECT;
}

static struct json_object *text_element(const struct slack_modal_field *f)
{
	struct json_object *o = typed("plain_text_input");
	size_t max = f->max_chars > 0 && f->max_chars < SLACK_FIELD_MAX_CHARS
			     ? f->max_chars
			     : SLACK_FIELD_MAX_CHARS;

	json_set_bool(o, "multiline", f->type == SLACK_FIELD_TEXTAREA);
	json_set_int(o, "max_length", (int64_t)max);
	if (f->value && f->value[0]) {
		char *some = text_cut(NULL, f->value, max);
		json_set_str(o, "initial_value", some);
		talloc_free(some);
	}
	return o;
}

/* The number of the option that the field begins with; n_options: none. */
static size_t chosen(const struct slack_modal_field *f)
{
	size_t i = 0;

	while (i < f->n_options && (!f->value || strcmp(f->options[i].value, f->value) != 0))
		i++;
	return i;
}

/* The list itself, or none: Slack asks for it then. */
static struct json_object *list_of(struct encoding *en, const struct slack_modal_field *f)
{
	struct json_object *list;
	size_t bytes;

	if (f->n_options > SLACK_MODAL_OPTIONS_MAX)
		return NULL;
	list = mem_must(json_object_new_array());
	for (size_t i = 0; i < f->n_options; i++)
		json_object_array_add(list, modal_option(&f->options[i], i));
	bytes = strlen(json_text(list));
	if (en->list_bytes + bytes > LISTS_MAX_BYTES) {
		json_object_put(list);
		return NULL;
	}
	en->list_bytes += bytes;
	return list;
}

static struct json_object *list_element(struct encoding *en, const struct slack_modal_field *f)
{
	struct json_object *list = list_of(en, f);
	struct json_object *o = typed(list ? "static_select" : "external_select");
	size_t i = chosen(f);

	if (list)
		json_set(o, "options", list);
	else
		json_set_int(o, "min_query_length", 0);
	if (i < f->n_options)
		json_set(o, "initial_option", modal_option(&f->options[i], i));
	return o;
}

/* --- blocks --- */

static size_t room(const struct encoding *en)
{
	return SLACK_MODAL_BLOCKS_MAX - json_len(en->blocks);
}

static void add_words(struct encoding *en, const char *mrkdwn)
{
	for (size_t i = 0; *mrkdwn && i < WORDS_SECTIONS_MAX && room(en) > 0; i++) {
		struct message_cut cut = message_cut_at(mrkdwn, SECTION_MAX);
		char *piece = mem_strndup(en->ctx, mrkdwn, cut.len);
		struct json_object *block = typed("section"), *text = typed("mrkdwn");

		mrkdwn += cut.next;
		json_set_str(text, "text", piece);
		json_set_bool(text, "verbatim", true);
		json_set(block, "text", text);
		if (piece[strspn(piece, " \t\n")])
			json_object_array_add(en->blocks, block);
		else
			json_object_put(block);
	}
}

static void add_link(struct encoding *en, size_t i)
{
	const struct slack_modal_field *f = &en->modal->fields[i];
	struct json_object *block = typed("actions"), *button = typed("button"),
			   *elements = mem_must(json_object_new_array());
	char *id = mem_printf(en->ctx, "link-%zu", i);

	json_set_str(button, "action_id", id);
	json_set(button, "text", modal_plain(f->label ? f->label : "", BUTTON_TEXT_MAX));
	json_set_str(button, "url", mrkdwn_url(en->ctx, f->url));
	json_object_array_add(elements, button);
	json_set_str(block, "block_id", id);
	json_set(block, "elements", elements);
	json_object_array_add(en->blocks, block);
}

static void add_input(struct encoding *en, size_t i)
{
	const struct slack_modal_field *f = &en->modal->fields[i];
	struct json_object *block = typed("input"), *element;
	char *id = slack_modal_block_id(en->ctx, en->modal->metadata, i);

	element = modal_is_list(f) ? list_element(en, f) : text_element(f);
	json_set_str(element, "action_id", id);
	json_set_str(block, "block_id", id);
	json_set(block, "label",
		 modal_plain(f->label  ? f->label
			     : f->name ? f->name
				       : "",
			     LABEL_MAX_CHARS));
	if (f->hint && f->hint[0])
		json_set(block, "hint", modal_plain(f->hint, HINT_MAX_CHARS));
	json_set_bool(block, "optional", !f->required);
	if (f->interactive)
		json_set_bool(block, "dispatch_action", true);
	json_set(block, "element", element);
	json_object_array_add(en->blocks, block);
}

static bool has_link(TALLOC_CTX *ctx, const struct slack_modal_field *f)
{
	const char *url = f->type == SLACK_FIELD_LINK ? mrkdwn_url(ctx, f->url) : NULL;

	return url && strlen(url) <= URL_MAX_BYTES;
}

/* A MESSAGE's are mrkdwn; a LINK's, which has no button then, are not. */
static const char *words_of(TALLOC_CTX *ctx, const struct slack_modal_field *f)
{
	char *text = mem_strdup(ctx, "");

	if (f->type == SLACK_FIELD_MESSAGE)
		return f->label;
	mrkdwn_add_text(&text, f->label);
	return text;
}

static void add_field(struct encoding *en, size_t i)
{
	const struct slack_modal_field *f = &en->modal->fields[i];

	if (f->error && f->error[0]) {
		char *text = mem_strdup(en->ctx, ":warning: ");
		mrkdwn_add_text(&text, f->error);
		add_words(en, message_shorten(en->ctx, text, SECTION_MAX));
	}
	if (is_input(f))
		add_input(en, i);
	else if (has_link(en->ctx, f))
		add_link(en, i);
	else if (f->label)
		add_words(en, words_of(en->ctx, f));
}

/* At most: long words are several sections. */
static size_t blocks_of(const struct slack_modal_field *f)
{
	size_t n = f->error && f->error[0] ? 2 : 1;

	return !is_input(f) && f->label && message_units(f->label) > SECTION_MAX
		       ? n - 1 + WORDS_SECTIONS_MAX
		       : n;
}

size_t slack_modal_fitting(const struct slack_modal *modal)
{
	size_t left = SLACK_MODAL_BLOCKS_MAX - (modal->intro ? WORDS_SECTIONS_MAX : 0), i;

	for (i = 0; i < modal->n; i++) {
		size_t n = blocks_of(&modal->fields[i]);

		if (n > left)
			break;
		left -= n;
	}
	return i;
}

struct json_object *slack_modal_encode(TALLOC_CTX *ctx, const struct slack_modal *modal)
{
	struct json_object *o = json_new_object(ctx);
	struct encoding en = {
		.ctx = mem_ctx(ctx),
		.modal = modal,
		.blocks = mem_must(json_object_new_array()),
	};
	size_t n = slack_modal_fitting(modal);
	const char *close = modal->submit ? "Cancel" : "Close";

	if (modal->intro)
		add_words(&en, modal->intro);
	for (size_t i = 0; i < n; i++)
		add_field(&en, i);
	json_set_str(o, "type", "modal");
	json_set(o, "title", modal_plain(modal->title, TITLE_MAX_CHARS));
	if (modal->submit)
		json_set(o, "submit", modal_plain(modal->submit, TITLE_MAX_CHARS));
	json_set(o, "close", modal_plain(modal->close ? modal->close : close, TITLE_MAX_CHARS));
	json_set_str(o, "private_metadata", modal->metadata);
	json_set(o, "blocks", en.blocks);
	talloc_free(en.ctx);
	return o;
}

/* --- ids --- */

char *slack_modal_block_id(TALLOC_CTX *ctx, const char *metadata, size_t field)
{
	return mem_printf(ctx, "f%zu-%.*s", field, KEY_CHARS, metadata ? metadata : "");
}

int slack_modal_field_of(const char *metadata, size_t n_fields, const char *block_or_action_id)
{
	const char *id = block_or_action_id;
	int64_t i;

	if (id[0] != 'f')
		return -1;
	char *number = mem_strndup(NULL, id + 1, strcspn(id + 1, "-"));
	bool ok = text_to_int(number, 0, (int64_t)n_fields - 1, &i);
	char *same = ok ? slack_modal_block_id(number, metadata, (size_t)i) : NULL;
	int found = ok && strcmp(same, id) == 0 ? (int)i : -1;

	talloc_free(number);
	return found;
}

/* --- calls --- */

bool slack_modal_open(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *trigger_id, const struct slack_modal *modal,
		      const char **ret_view_id, struct err *e)
{
	struct slack_call c = slack_call_to(api, "views.open", SLACK_WRITES, deadline_ms, NULL);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;

	form_append(&form, "trigger_id", trigger_id);
	form_append(&form, "view", json_text(slack_modal_encode(ctx, modal)));
	if (!slack_call_form(ctx, &c, form, &answer, NULL, e))
		return false;
	const char *id = json_str(json_object_at(answer, "view"), "id");
	if (!id)
		return err_set(e, ERR_BAD_REPLY, "Slack opened a form and did not say which");
	*ret_view_id = mem_strdup(ctx, id);
	return true;
}

bool slack_modal_update(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			const char *view_id, const char *hash, const struct slack_modal *modal,
			struct err *e)
{
	struct slack_outcome outcome;
	struct slack_call c =
		slack_call_to(api, "views.update", SLACK_REPEATS, deadline_ms, &outcome);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;

	form_append(&form, "view_id", view_id);
	if (hash)
		form_append(&form, "hash", hash);
	form_append(&form, "view", json_text(slack_modal_encode(ctx, modal)));
	if (slack_call_form(ctx, &c, form, &answer, NULL, e))
		return true;
	if (strcmp(outcome.code, "hash_conflict") == 0) /* a newer one is there already */
		e->kind = ERR_FORBIDDEN;
	return false;
}

/*
 * The forms that Looker shows before something is sent: where to, and words beside it. They are
 * asked for each time a dialog opens or a value changes, so all of it comes from the stored
 * directory; when that is old, a new one is ordered for the next time.
 */
#include "bot/hub.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/directory_list.h"
#include "looker/hub.h"

#define ALL_MAX 1000 /* of a list of all: a menu with more is no help, and slow in a browser */
#define FOUND_MAX 100
#define VALUE_MAX_CHARS 100
#define MESSAGE_MAX_CHARS 4000
#define LABEL_MAX_CHARS 75
#define DIRECTORY_OLD_MS (10 * 60 * 1000LL)

#define TYPED "A channel (#sales) or a person (@ada, or the e-mail address)."

struct form {
	TALLOC_CTX *ctx;
	struct bot *bot;
	struct json_object *fields;
	struct looker_hub_call call;
	const char *channel; /* as it is now, or as the action has it; "" */
	const char *search;  /* "" */
};

/* "" when there is none, or it is no text. */
static const char *value_of(const struct form *f, const struct looker_hub_call *call,
			    const char *name, size_t max_chars)
{
	const char *value;
	struct err e;

	if (!looker_hub_value(f->ctx, call, name, &value, &e) || !value)
		return "";
	return text_cut(f->ctx, text_trim(f->ctx, value), max_chars);
}

static struct json_object *add_field(struct form *f, const char *name, const char *label,
				     const char *type, bool required)
{
	struct json_object *o = json_object_new_object();

	json_set_str(o, "name", name);
	json_set_str(o, "label", label);
	json_set_str(o, "type", type);
	json_set_bool(o, "required", required);
	json_object_array_add(f->fields, o);
	return o;
}

static void set_default(struct json_object *field, const char *value)
{
	if (value[0])
		json_set_str(field, "default", value);
}

static void add_option(struct json_object *options, const char *name, const char *label)
{
	struct json_object *o = json_object_new_object();

	json_set_str(o, "name", name);
	json_set_str(o, "label", label);
	json_object_array_add(options, o);
}

static const char *label_of(TALLOC_CTX *ctx, const struct directory_entry *entry)
{
	const char *name =
		mem_printf(ctx, "%s%s", entry->kind == DIRECTORY_PEOPLE ? "@" : "#", entry->name);

	if (entry->display[0] && strcmp(entry->display, entry->name) != 0)
		name = mem_printf(ctx, "%s (%s)", name, entry->display);
	return text_cut(ctx, name, LABEL_MAX_CHARS);
}

/* Whether what is chosen now is this one: by id, or as people write it. */
static bool is_chosen(const struct form *f, const struct directory_entry *entry)
{
	const char sign = entry->kind == DIRECTORY_PEOPLE ? '@' : '#';

	return strcmp(f->channel, entry->id) == 0 ||
	       (f->channel[0] == sign && text_equal_fold(f->channel + 1, entry->name));
}

static struct json_object *add_select(struct form *f, const struct directory_list *list)
{
	struct json_object *field = add_field(f, "channel", "Share In", "select", true);
	struct json_object *options = json_object_new_array();
	const char *chosen = "";

	for (size_t i = 0; i < list->n; i++) {
		const struct directory_entry *entry = &list->entries[i];

		if (!chosen[0] && is_chosen(f, entry))
			chosen = entry->id;
		add_option(options, entry->id, label_of(f->ctx, entry));
	}
	if (f->channel[0] && !chosen[0]) { /* what was saved stays what it is */
		add_option(options, f->channel, f->channel);
		chosen = f->channel;
	}
	json_set(field, "options", options);
	set_default(field, chosen);
	return field;
}

static void add_typed(struct form *f, const char *description)
{
	struct json_object *field = add_field(f, "channel", "Share In", "string", true);

	json_set_str(field, "description", description);
	set_default(field, f->channel);
}

/* Too many for a menu: what is typed into the first field makes the second one. */
static void add_search(struct form *f)
{
	struct json_object *field = add_field(f, "search", "Find", "string", false);
	struct directory_list found = { .n = 0 };
	struct err e;

	json_set_str(field, "description",
		     "Part of a channel's or a person's name: the next field becomes a list.");
	json_set_bool(field, "interactive", true);
	set_default(field, f->search);
	if (!f->search[0]) {
		add_typed(f, TYPED);
		return;
	}
	if (!directory_list(f->ctx, f->bot, f->search, FOUND_MAX, &found, &e) || found.n == 0) {
		add_typed(f, mem_printf(f->ctx, "Nothing is called “%s”. " TYPED, f->search));
		return;
	}
	field = add_select(f, &found);
	if (found.more)
		json_set_str(field, "description",
			     mem_printf(f->ctx,
					"The first %d: give more of the name to see others.",
					FOUND_MAX));
}

static void add_channel(struct form *f)
{
	struct directory_list all;
	struct err e;

	directory_read_later(f->bot, DIRECTORY_OLD_MS);
	if (!directory_list(f->ctx, f->bot, "", ALL_MAX, &all, &e) || all.n == 0)
		add_typed(f, TYPED);
	else if (all.more)
		add_search(f);
	else
		(void)add_select(f, &all);
}

static void add_message(struct form *f, enum hub_form_kind kind)
{
	const struct looker_hub_call given = { .form_params = f->call.form_params };
	struct json_object *field;

	/* Older releases do not say what the action has. */
	if (kind == HUB_FORM_ACTION && (!f->call.data || value_of(f, &f->call, "message", 1)[0]) &&
	    !value_of(f, &given, "message", 1)[0])
		return;
	field = add_field(f, "message", "Message", "textarea", false);
	json_set_str(field, "description",
		     kind == HUB_FORM_DELIVERY ? "Words to stand above the data."
					       : "What is to be said, if the action does not.");
	set_default(field, value_of(f, &given, "message", MESSAGE_MAX_CHARS));
}

char *hub_form(TALLOC_CTX *ctx, struct bot *bot, enum hub_form_kind kind, const char *body,
	       size_t len)
{
	struct form f = { .ctx = ctx, .bot = bot, .fields = json_new_array(ctx) };
	struct err e;

	if (!looker_hub_read(ctx, body, len, &f.call, &e))
		f.call = (struct looker_hub_call){ .data = NULL };
	f.channel = value_of(&f, &f.call, "channel", VALUE_MAX_CHARS);
	f.search = value_of(&f, &f.call, "search", VALUE_MAX_CHARS);
	add_channel(&f);
	add_message(&f, kind);
	return mem_strdup(ctx, json_text(f.fields));
}

/*
 * What an answer was, in the body of its key: to and from JSON, and run again. What was typed is
 * kept as values by name, so that it is one and the same whoever asks for it again, and in which
 * words.
 */
#include "bot/offers.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "bot/offers_private.h"
#include "bot/showing.h"
#include "slack/mrkdwn.h"

static const struct {
	const char *name; /* as struct showing has it */
	bool (*show)(TALLOC_CTX *ctx, const struct command_call *call,
		     const struct show_asked *asked, struct command_answer *ret, struct err *e);
} contents[] = {
	[OFFERS_DASHBOARD] = { "dashboard", show_dashboard },
	[OFFERS_LOOK] = { "Look", show_look },
	[OFFERS_QUERY] = { "query", show_query },
	[OFFERS_EXPLORE] = { "Explore", show_explore },
};
#define N_CONTENTS (sizeof(contents) / sizeof(contents[0]))

static const char *const drawn[] = {
	[LOOKER_RENDER_QUERY] = "query",
	[LOOKER_RENDER_LOOK] = "look",
	[LOOKER_RENDER_ELEMENT] = "element",
	[LOOKER_RENDER_DASHBOARD] = "dashboard",
};
#define N_DRAWN (sizeof(drawn) / sizeof(drawn[0]))

/* --- filters --- */

static void add_filter(struct json_object *array, const char *name, const char *title,
		       const char *value, bool given)
{
	struct json_object *o = json_object_new_object();

	json_set_str(o, "name", name);
	json_set_str(o, "title", title);
	json_set_str(o, "value", value);
	json_set_bool(o, "given", given);
	json_object_array_add(array, o);
}

static bool has_filter(const struct filters_assigned *filters, const char *name)
{
	for (size_t i = 0; i < filters->n; i++)
		if (strcmp(filters->values[i].filter->name, name) == 0)
			return true;
	return false;
}

/* A dashboard's are its own; of a Look or query those that its query has can be changed, too. */
static struct json_object *save_filters(const struct showing *s)
{
	struct json_object *array = json_object_new_array();
	size_t n = 0;
	const struct looker_filter *own = showing_own_filters(s, &n);

	for (size_t i = 0; i < s->filters->n; i++) {
		const struct filters_value *v = &s->filters->values[i];
		add_filter(array, v->filter->name, v->filter->title, v->value,
			   v->origin != FILTERS_DEFAULT);
	}
	for (size_t i = 0; i < n; i++)
		if (!has_filter(s->filters, own[i].name))
			add_filter(array, own[i].name, own[i].title, own[i].default_value, false);
	return array;
}

/* An address's other values ("fields" of an Explore), and those that somebody gave. */
static struct json_object *save_link(const struct showing *s)
{
	const struct form *link = s->asked->link;
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; link && i < link->n && strcmp(s->kind, "dashboard") != 0; i++)
		json_set_str(o, link->fields[i].name, link->fields[i].value);
	for (size_t i = 0; i < s->filters->n; i++)
		if (s->filters->values[i].origin != FILTERS_DEFAULT)
			json_set_str(o, s->filters->values[i].filter->name,
				     s->filters->values[i].value);
	return o;
}

static void load_filters(TALLOC_CTX *ctx, const struct json_object *array,
			 struct offers_answer *ret)
{
	struct offers_filter *filters = mem_array(ctx, struct offers_filter, json_len(array));

	for (size_t i = 0; i < json_len(array); i++) {
		const struct json_object *o = json_item(array, i);
		filters[i] = (struct offers_filter){
			.name = json_str_or(o, "name", ""),
			.title = json_str_or(o, "title", ""),
			.value = json_str_or(o, "value", ""),
			.given = json_bool_or(o, "given", false),
		};
	}
	ret->filters = filters;
	ret->n_filters = json_len(array);
}

static const struct form *load_link(TALLOC_CTX *ctx, struct json_object *o)
{
	struct form *link = mem_zero(ctx, struct form);

	if (!o)
		return link;
	link->fields = mem_array(ctx, struct form_field, (size_t)json_object_object_length(o));
	json_object_object_foreach(o, name, value)
	{
		if (json_object_is_type(value, json_type_string))
			link->fields[link->n++] =
				(struct form_field){ name, json_object_get_string(value) };
	}
	return link;
}

/* --- the picture --- */

static struct json_object *save_picture(const struct looker_render *what, const char *words)
{
	struct json_object *o = json_object_new_object();

	json_set_str(o, "kind", drawn[what->kind]);
	json_set_str(o, "id", what->id);
	json_set_str(o, "filters", what->filters);
	json_set_int(o, "width", what->width);
	json_set_int(o, "height", what->height);
	json_set_str(o, "words", words);
	return o;
}

static void load_picture(const struct json_object *o, struct offers_answer *ret)
{
	const char *kind = json_str_or(o, "kind", "");
	size_t i = 0;

	ret->picture_words = json_str_or(o, "words", "");
	while (i < N_DRAWN && strcmp(drawn[i], kind) != 0)
		i++;
	if (i == N_DRAWN)
		return;
	ret->picture = (struct looker_render){
		.kind = (enum looker_render_kind)i,
		.id = json_str(o, "id"),
		.filters = json_str(o, "filters"),
		.width = (int)json_int_or(o, "width", 0),
		.height = (int)json_int_or(o, "height", 0),
	};
}

/* --- the answer --- */

struct json_object *offers_save(const struct showing *s)
{
	struct csv_offer csv = { .looker = looker_name(s->lk), .title = s->title, .limit = -1 };
	struct looker_render picture;
	const char *words;

	(void)showing_has_rows(s, &csv);
	struct json_object *o = csv_offer_save(s->ctx, &csv);
	json_set_str(o, "what", s->kind);
	json_set_str(o, "id", s->asked->id);
	json_set_str(o, "view", s->asked->view);
	json_set_str(o, "words", s->asked->words);
	json_set_str(o, "typed", s->call->text);
	json_set_str(o, "asker", s->call->in->user_id);
	json_set_str(o, "url", showing_link(s));
	json_set_bool(o, "named", s->asked->named);
	json_set(o, "link", save_link(s));
	json_set(o, "filter_values", save_filters(s));
	if (showing_can_draw(s, &picture, &words))
		json_set(o, "picture", save_picture(&picture, words));
	return o;
}

bool offers_read(TALLOC_CTX *ctx, const struct key_meaning *key, struct offers_answer *ret,
		 struct err *e)
{
	const struct json_object *o = key->body;
	const char *what = json_str_or(o, "what", "");
	size_t i = 0;

	while (i < N_CONTENTS && strcmp(contents[i].name, what) != 0)
		i++;
	*ret = (struct offers_answer){
		.what = (enum offers_what)i,
		.looker = json_str(o, "looker"),
		.id = json_str(o, "id"),
		.view = json_str(o, "view"),
		.title = json_str_or(o, "title", ""),
		.words = json_str_or(o, "words", ""),
		.typed = json_str_or(o, "typed", ""),
		.asker = json_str_or(o, "asker", ""),
		.url = json_str(o, "url"),
		.link = load_link(ctx, json_object_at(o, "link")),
		.named = json_bool_or(o, "named", false),
		.query_id = json_str(o, "query"),
		.csv = csv_offer_load(o),
	};
	load_filters(ctx, json_array_at(o, "filter_values"), ret);
	load_picture(json_object_at(o, "picture"), ret);
	return (strcmp(key->kind, OFFERS_KIND) == 0 && i < N_CONTENTS && ret->looker && ret->id) ||
	       err_set(e, ERR_INTERNAL, "the button's meaning cannot be read");
}

bool offers_instance(const struct bot *bot, const struct offers_answer *a, size_t *ret)
{
	for (size_t i = 0; i < bot->n_lookers; i++) {
		*ret = i;
		if (strcmp(looker_name(bot->lookers[i]), a->looker) == 0)
			return true;
	}
	return false;
}

char *offers_filters_text(TALLOC_CTX *ctx, const struct offers_answer *a)
{
	char *text = mem_strdup(ctx, "");

	for (size_t i = 0; i < a->n_filters; i++)
		form_append(&text, a->filters[i].name, a->filters[i].value);
	return text;
}

void offers_say_gone(TALLOC_CTX *ctx, const struct offers_answer *a, struct command_answer *ret)
{
	char *text = mem_strdup(ctx, "I cannot show ");

	mrkdwn_add_bold(&text, a->title);
	mrkdwn_add_raw(&text, " any more: ");
	mrkdwn_add_text(&text, a->looker);
	mrkdwn_add_raw(&text, " is no longer one of my Lookers.");
	command_whisper(ctx, text, ret);
}

/* What is not there any more is an answer: nobody can mend it by trying again. */
static void say_missing(TALLOC_CTX *ctx, const struct err *e, struct command_answer *ret)
{
	char *text = mem_strdup(ctx, "I cannot show that any more. ");

	mrkdwn_add_text(&text, e->text);
	mrkdwn_add_raw(&text, ".");
	command_whisper(ctx, text, ret);
}

/* The command that it was, for those who have the same title on another instance. */
static const struct catalogue_command *entry_of(TALLOC_CTX *ctx, const struct command_call *call,
						const struct offers_answer *a, size_t instance)
{
	const struct catalogue_command *c =
		a->named || a->what != OFFERS_DASHBOARD
			? NULL
			: catalogue_find(call->catalogue, catalogue_key(ctx, a->words));

	return c && c->instance == instance && strcmp(c->id, a->id) == 0 ? c : NULL;
}

bool offers_show(TALLOC_CTX *ctx, const struct command_call *call, const struct offers_answer *a,
		 const char *text, struct command_answer *ret, struct err *e)
{
	struct command_call again = *call;
	struct show_asked asked = {
		.id = a->id,
		.view = a->view,
		.title = a->title,
		.words = a->words,
		.text = text,
		.link = a->link,
		.named = a->named,
		.again = true,
	};

	if (!offers_instance(call->bot, a, &asked.instance)) {
		offers_say_gone(ctx, a, ret);
		return true;
	}
	again.match.instance = asked.instance;
	again.match.entry = entry_of(ctx, call, a, asked.instance);
	if (contents[a->what].show(ctx, &again, &asked, ret, e))
		return true;
	if (e->kind != ERR_NOT_FOUND)
		return false;
	say_missing(ctx, e, ret);
	return true;
}

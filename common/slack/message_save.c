/*
 * A message as JSON for a job's progress, and back: rendering runs once, sending may run often. The
 * format is ours and lives as long as a job; loading checks it, because a newer version may read
 * what an older one wrote.
 */
#include "base/mem.h"
#include "slack/message_private.h"

static const char *const kinds[] = {
	[MESSAGE_SECTION] = "section", [MESSAGE_FIELDS] = "fields", [MESSAGE_CONTEXT] = "context",
	[MESSAGE_DIVIDER] = "divider", [MESSAGE_TABLE] = "table",   [MESSAGE_BUTTONS] = "buttons",
	[MESSAGE_CHART] = "chart",     [MESSAGE_IMAGE] = "image",   [MESSAGE_MENU] = "menu",
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void array_add_str(struct json_object *array, const char *s)
{
	json_object_array_add(array, s ? json_object_new_string(s) : NULL);
}

static struct json_object *save_strong(const struct slack_table *t)
{
	struct json_object *strong = json_object_new_array();
	for (size_t r = 0; r < t->n_rows; r++)
		json_object_array_add(strong, json_object_new_boolean(t->strong[r]));
	return strong;
}

/* A column is [title, numeric, right], a cell [text, number or null, link or null]; "strong" has
 * one entry for each row. */
static struct json_object *save_table(const struct slack_table *t)
{
	struct json_object *o = json_object_new_object();
	struct json_object *columns = json_object_new_array(), *cells = json_object_new_array();
	for (size_t c = 0; c < t->n_columns; c++) {
		struct json_object *column = json_object_new_array();
		array_add_str(column, t->columns[c].title);
		json_object_array_add(column, json_object_new_boolean(t->columns[c].numeric));
		json_object_array_add(column, json_object_new_boolean(t->columns[c].right));
		json_object_array_add(columns, column);
	}
	for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
		struct json_object *cell = json_object_new_array();
		bool numeric = t->columns[i % t->n_columns].numeric;
		array_add_str(cell, t->cells[i].text);
		json_object_array_add(cell, numeric ? message_number(t->cells[i].number) : NULL);
		array_add_str(cell, t->cells[i].link);
		json_object_array_add(cells, cell);
	}
	json_set_str(o, "caption", t->caption);
	json_set_bool(o, "fixed", t->fixed);
	if (t->strong)
		json_set(o, "strong", save_strong(t));
	json_set(o, "columns", columns);
	json_set(o, "cells", cells);
	return o;
}

static struct json_object *save_fields(const struct message_part *p)
{
	struct json_object *fields = json_object_new_array();
	for (size_t i = 0; i < p->n_fields; i++) {
		struct json_object *field = json_object_new_array();
		array_add_str(field, p->fields[i].title);
		array_add_str(field, p->fields[i].mrkdwn);
		json_object_array_add(fields, field);
	}
	return fields;
}

static struct json_object *save_buttons(const struct message_part *p)
{
	struct json_object *buttons = json_object_new_array();
	for (size_t i = 0; i < p->n_buttons; i++) {
		const struct slack_button *b = &p->buttons[i];
		struct json_object *button = json_object_new_object();
		json_set_str(button, "action_id", b->action_id);
		json_set_str(button, "text", b->text);
		json_set_str(button, "value", b->value);
		json_set_str(button, "url", b->url);
		json_set_bool(button, "primary", b->primary);
		json_object_array_add(buttons, button);
	}
	return buttons;
}

static struct json_object *save_image(const struct slack_image *i)
{
	struct json_object *image = json_object_new_object();
	json_set_str(image, "file_id", i->file_id);
	json_set_str(image, "url", i->url);
	json_set_str(image, "alt", i->alt);
	json_set_str(image, "link", i->link);
	return image;
}

struct json_object *slack_message_save(TALLOC_CTX *ctx, const struct slack_message *m)
{
	struct json_object *o = json_new_object(ctx), *parts = json_object_new_array();
	for (size_t i = 0; i < m->n; i++) {
		const struct message_part *p = &m->parts[i];
		struct json_object *part = json_object_new_object();
		json_set_str(part, "kind", kinds[p->kind]);
		json_set_str(part, "mrkdwn", p->mrkdwn);
		if (p->fields)
			json_set(part, "fields", save_fields(p));
		if (p->table)
			json_set(part, "table", save_table(p->table));
		if (p->chart)
			json_set(part, "chart", message_chart_save(p->chart));
		if (p->kind == MESSAGE_MENU)
			message_menu_save(p, part);
		else if (p->buttons)
			json_set(part, "buttons", save_buttons(p));
		if (p->image)
			json_set(part, "image", save_image(p->image));
		json_object_array_add(parts, part);
	}
	json_set_str(o, "text", slack_message_text(m));
	json_set(o, "parts", parts);
	return o;
}

/* Text at i of an array; "" when there is none. */
static const char *str_at(struct json_object *array, size_t i)
{
	struct json_object *s = json_item(array, i);
	return json_object_is_type(s, json_type_string) ? json_object_get_string(s) : "";
}

static void load_columns(TALLOC_CTX *ctx, struct json_object *saved, struct slack_table *t)
{
	struct slack_column *columns = mem_array(ctx, struct slack_column, t->n_columns);
	for (size_t c = 0; c < t->n_columns; c++) {
		struct json_object *column = json_item(saved, c);
		columns[c].title = str_at(column, 0);
		columns[c].numeric = json_object_get_boolean(json_item(column, 1));
		columns[c].right = json_object_get_boolean(json_item(column, 2));
	}
	t->columns = columns;
}

static void load_cells(TALLOC_CTX *ctx, struct json_object *saved, struct slack_table *t)
{
	size_t n = t->n_rows * t->n_columns;
	struct slack_cell *cells = mem_array(ctx, struct slack_cell, n);
	for (size_t i = 0; i < n; i++) {
		struct json_object *cell = json_item(saved, i);
		const char *link = str_at(cell, 2);
		cells[i].text = str_at(cell, 0);
		cells[i].number = json_object_get_double(json_item(cell, 1));
		cells[i].link = *link ? link : NULL;
	}
	t->cells = cells;
}

static void load_strong(TALLOC_CTX *ctx, struct json_object *saved, struct slack_table *t)
{
	bool *strong = mem_array(ctx, bool, t->n_rows);
	for (size_t r = 0; r < t->n_rows; r++)
		strong[r] = json_object_get_boolean(json_item(saved, r));
	t->strong = strong;
}

/* False: it is none. */
static bool read_table(TALLOC_CTX *ctx, struct json_object *o, struct slack_table *ret)
{
	struct json_object *columns = json_array_at(o, "columns"),
			   *cells = json_array_at(o, "cells");
	struct slack_table t = { .caption = json_str_or(o, "caption", ""),
				 .n_columns = json_len(columns),
				 .fixed = json_bool_or(o, "fixed", false) };
	if (t.n_columns == 0 || json_len(cells) == 0 || json_len(cells) % t.n_columns != 0)
		return false;
	t.n_rows = json_len(cells) / t.n_columns;
	load_columns(ctx, columns, &t);
	load_cells(ctx, cells, &t);
	if (json_array_at(o, "strong"))
		load_strong(ctx, json_array_at(o, "strong"), &t);
	*ret = t;
	return true;
}

static bool load_table(TALLOC_CTX *ctx, struct slack_message *m, struct json_object *o)
{
	struct slack_table t;
	if (!read_table(ctx, o, &t))
		return false;
	/* Through the front door: the limits of this version count. */
	size_t rows = 0, n_columns = 0;
	slack_message_add_table(m, &t, &rows, &n_columns);
	return rows > 0;
}

static bool load_chart(TALLOC_CTX *ctx, struct slack_message *m, struct json_object *part)
{
	struct json_object *saved = json_object_at(part, "table");
	struct slack_chart c;
	struct slack_table t;
	return message_chart_load(ctx, json_object_at(part, "chart"), &c) &&
	       (!saved || read_table(ctx, saved, &t)) &&
	       slack_message_add_chart(m, &c, saved ? &t : NULL);
}

static void load_fields(TALLOC_CTX *ctx, struct slack_message *m, struct json_object *saved)
{
	size_t n = json_len(saved);
	struct slack_field *fields = mem_array(ctx, struct slack_field, n);
	for (size_t i = 0; i < n; i++) {
		fields[i].title = str_at(json_item(saved, i), 0);
		fields[i].mrkdwn = str_at(json_item(saved, i), 1);
	}
	slack_message_add_fields(m, fields, n);
}

static void load_buttons(TALLOC_CTX *ctx, struct slack_message *m, struct json_object *saved)
{
	size_t n = json_len(saved);
	struct slack_button *buttons = mem_array(ctx, struct slack_button, n);
	for (size_t i = 0; i < n; i++) {
		struct json_object *button = json_item(saved, i);
		buttons[i] = (struct slack_button){
			.action_id = json_str(button, "action_id"),
			.text = json_str(button, "text"),
			.value = json_str(button, "value"),
			.url = json_str(button, "url"),
			.primary = json_bool_or(button, "primary", false),
		};
	}
	slack_message_add_buttons(m, buttons, n);
}

static bool load_image(struct slack_message *m, const struct json_object *saved)
{
	struct slack_image i = {
		.file_id = json_str(saved, "file_id"),
		.alt = json_str(saved, "alt"),
		.link = json_str(saved, "link"),
		.url = json_str(saved, "url"),
	};
	slack_message_add_image(m, &i);
	return i.file_id != NULL || i.url != NULL;
}

static bool load_part(TALLOC_CTX *ctx, struct slack_message *m, struct json_object *part)
{
	const char *name = json_str_or(part, "kind", "");
	size_t kind = 0;
	while (kind < N_KINDS && strcmp(kinds[kind], name) != 0)
		kind++;
	if (kind == N_KINDS)
		return false;
	switch ((enum message_part_kind)kind) {
	case MESSAGE_SECTION:
		slack_message_add_section(m, json_str_or(part, "mrkdwn", ""));
		break;
	case MESSAGE_CONTEXT:
		slack_message_add_context(m, json_str_or(part, "mrkdwn", ""));
		break;
	case MESSAGE_DIVIDER:
		slack_message_add_divider(m);
		break;
	case MESSAGE_FIELDS:
		load_fields(ctx, m, json_array_at(part, "fields"));
		break;
	case MESSAGE_TABLE:
		return load_table(ctx, m, json_object_at(part, "table"));
	case MESSAGE_CHART:
		return load_chart(ctx, m, part);
	case MESSAGE_BUTTONS:
		load_buttons(ctx, m, json_array_at(part, "buttons"));
		break;
	case MESSAGE_IMAGE:
		return load_image(m, json_object_at(part, "image"));
	case MESSAGE_MENU:
		message_menu_load(ctx, part, m);
		break;
	}
	return true;
}

bool slack_message_load(TALLOC_CTX *ctx, const struct json_object *o, struct slack_message **ret,
			struct err *e)
{
	struct json_object *parts = json_array_at(o, "parts");
	if (!parts || !json_str(o, "text"))
		return err_set(e, ERR_BAD_INPUT, "not a saved message");
	struct slack_message *m = slack_message_new(ctx);
	TALLOC_CTX *tmp = mem_ctx(NULL);
	bool ok = true;
	slack_message_set_text(m, json_str(o, "text"));
	for (size_t i = 0; i < json_len(parts) && ok; i++)
		ok = load_part(tmp, m, json_item(parts, i));
	talloc_free(tmp);
	if (!ok) {
		talloc_free(m);
		return err_set(e, ERR_BAD_INPUT, "a part of the saved message is damaged");
	}
	*ret = m;
	return true;
}

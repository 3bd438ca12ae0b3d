/*
 * A message as Block Kit blocks, in the forms that have them; tables as blocks of their own are
 * made in message_table.c, as aligned text in code blocks here. Slack's limits on blocks are kept
 * here; what does not fit is counted and said in a last line. mrkdwn in the parts is escaped
 * already and not looked into.
 */
#include "base/mem.h"
#include "base/text.h"
#include "slack/message_private.h"
#include "slack/mrkdwn.h"

#define FENCE_OPEN "```\n"
#define FENCE_CLOSE "```"
#define FENCE_UNITS 7
#define TABLE_UNITS_MIN 2000 /* a table is never squeezed below this by the other parts */

struct emitter {
	struct json_object *blocks;
	size_t units_left;
	size_t left_out;
	size_t n_tables; /* Slack refuses a second one */
};

static struct json_object *typed(const char *type)
{
	struct json_object *o = json_object_new_object();
	json_set_str(o, "type", type);
	return o;
}

/* `verbatim`: Slack shall not turn names and addresses in data into links by itself. */
static struct json_object *mrkdwn_object(const char *text)
{
	struct json_object *o = typed("mrkdwn");
	json_set_str(o, "text", text);
	json_set_bool(o, "verbatim", true);
	return o;
}

/* Takes `block` over. */
static void emit(struct emitter *em, struct json_object *block, size_t units)
{
	if (json_len(em->blocks) >= BLOCKS_MAX || units > em->units_left) {
		em->left_out++;
		json_object_put(block);
		return;
	}
	em->units_left -= units;
	json_object_array_add(em->blocks, block);
}

static void emit_section(struct emitter *em, const char *text)
{
	struct json_object *block = typed("section");
	json_set(block, "text", mrkdwn_object(text));
	emit(em, block, message_units(text));
}

static void emit_sections(TALLOC_CTX *ctx, struct emitter *em, const char *mrkdwn)
{
	while (*mrkdwn) {
		struct message_cut cut = message_cut_at(mrkdwn, SECTION_MAX);
		char *piece = mem_strndup(ctx, mrkdwn, cut.len);
		if (piece[strspn(piece, " \t\n")])
			emit_section(em, piece);
		mrkdwn += cut.next;
	}
}

static void emit_context(TALLOC_CTX *ctx, struct emitter *em, const char *mrkdwn)
{
	struct json_object *block = typed("context"), *elements = json_object_new_array();
	size_t units = 0;
	while (*mrkdwn && json_len(elements) < CONTEXT_ELEMENTS) {
		struct message_cut cut = message_cut_at(mrkdwn, FIELD_MAX);
		char *piece = mem_strndup(ctx, mrkdwn, cut.len);
		if (piece[strspn(piece, " \t\n")])
			json_object_array_add(elements, mrkdwn_object(piece));
		units += message_units(piece);
		mrkdwn += cut.next;
	}
	if (*mrkdwn)
		em->left_out++;
	json_set(block, "elements", elements);
	emit(em, block, units);
}

static char *field_text(TALLOC_CTX *ctx, const struct slack_field *f)
{
	char *text = mem_strdup(ctx, "");
	mrkdwn_add_bold(&text, f->title);
	if (*text)
		mrkdwn_add_raw(&text, "\n");
	mrkdwn_add_raw(&text, *f->mrkdwn ? f->mrkdwn : " ");
	return message_shorten(ctx, text, FIELD_MAX);
}

static void emit_fields(TALLOC_CTX *ctx, struct emitter *em, const struct message_part *p)
{
	for (size_t i = 0; i < p->n_fields; i += FIELDS_A_SECTION) {
		struct json_object *block = typed("section"), *fields = json_object_new_array();
		size_t units = 0;
		for (size_t k = i; k < p->n_fields && k < i + FIELDS_A_SECTION; k++) {
			char *text = field_text(ctx, &p->fields[k]);
			units += message_units(text);
			json_object_array_add(fields, mrkdwn_object(text));
		}
		json_set(block, "fields", fields);
		emit(em, block, units);
	}
}

/* A table's cells have a limit of their own, so they are no block text. */
static void emit_data_table(struct emitter *em, const struct slack_table *t)
{
	emit(em, message_data_table(t), 0);
}

static void emit_table(TALLOC_CTX *ctx, struct emitter *em, const struct slack_table *t)
{
	size_t rows = 0;

	emit(em, message_table(t, &rows), 0);
	if (rows < t->n_rows)
		emit_context(ctx, em, mem_printf(ctx, "First %zu of %zu rows.", rows, t->n_rows));
}

/* Slack redraws a row of buttons when its id is another one, so the id is made of what is in it,
 * and of its place: two rows may hold the same. */
static char *buttons_id(TALLOC_CTX *ctx, const struct message_part *p, size_t place)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < p->n_buttons; i++) {
		const struct slack_button *b = &p->buttons[i];
		const char *texts[] = { b->action_id, b->text, b->value, b->url };

		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			for (const char *c = texts[k] ? texts[k] : ""; *c; c++)
				hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
			hash = (hash ^ 0xff) * 0x100000001b3; /* no byte of UTF-8 */
		}
	}
	return mem_printf(ctx, "buttons-%zu-%016llx", place, (unsigned long long)hash);
}

static struct json_object *button(const struct slack_button *b)
{
	struct json_object *o = typed("button"), *text = typed("plain_text");

	json_set_str(text, "text", b->text);
	json_set(o, "text", text);
	json_set_str(o, "action_id", b->action_id);
	json_set_str(o, "value", b->value);
	json_set_str(o, "url", b->url);
	if (b->primary)
		json_set_str(o, "style", "primary");
	return o;
}

static void emit_buttons(TALLOC_CTX *ctx, struct emitter *em, const struct message_part *p)
{
	struct json_object *block = typed("actions"), *elements = json_object_new_array();
	size_t units = 0;

	for (size_t i = 0; i < p->n_buttons; i++) {
		json_object_array_add(elements, button(&p->buttons[i]));
		units += message_units(p->buttons[i].text);
	}
	json_set_str(block, "block_id", buttons_id(ctx, p, json_len(em->blocks)));
	json_set(block, "elements", elements);
	emit(em, block, units);
}

static void emit_menu(TALLOC_CTX *ctx, struct emitter *em, const struct message_part *p)
{
	struct json_object *block = typed("actions"), *elements = json_object_new_array();
	size_t units = message_units(p->placeholder);

	for (size_t i = 0; i < p->n_buttons; i++)
		units += message_units(p->buttons[i].text);
	json_object_array_add(elements, message_menu(p));
	json_set_str(block, "block_id", buttons_id(ctx, p, json_len(em->blocks)));
	json_set(block, "elements", elements);
	emit(em, block, units);
}

static void emit_image(struct emitter *em, const struct slack_image *i)
{
	struct json_object *block = typed("image");

	if (i->file_id) {
		struct json_object *file = json_object_new_object();
		json_set_str(file, "id", i->file_id);
		json_set(block, "slack_file", file);
	}
	json_set_str(block, "image_url", i->url);
	json_set_str(block, "alt_text", i->alt);
	emit(em, block, 0);
}

/* Lines gathered into as few sections as hold them. */
static void emit_lines(TALLOC_CTX *ctx, struct emitter *em, const struct message_lines *lines)
{
	char *text = NULL;
	size_t units = 0;
	for (size_t i = 0; i < lines->n; i++) {
		size_t more = message_units(lines->lines[i]) + 1;
		if (text && units + more > SECTION_MAX) {
			mem_append(&text, FENCE_CLOSE);
			emit_section(em, text);
			text = NULL;
		}
		if (!text) {
			text = mem_strdup(ctx, FENCE_OPEN);
			units = FENCE_UNITS;
		}
		mem_append(&text, lines->lines[i]);
		mem_append(&text, "\n");
		units += more;
	}
	if (text) {
		mem_append(&text, FENCE_CLOSE);
		emit_section(em, text);
	}
}

static size_t part_units(const struct message_part *p)
{
	size_t units = p->mrkdwn ? message_units(p->mrkdwn) : 0;
	for (size_t i = 0; i < p->n_fields; i++)
		units += message_units(p->fields[i].title) + message_units(p->fields[i].mrkdwn) + 3;
	return units;
}

/* What the other parts leave for the table's text, fences taken off. */
static size_t monospace_units(const struct slack_message *m)
{
	size_t others = 0, left = TABLE_UNITS_MIN;
	for (size_t i = 0; i < m->n; i++)
		others += part_units(&m->parts[i]);
	if (others + TABLE_UNITS_MIN < MONOSPACE_TEXT_MAX)
		left = MONOSPACE_TEXT_MAX - others;
	return left - (left / SECTION_MAX + 1) * FENCE_UNITS;
}

static void emit_chart(TALLOC_CTX *ctx, struct emitter *em, const struct slack_chart *c)
{
	emit(em, message_chart(c), 0);
	if (c->note)
		emit_context(ctx, em, c->note);
}

static void emit_as(TALLOC_CTX *ctx, struct emitter *em, const struct slack_message *m,
		    const struct slack_table *t, enum slack_form form)
{
	bool block = em->n_tables++ == 0;
	if (block && form <= SLACK_FORM_DATA_TABLE && !t->fixed)
		emit_data_table(em, t);
	else if (block && form <= SLACK_FORM_TABLE)
		emit_table(ctx, em, t);
	else {
		struct message_lines lines = message_table_lines(ctx, t, monospace_units(m));
		emit_lines(ctx, em, &lines);
	}
}

static void emit_part(TALLOC_CTX *ctx, struct emitter *em, const struct slack_message *m,
		      const struct message_part *p, enum slack_form form)
{
	switch (p->kind) {
	case MESSAGE_SECTION:
		emit_sections(ctx, em, p->mrkdwn);
		break;
	case MESSAGE_FIELDS:
		emit_fields(ctx, em, p);
		break;
	case MESSAGE_CONTEXT:
		emit_context(ctx, em, p->mrkdwn);
		break;
	case MESSAGE_DIVIDER:
		emit(em, typed("divider"), 0);
		break;
	case MESSAGE_TABLE:
		emit_as(ctx, em, m, p->table, form);
		break;
	case MESSAGE_CHART:
		if (form == SLACK_FORM_CHART)
			emit_chart(ctx, em, p->chart);
		else if (p->table)
			emit_as(ctx, em, m, p->table, form);
		break;
	case MESSAGE_BUTTONS:
		emit_buttons(ctx, em, p);
		break;
	case MESSAGE_MENU:
		emit_menu(ctx, em, p);
		break;
	case MESSAGE_IMAGE:
		emit_image(em, p->image);
		break;
	}
}

/* The last block says how much is missing; room is made for it. */
static void emit_left_out(TALLOC_CTX *ctx, struct emitter *em)
{
	if (em->left_out == 0)
		return;
	if (json_len(em->blocks) >= BLOCKS_MAX) {
		json_object_array_del_idx(em->blocks, BLOCKS_MAX - 1, 1);
		em->left_out++;
	}
	em->units_left = SECTION_MAX;
	emit_context(ctx, em,
		     em->left_out == 1
			     ? "… 1 part that did not fit was left out"
			     : mem_printf(ctx, "… %zu parts that did not fit were left out",
					  em->left_out));
}

struct json_object *message_blocks(TALLOC_CTX *ctx, const struct slack_message *m,
				   enum slack_form form)
{
	struct emitter em = {
		.blocks = json_new_array(ctx),
		.units_left = form == SLACK_FORM_MONOSPACE ? MONOSPACE_TEXT_MAX : BLOCKS_TEXT_MAX,
	};
	for (size_t i = 0; i < m->n; i++)
		emit_part(ctx, &em, m, &m->parts[i], form);
	emit_left_out(ctx, &em);
	return em.blocks;
}

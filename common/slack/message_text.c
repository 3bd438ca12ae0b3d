/*
 * A message without blocks, the last form of the ladder: its parts in their order as one mrkdwn
 * text (the summary for notifications only when there are none). Lines stay whole; what does not
 * fit is said.
 */
#include "base/mem.h"
#include "slack/message_private.h"
#include "slack/mrkdwn.h"

#define SEPARATOR "\n"
#define REST_NOTE "… the rest did not fit"
#define REST_UNITS 30
#define FENCE_UNITS 8
#define TABLE_UNITS_MIN 2000

static char *fields_text(TALLOC_CTX *ctx, const struct message_part *p)
{
	char *text = mem_strdup(ctx, "");
	for (size_t i = 0; i < p->n_fields; i++) {
		if (i > 0)
			mem_append(&text, "\n");
		mrkdwn_add_bold(&text, p->fields[i].title);
		mrkdwn_add_raw(&text, *p->fields[i].title ? ": " : "");
		mrkdwn_add_raw(&text, p->fields[i].mrkdwn);
	}
	return text;
}

static char *table_text(TALLOC_CTX *ctx, const struct slack_table *t, size_t max_units)
{
	struct message_lines lines = message_table_lines(ctx, t, max_units - FENCE_UNITS);
	char *text = mem_strdup(ctx, "```\n");
	for (size_t i = 0; i < lines.n; i++)
		mem_appendf(&text, "%s\n", lines.lines[i]);
	mem_append(&text, "```");
	return text;
}

static char *image_text(TALLOC_CTX *ctx, const struct slack_image *i)
{
	char *text = mem_strdup(ctx, "");
	if (i->link)
		mrkdwn_add_link(&text, i->link, i->alt);
	else
		mrkdwn_add_text(&text, i->alt);
	return text;
}

/* NULL for a table or a chart's: it gets what the others leave; and for buttons, which no text can
 * have. */
static const char *part_text(TALLOC_CTX *ctx, const struct message_part *p)
{
	switch (p->kind) {
	case MESSAGE_SECTION:
	case MESSAGE_CONTEXT:
		return p->mrkdwn;
	case MESSAGE_FIELDS:
		return fields_text(ctx, p);
	case MESSAGE_DIVIDER:
		return "";
	case MESSAGE_IMAGE:
		return image_text(ctx, p->image);
	case MESSAGE_TABLE:
	case MESSAGE_CHART:
	case MESSAGE_BUTTONS:
	case MESSAGE_MENU:
		break;
	}
	return NULL;
}

/* Appends as much as fits and returns whether that was all; code blocks fit or stay out. */
static bool append_part(char **buf, size_t *units_left, const char *text)
{
	size_t units = message_units(text) + 1;
	if (units <= *units_left) {
		mem_append(buf, **buf ? SEPARATOR : "");
		mem_append(buf, text);
		*units_left -= units;
		return true;
	}
	if (strncmp(text, "```", 3) != 0 && *units_left > 1) {
		mem_append(buf, **buf ? SEPARATOR : "");
		mem_append_n(buf, text, message_cut_at(text, *units_left - 1).len);
	}
	*units_left = 0;
	return false;
}

char *message_plain(TALLOC_CTX *ctx, const struct slack_message *m)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	const char **texts = mem_array(tmp, const char *, m->n + 1);
	size_t used = REST_UNITS;
	for (size_t i = 0; i < m->n; i++) {
		texts[i] = part_text(tmp, &m->parts[i]);
		used += texts[i] ? message_units(texts[i]) + 1 : 1;
	}
	size_t table_units =
		used + TABLE_UNITS_MIN < PLAIN_TEXT_MAX ? PLAIN_TEXT_MAX - used : TABLE_UNITS_MIN;
	char *text = mem_strdup(ctx, "");
	size_t left = PLAIN_TEXT_MAX - REST_UNITS;
	size_t n_shown = 0;
	bool whole = true;
	for (size_t i = 0; i < m->n && whole; i++) {
		if (!texts[i] && !m->parts[i].table)
			continue;
		n_shown++;
		if (!texts[i])
			texts[i] = table_text(tmp, m->parts[i].table, table_units);
		whole = append_part(&text, &left, texts[i]);
	}
	if (n_shown == 0)
		whole = append_part(&text, &left, slack_message_text(m));
	if (!whole)
		mem_append(&text, "\n" REST_NOTE);
	talloc_free(tmp);
	return *text ? text : mem_strdup(ctx, "Looker");
}

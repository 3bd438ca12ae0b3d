/*
 * The button for all rows below an answer that is a table: where not all are shown, or more than
 * one page of them. What it does is bot/press_csv.c.
 */
#include "bot/showing.h"

#include "base/mem.h"

#define PAGE_ROWS 25 /* that Slack shows of a table at a time */

/* As the footer has them, as plain text. */
static char *filters_of(const struct showing *s)
{
	char *text = mem_strdup(s->ctx, "");

	for (size_t i = 0; i < s->filters->n; i++) {
		const struct filters_value *v = &s->filters->values[i];
		mem_appendf(&text, "%s%s: %s", i > 0 ? " · " : "", v->filter->title,
			    v->value[0] ? v->value : "any");
	}
	return text;
}

/* A query that asks for no more than a table holds ("the top ten") is that; else its limit is
 * Looker's default or the Explore's page, and no part of the question. */
static int64_t limit_of(const struct showing *s)
{
	size_t own = looker_query_limit(s->tile->query, SLACK_TABLE_ROWS_MAX + 1);

	return own <= SLACK_TABLE_ROWS_MAX ? (int64_t)own : -1;
}

bool showing_has_rows(const struct showing *s, struct csv_offer *ret)
{
	if (!s->tile || !s->ran || !s->ran->query_id)
		return false;
	*ret = (struct csv_offer){
		.looker = looker_name(s->lk),
		.query_id = s->ran->query_id,
		.title = s->title,
		.filters = filters_of(s),
		.limit = limit_of(s),
		/* Looker may take this for "so many rows", too. */
		.as_shown = !json_bool_or(s->tile->vis, "limit_displayed_rows", false),
		.pivoted = json_len(json_array_at(s->tile->query, "pivots")) > 0,
	};
	return true;
}

bool showing_hides_rows(const struct slack_message *m, const struct render_outcome *rows)
{
	bool all = !rows->more_rows && rows->rows_shown >= rows->rows_known;

	return slack_message_has_table(m) && (!all || rows->rows_shown > PAGE_ROWS);
}

void showing_offer_csv(const struct showing *s, struct slack_message *m,
		       const struct render_outcome *rows)
{
	struct csv_offer offer;

	if (showing_hides_rows(m, rows) && showing_has_rows(s, &offer))
		csv_offer_add(s->ctx, s->call->bot, m, &offer);
}

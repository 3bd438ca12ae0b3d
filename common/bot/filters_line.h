/*
 * Values for a dashboard's filters as one line, as somebody would type it: the way back of
 * bot/filters.h. Pure.
 */
#ifndef BOT_FILTERS_LINE_H
#define BOT_FILTERS_LINE_H

#include "bot/filters.h"

/* A value of a field as Looker's expression for exactly that; NULL: there is none that can be
 * typed. */
char *filters_line_literal(TALLOC_CTX *ctx, const char *text);

/*
 * `Region=EMEA Period="last 7 days"`: what differs from the dashboard's own values. `values`: name
 * -> expression; absent: any value.
 */
char *filters_line(TALLOC_CTX *ctx, const struct looker_filter *filters, size_t n,
		   const struct json_object *values);

/* Whether such a line, sent to the bot, means these values. ERR_BAD_INPUT: why not, for people. */
bool filters_line_holds(TALLOC_CTX *ctx, const struct looker_filter *filters, size_t n,
			const struct json_object *values, struct err *e) ERR_MUST_CHECK;

/* The line as Slack would send it: & < > escaped. */
char *filters_line_sent(TALLOC_CTX *ctx, const char *line);

#endif

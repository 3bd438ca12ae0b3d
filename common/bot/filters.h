/*
 * What a person typed after a command, given to a dashboard's filters. Pure.
 *
 *	EMEA                               to each filter that can take it
 *	region=EMEA period="last 7 days"   by name or title, any case, blanks allowed in both
 *	EMEA; last 7 days                  by position; an empty position keeps the default
 *
 * Named and positional may be mixed: positions count only the filters that are not named. A comma
 * is Looker's "or" and stays. Filters that get nothing keep the dashboard's default.
 */
#ifndef BOT_FILTERS_H
#define BOT_FILTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#include "base/err.h"
#include "looker/api.h"

#define FILTERS_TEXT_MAX_BYTES 4000

enum filters_origin {
	FILTERS_DEFAULT,    /* the dashboard's */
	FILTERS_EVERYTHING, /* one free text, given to each filter that can take it */
	FILTERS_POSITION,
	FILTERS_NAME,
};

struct filters_value {
	const struct looker_filter *filter;
	const char *value; /* a filter expression; "" = any value */
	enum filters_origin origin;
};

struct filters_assigned {
	struct filters_value *values; /* one for each filter, in their order */
	size_t n;
	const struct looker_filter **missing; /* required, and still without a value */
	size_t n_missing;
};

/* `text` is a person's, normalised (smart quotes straightened, Slack's escapes undone), case kept.
 * The filters must outlive the result. ERR_BAD_INPUT, with a sentence for that person: unknown
 * name (the filters are listed, the nearest first), a value that is no date, number or yes/no, too
 * many positions, a text that no filter can take, Liquid. */
bool filters_assign(TALLOC_CTX *ctx, const struct looker_filter *filters, size_t n,
		    const char *text, struct filters_assigned **ret, struct err *e) ERR_MUST_CHECK;

/* The values of an address's query string, by name or title, for the filters that got none from the
 * text; other names are the page's own and ignored. `link` must outlive `a`. ERR_BAD_INPUT: Liquid.
 */
struct form;
bool filters_take(struct filters_assigned *a, const struct form *link,
		  struct err *e) ERR_MUST_CHECK;

/* "Region=EMEA&Period=7%20days": by name, as the values were given or stand by default, as Looker's
 * render tasks take them. */
char *filters_query(TALLOC_CTX *ctx, const struct filters_assigned *a);

/* Whether Looker's filter grammar of that kind accepts the text (facts: filter expressions; the
 * subset that people type). "" fits all. Looker itself raises no error for what does not parse, it
 * silently matches nothing. */
bool filters_fit(enum looker_filter_kind kind, const char *text);

/* For sentences: "a date"; "last 7 days"; "last 7 days, this month or 2026-05-01". */
const char *filters_kind_word(enum looker_filter_kind kind);
const char *filters_kind_example(enum looker_filter_kind kind);
const char *filters_kind_examples(enum looker_filter_kind kind);

#endif

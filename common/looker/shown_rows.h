/* Which of the rows that came are seen, and the subtotals in their places. Private to looker/. */
#ifndef LOOKER_SHOWN_ROWS_H
#define LOOKER_SHOWN_ROWS_H

#include "looker/result.h"

struct looker_shown_rows {
	const struct json_object **rows;
	size_t n;	   /* with subtotals */
	bool *is_subtotal; /* n; or NULL */
	size_t n_subtotals;
	size_t n_hidden; /* that came, and that the visualization does not show */
	bool only_first; /* it shows no more than these, however many there are */
};

/* `more`: not all rows came, so nobody knows which are the last. */
void looker_shown_rows_pick(TALLOC_CTX *ctx, const struct json_object *detail,
			    const struct json_object *vis, bool more,
			    struct looker_shown_rows *ret);

/* Whether a row of subtotals has the values of one group of this dimension. */
bool looker_shown_rows_group_by(const struct json_object *subtotal, const char *name);

#endif

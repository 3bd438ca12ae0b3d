/* The columns of a result, and a column's cell of a row. Private to looker/. */
#ifndef LOOKER_COLUMNS_H
#define LOOKER_COLUMNS_H

#include "looker/result.h"

/* Reads fields and pivots into r->fields; r->n_rows is known. What a pivot has above `max` columns
 * is counted in n_fields_left_out. */
void looker_columns_read(TALLOC_CTX *ctx, const struct json_object *detail,
			 const struct json_object *vis, size_t max, struct looker_result *r);

/* The column's member of a row, or of the totals; NULL when there is none. */
struct json_object *looker_columns_at(const struct json_object *row, const struct looker_field *f);

#endif

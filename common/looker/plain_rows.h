/* Rows without their fields' metadata, as Looker's simpler formats have them, brought into the
 * shape of json_detail so that looker/result.h reads them. Private to looker/. */
#ifndef LOOKER_PLAIN_ROWS_H
#define LOOKER_PLAIN_ROWS_H

#include <stddef.h>
#include <talloc.h>

#include "base/err.h"
#include "base/json.h"

#define LOOKER_ROWS_COLUMNS_MAX 200

/* Format json: an array of objects, one a row, keys are fields' names. Of the rows the first
 * `rows_max` are kept; *ret_rows is how many there are. ERR_BAD_INPUT when a row is no object. */
bool looker_rows_from_json(TALLOC_CTX *ctx, const struct json_object *rows, size_t rows_max,
			   struct json_object **ret, size_t *ret_rows,
			   struct err *e) ERR_MUST_CHECK;

/* Formats csv and txt: a line of labels, then one a row; fields may be quoted. Never fails:
 * anything is some table. Columns beyond LOOKER_ROWS_COLUMNS_MAX are left out. */
struct json_object *looker_rows_from_text(TALLOC_CTX *ctx, const char *text, size_t len,
					  char separator, size_t rows_max, size_t *ret_rows);

#endif

/* One cell of json_detail: what text it shows. Private to looker/. */
#ifndef LOOKER_CELL_H
#define LOOKER_CELL_H

#include "looker/result.h"

/* What a cell that is null shows. */
#define LOOKER_CELL_NULL_TEXT "∅"

/* `o` is {"value":…,"rendered":…,"html":…,"links":[…]}; NULL (the key is missing) is a null. */
struct looker_cell looker_cell_read(TALLOC_CTX *ctx, struct json_object *o);

/* Adds the actions of that cell, which is the field's, to r->offers, up to LOOKER_OFFERS_MAX. */
void looker_cell_add_offers(TALLOC_CTX *ctx, const struct json_object *o, size_t field,
			    struct looker_result *r);

#endif

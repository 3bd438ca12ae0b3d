/*
 * What Looker sends when somebody opens a form of ours or performs a data action (LookML's
 * `action`): the values that the person gave, and the parameters of the action. Pure. Facts:
 * Looker's action_api.md. Older releases send a form's request without any body; `state` and
 * whatever else stands there is not looked at.
 */
#ifndef LOOKER_HUB_H
#define LOOKER_HUB_H

#include <stddef.h>
#include <talloc.h>

#include "base/err.h"
#include "base/json.h"

#define LOOKER_HUB_VALUE_MAX_BYTES (64 * 1024) /* what is cut at a number of characters later */

struct looker_hub_call {
	struct json_object *form_params, *data; /* objects; NULL when Looker sent none */
};

/* Reads a body; an empty one is a call without any values. ERR_BAD_INPUT: the text is a sentence.
 */
bool looker_hub_read(TALLOC_CTX *ctx, const char *body, size_t len, struct looker_hub_call *ret,
		     struct err *e) ERR_MUST_CHECK;

/*
 * A value by its name: what was filled in, else what the action has for it. *ret is NULL when
 * neither says anything (an empty text is nothing), else clean UTF-8. ERR_BAD_INPUT: it is no text;
 * the words are the original bot's.
 */
bool looker_hub_value(TALLOC_CTX *ctx, const struct looker_hub_call *call, const char *name,
		      const char **ret, struct err *e) ERR_MUST_CHECK;

#endif

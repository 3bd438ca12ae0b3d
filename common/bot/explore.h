/*
 * The address of an Explore as a query, for what nobody stored:
 *
 *	/explore/MODEL/VIEW?fields=a.b,a.c&f[a.b]=EMEA&sorts=a.c+desc&limit=500&vis={…}
 *
 * Pure. What it cannot read it refuses: to run something else would be wrong.
 */
#ifndef BOT_EXPLORE_H
#define BOT_EXPLORE_H

#include "base/form.h"
#include "base/json.h"

/* Looker's Query object without filters: those are given by whoever runs it. `link` may be NULL.
 * ERR_BAD_INPUT, with a sentence for the person whose address it is. */
bool explore_query(TALLOC_CTX *ctx, const char *model, const char *view, const struct form *link,
		   struct json_object **ret, struct err *e) ERR_MUST_CHECK;

/* The address without filters, ready for more parameters: it has a '?'. A picture's settings are
 * left out where they would make it longer than a link in Slack may be. */
char *explore_url(TALLOC_CTX *ctx, const char *looker_url, const char *model, const char *view,
		  const struct form *link);

#endif

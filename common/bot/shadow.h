/*
 * Commands that people cannot reach, or that hide another: for `lookerbot check`. Pure.
 */
#ifndef BOT_SHADOW_H
#define BOT_SHADOW_H

#include "bot/catalogue.h"

struct shadow {
	const struct catalogue_command *command;
	const struct catalogue_command *other; /* the one of the same title; or NULL */
	const char *problem;		       /* one sentence */
	const char *fix;
};

/* All of them, in the catalogue's order; returns how many. */
size_t shadow_find(TALLOC_CTX *ctx, const struct catalogue *c, struct shadow **ret);

#endif

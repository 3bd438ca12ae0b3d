/*
 * One answer with data in the making: what all kinds of content share, from the values that a
 * person typed to the footer. Private to show.c.
 */
#ifndef BOT_SHOWING_H
#define BOT_SHOWING_H

#include "bot/filters.h"
#include "bot/show.h"

struct showing {
	TALLOC_CTX *ctx;
	const struct command_call *call;
	const struct show_asked *asked;
	struct looker *lk;
	const char *title;
	const char *url;  /* in Looker, without filters */
	const char *kind; /* "Look" for the footer */
	const struct filters_assigned *filters;
	const struct looker_tile *tile; /* what is run; NULL when it has no form here ... */
	const char *words;		/* ... and then what it is */
	const char *query_id;		/* runs as it stands when no filter is set; or NULL */
};

struct showing showing_begin(TALLOC_CTX *ctx, const struct command_call *call,
			     const struct show_asked *asked);

/* Gives the typed values to the filters. False: *ret already says what is wrong or missing. */
bool showing_assign(struct showing *s, const struct looker_filter *filters, size_t n,
		    struct command_answer *ret);

/* Runs and renders it. */
bool showing_answer(const struct showing *s, struct command_answer *ret,
		    struct err *e) ERR_MUST_CHECK;

#endif

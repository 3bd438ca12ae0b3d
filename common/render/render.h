/*
 * A Looker result as a Slack message. Pure: no I/O, no clock, no configuration. Every form of
 * result has one function in a file of its own and one entry in the table of render.c.
 */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include <talloc.h>

#include "looker/result.h"
#include "slack/message.h"

/* What the answer is about. */
struct render_about {
	const char *title;     /* the Look's or dashboard's */
	const char *link;      /* where it opens in Looker; NULL when nowhere */
	const char *base_url;  /* of the instance: relative drill links are made absolute with it */
	bool no_native_charts; /* Slack shall not draw them */
	bool picture_follows;  /* what Slack cannot draw is said by the one who orders it */
};

/* What the caller says in the footer. */
struct render_outcome {
	size_t rows_shown; /* 0 where rows mean nothing (single value) */
	size_t rows_known; /* rows that came */
	bool more_rows;	   /* Looker has more than came */
	bool native_chart; /* Slack draws what Looker would draw */
	/* What Looker offers to do with what is shown, for buttons: of the result, which owns it.
	 */
	const struct looker_offer *offers;
	size_t n_offers;
};

/* Adds the answer to `m` (text and parts; the footer is the caller's). */
void render_result(struct slack_message *m, const struct looker_result *r,
		   const struct looker_vis *vis, const struct render_about *about,
		   struct render_outcome *ret);

/* "a column chart", for any vis type. */
const char *render_type_words(TALLOC_CTX *ctx, const char *type);

/* For what has no form here: one line that says what it is ("a column chart"), with the link. */
void render_line(struct slack_message *m, const struct render_about *about, const char *what);

#endif

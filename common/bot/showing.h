/*
 * One answer with data in the making: what all kinds of content share, from the values that a
 * person typed to the footer. Private to show.c and tiles.c.
 */
#ifndef BOT_SHOWING_H
#define BOT_SHOWING_H

#include "bot/csv_offer.h"
#include "bot/filters.h"
#include "bot/identity.h"
#include "bot/show.h"
#include "looker/render.h"
#include "render/render.h"

/* What showing_tile has run. */
struct showing_ran {
	const char *query_id;
	const char *words; /* what Looker shows it as: "a funnel" */
	size_t n_rows, n_columns;
	bool picture; /* the answer is not all of it: Looker's picture is wanted */
};

struct showing {
	TALLOC_CTX *ctx;
	const struct command_call *call;
	const struct show_asked *asked;
	struct identity who; /* as whom it is asked ... */
	struct looker *lk;   /* ... which is who.lk */
	const char *title;
	const char *url;  /* in Looker, without filters */
	const char *kind; /* "Look" for the footer */
	const struct filters_assigned *filters;
	const struct looker_tile *tile;	  /* what is run; NULL when it has no form here ... */
	const char *words;		  /* ... and then what it is */
	const struct looker_tile *merged; /* of which there is only Looker's picture; or NULL */
	struct showing_ran *ran;	  /* filled in by showing_tile; or NULL */
	const char *query_id;		  /* runs as it stands when no filter is set; or NULL */
	size_t layout_rows;		  /* of a dashboard; 0: not known */
};

/* Finds out as whom Looker is asked. When there is nobody, ret->lk is NULL and *answer says why. */
bool showing_begin(TALLOC_CTX *ctx, const struct command_call *call, const struct show_asked *asked,
		   struct showing *ret, struct command_answer *answer,
		   struct err *e) ERR_MUST_CHECK;

/* Gives the typed values to the filters. False: *ret already says what is wrong or missing. */
bool showing_assign(struct showing *s, const struct looker_filter *filters, size_t n,
		    struct command_answer *ret);

/* The filters that a Look's or query's own query has: "f[users.region]", titled "users.region". */
struct looker_filter *showing_own_filters(const struct showing *s, size_t *ret_n);

/* Runs and renders it. What the asker's own rights do not reach is a private answer. */
bool showing_answer(const struct showing *s, struct command_answer *ret,
		    struct err *e) ERR_MUST_CHECK;

/* Runs s->tile with the filters that it listens to, and renders it. *ret_failed: the database could
 * not, which stands in `m`. */
bool showing_tile(const struct showing *s, struct slack_message *m,
		  const struct render_about *about, struct render_outcome *rows, bool *ret_failed,
		  struct err *e) ERR_MUST_CHECK;

/* Its address with the filters that the person set. */
char *showing_link(const struct showing *s);

/* Who asked, what ran with which values, as whom, when, and how many rows are shown (mrkdwn). */
char *showing_footer(const struct showing *s, const struct render_about *about,
		     const struct render_outcome *rows);

/* The last of these alone: "first 200 rows"; "" where rows mean nothing. */
char *showing_rows(TALLOC_CTX *ctx, const struct render_outcome *rows);

/* Whether Looker may be asked for pictures of it, by LOOKERBOT_CHARTS and where the answer goes. */
bool showing_may_draw(const struct showing *s);

/* The picture that Looker could draw of all of it, and what that is ("a funnel"); false: none. */
bool showing_can_draw(const struct showing *s, struct looker_render *ret, const char **ret_words);

/* Says in `m`, which is the answer with its footer, that Looker's picture of it is being drawn, and
 * returns the order of it (bot/picture.h); NULL, and nothing said, when it gets none. */
struct json_object *showing_picture(const struct showing *s, struct slack_message *m,
				    const struct render_about *about, const char *footer);

/* All rows of what showing_tile ran (s->ran); false when it ran nothing. */
bool showing_has_rows(const struct showing *s, struct csv_offer *ret);

/* Whether `m` is a table that does not show all rows at once. */
bool showing_hides_rows(const struct slack_message *m, const struct render_outcome *rows);

/* Both: a button for them, with a key of its own. */
void showing_offer_csv(const struct showing *s, struct slack_message *m,
		       const struct render_outcome *rows);

/* The private answer to Looker's refusal of what `title` names: identity_may_not. */
void showing_say_refused(const struct showing *s, const char *title, const struct err *e,
			 struct command_answer *ret);

#endif

/*
 * The buttons below an answer with data: one const table (offers.c), one row, and one key for all
 * of them (bot/keys.h) that says what the answer was. The same key is what follow-ups go by
 * (bot/followup.h). Whoever presses is asked for and served anew: nothing here gives anybody more
 * than that person's own rights give.
 */
#ifndef BOT_OFFERS_H
#define BOT_OFFERS_H

#include "bot/csv_offer.h"
#include "bot/job_run.h"
#include "bot/show.h"
#include "looker/render.h"

#define OFFERS_KIND "answer" /* of the key */

/* Which of show.h's functions gave it. */
enum offers_what { OFFERS_DASHBOARD, OFFERS_LOOK, OFFERS_QUERY, OFFERS_EXPLORE };

struct offers_filter {
	const char *name, *title; /* as Looker has them; of a Look or query "f[a.b]" and "a.b" */
	const char *value;	  /* an expression; "" = any value */
	bool given;		  /* by somebody; else the content's own */
};

/* What an answer was: enough to run it again. Looker never changes a query. */
struct offers_answer {
	enum offers_what what;
	const char *looker; /* by its name: settings may change while the button is there */
	const char *id;
	const char *view;	 /* of an Explore; or NULL */
	const char *title;	 /* never NULL */
	const char *words;	 /* "sales", "show look 42": how it is typed */
	const char *typed;	 /* the whole text that led to it */
	const char *asker;	 /* user id */
	const char *url;	 /* in Looker, with what was given; or NULL */
	const struct form *link; /* the address's other values and those given; never NULL */
	bool named;		 /* show_asked.named */
	const struct offers_filter *filters;
	size_t n_filters;
	const char *query_id;	      /* that was run; NULL: several, or none */
	struct looker_render picture; /* of it; id NULL: it cannot be drawn */
	const char *picture_words;    /* "a funnel"; never NULL */
	struct csv_offer csv;	      /* query_id NULL: there are no rows */
};

struct showing;
struct render_outcome;

/* Adds what is offered for the answer `m`, which has no footer yet. Returns the key; NULL when
 * there is none (the disk is full). */
const char *offers_add(const struct showing *s, struct slack_message *m,
		       const struct render_outcome *rows);

/* A key alone, for follow-ups: the answer has no buttons. */
const char *offers_key(const struct showing *s);

/* ERR_INTERNAL: it is no such key. */
bool offers_read(TALLOC_CTX *ctx, const struct key_meaning *key, struct offers_answer *ret,
		 struct err *e) ERR_MUST_CHECK;

/* Its instance; false when it is no longer configured. */
bool offers_instance(const struct bot *bot, const struct offers_answer *a, size_t *ret);

/* The same content again for call->in, with that person's rights. `text`: values by name as typed
 * ("region=EMEA"), in place of what was given before; "" for none. Its errors are show.h's. */
bool offers_show(TALLOC_CTX *ctx, const struct command_call *call, const struct offers_answer *a,
		 const char *text, struct command_answer *ret, struct err *e) ERR_MUST_CHECK;

/* "Region=EMEA&Period=7+days": all filters by name, as Looker's pictures and PDFs take them. */
char *offers_filters_text(TALLOC_CTX *ctx, const struct offers_answer *a);

/* A press of one of the buttons, told apart by in->action_id; to the end of the lease. */
struct job_end offers_press(struct job_run *run, const struct slack_inbound *in,
			    const struct reply *so_far, const struct key_meaning *key);

/* Presses buttons of that key for whoever wrote `in`: a job each, once however often it is called.
 */
bool offers_put_presses(struct job_run *run, const struct slack_inbound *in, const char *key,
			const struct json_object *action_ids, struct err *e) ERR_MUST_CHECK;

/* Jobs that a press has set going, once for a double press: "Refresh", "Picture". */
#define JOB_OFFER "offer"
struct job_end job_run_offer(struct job_run *run);

#endif

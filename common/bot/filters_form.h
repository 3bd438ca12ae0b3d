/*
 * "Change filters": a dashboard's filters as a form, which runs its command with what was filled
 * in. The kind "filters" of bot/modal.c's table.
 */
#ifndef BOT_FILTERS_FORM_H
#define BOT_FILTERS_FORM_H

#include "bot/modal.h"
#include "looker/api.h"

#define FILTERS_FORM_KIND "filters"
#define FILTERS_FORM_TITLE "Change filters"

/* What the form is about; goes with the button's key and with the form. */
struct filters_form_about {
	const char *looker;	    /* by its name */
	const char *id;		    /* of the dashboard */
	const char *title;	    /* of the dashboard */
	const char *words;	    /* how it is typed: "sales", "show dashboard 42" */
	const char *command;	    /* "/looker"; "" where nothing stands before the words */
	struct json_object *values; /* filter's name -> expression, as it is now; or NULL */
};

struct json_object *filters_form_save(TALLOC_CTX *ctx, const struct filters_form_about *about);
bool filters_form_load(const struct json_object *o, struct filters_form_about *ret,
		       struct err *e) ERR_MUST_CHECK;

/* The same line as people type it, for who gets no form: with "…" where nothing is known. */
char *filters_form_example(TALLOC_CTX *ctx, const struct filters_form_about *about);

/* Asks Looker for the filters (with the presser's rights) and shows the form. Ends the lease. */
struct job_end filters_form_show(struct job_run *run, const struct slack_inbound *in,
				 const char *view_id, const struct filters_form_about *about);

/* Of the table. */
struct job_end filters_form_submit(struct job_run *run, const struct slack_inbound *in,
				   const struct modal_state *state);
void filters_form_check(TALLOC_CTX *ctx, const struct modal_state *state, struct modal_faults *ret);
char *filters_form_working(TALLOC_CTX *ctx, const struct modal_state *state);
bool filters_form_begun(struct job_run *run, const struct reply *so_far);

/* --- filters_suggest.c --- */

/* The values that people choose from: the filter's own, else Looker's, which are kept for a while
 * (for one Looker user: who->user_id). n = 0: none, or Looker did not say in time. */
struct identity;
void filters_suggest(TALLOC_CTX *ctx, struct bot *bot, const struct identity *who,
		     int64_t deadline_ms, const struct looker_filter *f, const char *const **ret,
		     size_t *ret_n);

#endif

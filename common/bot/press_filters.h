/* The button "Change filters": where it is offered, and what a press of it does. The form is
 * bot/filters_form.h's. */
#ifndef BOT_PRESS_FILTERS_H
#define BOT_PRESS_FILTERS_H

#include "bot/keys.h"
#include "bot/offers.h"
#include "bot/showing.h"

#define PRESS_FILTERS_KIND "filters"	     /* of such a button's key */
#define PRESS_FILTERS_ACTION "modal-filters" /* presses of modal-… are the most urgent */
#define PRESS_FILTERS_TEXT "Change filters"

/* Whether a dashboard's filters are worth a form: several, or one that is required. */
bool press_filters_offered(const struct showing *s);

/* A key for a button of its own: below the sentence that a value is missing, and below a dashboard
 * of several tiles. NULL: none is offered, or the disk cannot be written. */
const char *press_filters_key(const struct showing *s);

/* Adds that button; nothing without a key. */
void press_filters_button(struct slack_message *m, const char *key);

/* A press below an answer, and one below such a sentence. */
struct job_end press_filters_answer(struct job_run *run, const struct slack_inbound *in,
				    const struct offers_answer *answer);
struct job_end press_filters(struct job_run *run, const struct slack_inbound *in,
			     const struct key_meaning *key);

#endif

/*
 * Forms in Slack: opened by the press of a button, filled in by that person, sent back as a job.
 * What a form is and what it is for is in the state table under a key; Slack gets the key alone.
 * A kind of form is one line of modal.c's table. For job_press.c's and modal.c's handlers.
 */
#ifndef BOT_MODAL_H
#define BOT_MODAL_H

#include "bot/job_run.h"
#include "slack/modal.h"

#define MODAL_LIFE_MS (24 * 3600 * 1000LL)
#define MODAL_FIELDS_MAX 100
#define MODAL_OPTIONS_MAX 10000 /* of all its fields; of a longer list the first ones */

/*
 * The way of a form:
 *
 *   press handler    modal_begin: "Loading…" within the trigger's 3 s; then it makes the fields,
 * and ends with `return modal_show(...)` or `return modal_say(...)` submit handler   state->values
 * is what was sent; required fields and lengths hold already. Ends with modal_say, with modal_show
 * again (errors above the fields), or with job_ask(run, in) for an answer in the channel. It may
 * run again: what has been said with modal_say or job_tell is only sent again, not made again.
 *   refetch handler  somebody changed a field that is `interactive`: state->changed. Ends with
 *                    modal_show or modal_say.
 *
 * `in` of submit and refetch handlers has the channel, the thread, the message (`ts`) and the
 * response_url (while it is good) of the press that began it, `view_id`, and the person who sends,
 * who is the one it was opened for and may still ask.
 */
struct modal_state {
	const char *key;
	const char *kind;  /* a line of modal.c */
	const char *owner; /* user id */
	const char *title;
	const char *submit;
	const struct slack_modal_field *fields; /* as they were shown */
	size_t n;
	struct json_object *body;   /* what the form is for; never NULL */
	struct json_object *values; /* field's name -> text; what was left empty is absent */
	const char *changed;	    /* with a refetch: name of the field; else NULL */
	const char *channel_id;	    /* of the press that began it */
	const char *thread_ts;
	const char *ts;
};

struct modal_form {
	const char *kind;
	const char *title;
	const char *submit; /* "Run"; NULL: nothing to send */
	const char *intro;  /* mrkdwn; or NULL */
	const char *told;   /* mrkdwn, for who has sent it and closed it before it is shown again:
			     * what came of that; or NULL */
	const struct slack_modal_field *fields;
	size_t n;
	struct json_object *body; /* what the form is for; or NULL */
};

/*
 * Opens a modal that says "Loading…". False: *ret is the end of the lease, and the presser has been
 * told `otherwise` (mrkdwn) in private, beside why there is no form. A job that is run again does
 * not open a second one.
 */
bool modal_begin(struct job_run *run, const struct slack_inbound *in, const char *title,
		 const char *otherwise, const char **ret_view_id, struct job_end *ret);

/* Stores the form and shows it. Ends the lease: tried again while Slack is away; who has closed it
 * meanwhile gets nothing but what `told` says, in private where the button was. */
struct job_end modal_show(struct job_run *run, const struct slack_inbound *in, const char *view_id,
			  const struct modal_form *form);

/*
 * The modal's last words (mrkdwn). Ends the lease. They are stored first: a job that is run again
 * only says them. Who has closed the modal reads them in private where the button was.
 */
struct job_end modal_say(struct job_run *run, const struct slack_inbound *in, const char *view_id,
			 const char *title, const char *mrkdwn);

/* The same; the job is a dead letter with the reason `dead`, unless that is NULL. */
struct job_end modal_say_dead(struct job_run *run, const struct slack_inbound *in,
			      const char *view_id, const char *title, const char *mrkdwn,
			      const char *dead);

/* The same with why it could not be done (plain); the job is a dead letter. */
struct job_end modal_bury(struct job_run *run, const struct slack_inbound *in, const char *view_id,
			  const char *title, const char *reason);

/* An error on the way: tried again when that can help, else modal_bury. */
struct job_end modal_failed(struct job_run *run, const struct slack_inbound *in,
			    const char *view_id, const char *title, const struct err *e);

/* The field's value in state->values, or NULL. */
const char *modal_value(const struct modal_state *state, const char *name);

/* The state's fields again, each with what was sent as its value: for modal_show with errors. */
struct slack_modal_field *modal_fields_sent(TALLOC_CTX *ctx, const struct modal_state *state);

/* A field's error in such a copy; an unknown name does nothing. */
void modal_set_error(struct slack_modal_field *fields, size_t n, const char *name,
		     const char *error);

/* --- for the table's `check` --- */

struct modal_faults;

/* What is wrong with the value of a field, plain; an unknown name does nothing. */
void modal_fault(TALLOC_CTX *ctx, struct modal_faults *faults, const char *name, const char *text);

/* --- for intake, job_press.c and job.c --- */

/* Words that a job said, or was about to say, when it was run before: then *ret is its end. */
bool modal_resumes(struct job_run *run, const struct slack_inbound *in, struct job_end *ret);

/* A submission, or a press inside a modal. */
struct job_end modal_run(struct job_run *run, struct slack_inbound *in);

/* ERR_NOT_FOUND: too old, or none of ours. ERR_FORBIDDEN: another person's. */
bool modal_load(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in,
		struct modal_state **ret, struct err *e) ERR_MUST_CHECK;

/* What a submission is answered with at once, as JSON: the errors of its values, and then
 * *ret_stays; else words until the job has an end. Pure but for reading `state`. */
char *modal_answer(TALLOC_CTX *ctx, const struct modal_state *state, bool *ret_stays);

/* The form stays, with this sentence beneath its first field; NULL: it has none. */
char *modal_answer_fault(TALLOC_CTX *ctx, const struct modal_state *state, const char *text);

/* A modal that only says this, as the answer to a submission. */
char *modal_answer_words(TALLOC_CTX *ctx, const char *title, const char *mrkdwn);

#endif

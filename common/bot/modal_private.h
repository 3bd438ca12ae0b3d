/* What the files of modals share. Private to bot/modal*.c. */
#ifndef BOT_MODAL_PRIVATE_H
#define BOT_MODAL_PRIVATE_H

#include "bot/modal.h"

/*
 * A kind of form. submit and refetch end the job's lease (bot/modal.h). check and working are pure
 * and run before the submission is taken down: what is wrong with the values beyond their presence
 * and length (modal_fault adds it), and what the modal says until the job has an end.
 */
struct modal_kind {
	const char *name;
	struct job_end (*submit)(struct job_run *run, const struct slack_inbound *in,
				 const struct modal_state *state);
	struct job_end (*refetch)(struct job_run *run, const struct slack_inbound *in,
				  const struct modal_state *state);
	void (*check)(TALLOC_CTX *ctx, const struct modal_state *state, struct modal_faults *ret);
	char *(*working)(TALLOC_CTX *ctx, const struct modal_state *state); /* mrkdwn */
	/* Whether the job of a submission has begun what cannot be undone, or what goes on by
	 * itself when it is run again: from then on only submit knows what became of it, and no
	 * refusal of modal.c's is true any more. NULL: it never has. `so_far` is what its progress
	 * holds of an answer. */
	bool (*begun)(struct job_run *run, const struct reply *so_far);
};

/* NULL: another version's. */
const struct modal_kind *modal_kind(const char *name);

/* The form under a new key: *ret_key. */
bool modal_store(struct job_run *run, const struct slack_inbound *in, const struct modal_form *form,
		 const char **ret_key, struct err *e) ERR_MUST_CHECK;

/* What is under a key; intro and errors too: *ret_form. ERR_NOT_FOUND. */
bool modal_read(TALLOC_CTX *ctx, struct bot *bot, const char *key, struct modal_state **ret,
		struct modal_form *ret_form, struct err *e) ERR_MUST_CHECK;

/* The press's response_url, as long as it is good, for all forms that this view shows. */
void modal_keep_hook(struct job_run *run, const struct slack_inbound *in, const char *view_id);
const char *modal_hook(TALLOC_CTX *ctx, struct bot *bot, const char *view_id);

#endif

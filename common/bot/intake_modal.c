/*
 * Forms that come back: what is wrong with a submission is told at once, all else becomes a job;
 * what a long list offers is answered from what is stored. Slack waits three seconds for each, and
 * nobody is asked.
 */
#include "bot/intake_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "bot/job.h"

/* Slack must have our answer to a submission before the job changes the modal again. */
#define SUBMIT_HEAD_START_MS 250

#define S_FORM_GONE "This form is too old. Please press the button again."
#define S_FORM_SENT "This form was sent already. What came of it is where the button was."

/* A form waits for some: they go first, with the workers that are kept for that. */
enum queue_priority intake_press_priority(const struct slack_inbound *in)
{
	static const char modal[] = "modal";

	return in->view_id || strncmp(in->action_id, modal, strlen(modal)) == 0
		       ? QUEUE_PRIORITY_MODAL
		       : QUEUE_PRIORITY_COMMAND;
}

bool intake_of_a_field(const struct slack_inbound *in)
{
	return in->value && slack_modal_field_of(in->value, MODAL_FIELDS_MAX, in->action_id) >= 0;
}

void intake_sent_already(struct taking *t)
{
	t->ret->body = modal_answer_words(t->ctx, t->form->title, S_FORM_SENT);
}

/* Known from the form itself, and from what is stored: nobody is asked. */
void intake_submit(struct taking *t)
{
	struct modal_state *form;
	bool stays;
	struct err e;

	if (!modal_load(t->ctx, t->bot, t->in, &form, &e)) {
		if (e.kind != ERR_NOT_FOUND && e.kind != ERR_FORBIDDEN) {
			intake_not_stored(t, &e);
			return;
		}
		stats_add(STATS_REFUSED);
		t->ret->note = mem_printf(t->ctx, "refused: %s", e.text);
		t->ret->body = modal_answer_words(t->ctx, "Looker", S_FORM_GONE);
		return;
	}
	t->ret->body = modal_answer(t->ctx, form, &stays);
	if (stays) {
		t->ret->note = "sent back with its faults";
		return;
	}
	t->form = form;
	intake_enqueue(t, JOB_SUBMIT, QUEUE_PRIORITY_MODAL, "");
	t->put.not_before_ms = clock_now_ms() + SUBMIT_HEAD_START_MS;
	t->put.keys[0] = form->key; /* what is shown again has another */
	t->put.key_ttl_ms = MODAL_LIFE_MS;
}

void intake_options(struct taking *t)
{
	const struct slack_modal_field *field = NULL;
	struct modal_state *form;
	struct err e;

	t->ret->note = "options";
	if (modal_load(t->ctx, t->bot, t->in, &form, &e)) {
		int i = slack_modal_field_of(form->key, form->n, t->in->action_id);
		field = i >= 0 ? &form->fields[i] : NULL;
	} else {
		t->ret->note = mem_printf(t->ctx, "no options: %s", e.text);
	}
	t->ret->body = slack_modal_answer_options(t->ctx, field, t->in->text);
}

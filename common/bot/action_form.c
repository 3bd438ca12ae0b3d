/*
 * Looker's form as a modal. The fields are the action's own, or come from its server by way of
 * Looker; what is sent is performed once (bot/action_perform.c), and what Looker does not accept
 * comes back above its field, values kept. The form's body is the action alone.
 */
#include "bot/action_form.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/action_perform.h"
#include "slack/mrkdwn.h"

#define FORM_DEADLINE_MS (20 * 1000LL)
#define SUBMIT_TEXT "Submit"

#define S_OTHERWISE "Nothing was done."
#define S_TOO_OLD "This form is too old. Please press the button again."
#define S_NO_FIELDS "This action has a form without fields. Please perform it in Looker."

/* --- Looker's fields as Slack's --- */

/* What a field says that is words only. */
static const char *words_of(TALLOC_CTX *ctx, const struct looker_form_field *f)
{
	char *text = mem_strdup(ctx, "");

	if (f->label[0] && strcmp(f->label, f->name) != 0)
		mrkdwn_add_bold(&text, f->label);
	if (f->description) {
		mrkdwn_add_raw(&text, text[0] ? "\n" : "");
		mrkdwn_add_text(&text, f->description);
	}
	if (f->value) {
		mrkdwn_add_raw(&text, text[0] ? "\n" : "");
		mrkdwn_add_text(&text, f->value);
	}
	if (!text[0])
		mrkdwn_add_text(&text, f->label);
	return text;
}

static const struct slack_option *options_of(TALLOC_CTX *ctx, const struct looker_form_field *f)
{
	struct slack_option *options = mem_array(ctx, struct slack_option, f->n_options);

	for (size_t i = 0; i < f->n_options; i++)
		options[i] = (struct slack_option){ f->options[i].name, f->options[i].label };
	return options;
}

static void take_field(TALLOC_CTX *ctx, const struct looker_form_field *f,
		       struct slack_modal_field *ret)
{
	static const enum slack_field_type types[] = {
		[LOOKER_FORM_TEXT] = SLACK_FIELD_TEXT,
		[LOOKER_FORM_TEXTAREA] = SLACK_FIELD_TEXTAREA,
		[LOOKER_FORM_SELECT] = SLACK_FIELD_SELECT,
		[LOOKER_FORM_MESSAGE] = SLACK_FIELD_MESSAGE,
		[LOOKER_FORM_LINK] = SLACK_FIELD_LINK,
	};

	*ret = (struct slack_modal_field){ .type = types[f->type], .label = f->label };
	if (f->type == LOOKER_FORM_MESSAGE) {
		ret->label = words_of(ctx, f);
		return;
	}
	ret->hint = f->description;
	if (f->type == LOOKER_FORM_LINK) {
		ret->url = f->url;
		return;
	}
	ret->name = f->name;
	ret->value = f->value;
	ret->required = f->required;
	ret->interactive = f->interactive;
	ret->options = options_of(ctx, f);
	ret->n_options = f->n_options;
}

/* `values`: what was chosen so far stays, where there is such a field still. */
static struct slack_modal_field *take_fields(TALLOC_CTX *ctx, const struct looker_form *form,
					     const struct json_object *values)
{
	struct slack_modal_field *fields = mem_array(ctx, struct slack_modal_field, form->n);

	for (size_t i = 0; i < form->n; i++) {
		take_field(ctx, &form->fields[i], &fields[i]);
		if (fields[i].name && json_str(values, fields[i].name))
			fields[i].value = json_str(values, fields[i].name);
	}
	return fields;
}

/* A link alone leads elsewhere: there is nothing to send. */
static bool can_submit(const struct slack_modal_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fields[i].name)
			return true;
	return false;
}

/* --- showing --- */

static struct job_end show(struct job_run *run, const struct slack_inbound *in, const char *view_id,
			   const struct action_order *order, const struct modal_form *filled)
{
	struct modal_form form = *filled;

	form.kind = ACTION_FORM_KIND;
	form.title = order->label;
	form.submit = can_submit(form.fields, form.n) ? SUBMIT_TEXT : NULL;
	form.body = action_order_save(run->ctx, order);
	return modal_show(run, in, view_id, &form);
}

static struct job_end failed(struct job_run *run, const struct slack_inbound *in,
			     const char *view_id, const struct action_order *order,
			     const struct err *e)
{
	char *text = mem_strdup(run->ctx, ":warning: I could not get the form of this action: ");
	const char *why = mem_strdup(run->ctx, e->text);
	int64_t when_ms;

	if (job_may_try_again(run, e, &when_ms))
		return job_end_later(run, when_ms, why);
	mrkdwn_add_text(&text, why);
	mrkdwn_add_raw(&text, ". " S_OTHERWISE);
	mrkdwn_add_text(&text, job_request_hint(run->ctx, run->request));
	return modal_say(run, in, view_id, order->label, text);
}

/* The fields as they are now, for the person's own rights. */
static struct job_end fetch_and_show(struct job_run *run, const struct slack_inbound *in,
				     const char *view_id, const struct action_order *order,
				     struct json_object *values)
{
	struct action_outcome outcome;
	struct looker_form form;
	struct looker *lk;
	struct err e;

	if (!looker_action_own_form(run->ctx, order->action, &form)) {
		if (!action_looker(run, in, order, &lk, &outcome))
			return outcome.what == ACTION_LATER
				       ? outcome.end
				       : modal_say(run, in, view_id, order->label, outcome.words);
		if (!looker_action_form(run->ctx, lk, clock_deadline_ms(FORM_DEADLINE_MS),
					order->action, values, &form, &e))
			return failed(run, in, view_id, order, &e);
	}
	if (form.n == 0)
		return modal_say(run, in, view_id, order->label, S_NO_FIELDS);
	const struct modal_form filled = { .fields = take_fields(run->ctx, &form, values),
					   .n = form.n };
	return show(run, in, view_id, order, &filled);
}

struct job_end action_form_open(struct job_run *run, const struct slack_inbound *in,
				const struct action_order *order)
{
	const char *view_id;
	struct job_end end;

	if (modal_resumes(run, in, &end) ||
	    !modal_begin(run, in, order->label, S_OTHERWISE, &view_id, &end))
		return end;
	return fetch_and_show(run, in, view_id, order, NULL);
}

/* --- handlers --- */

bool action_form_begun(struct job_run *run, const struct reply *so_far)
{
	(void)so_far;
	return action_begun(run);
}

/* The action that the form is of. False: *ret says why not. */
static bool read_order(struct job_run *run, const struct slack_inbound *in,
		       const struct modal_state *state, struct action_order *ret_order,
		       struct job_end *ret)
{
	const char *why = S_TOO_OLD;

	if (!run->bot->config->data_actions && !action_begun(run))
		why = ACTION_OFFER_OFF;
	else if (action_order_load(run->ctx, state->body, ret_order))
		return true;
	*ret = modal_say(run, in, in->view_id, state->title, why);
	return false;
}

struct job_end action_form_refetch(struct job_run *run, const struct slack_inbound *in,
				   const struct modal_state *state)
{
	struct action_order order;
	struct job_end end;

	if (!read_order(run, in, state, &order, &end))
		return end;
	return fetch_and_show(run, in, in->view_id, &order, state->values);
}

static bool has_field(const struct modal_state *state, const char *name)
{
	for (size_t i = 0; i < state->n; i++)
		if (state->fields[i].name && strcmp(state->fields[i].name, name) == 0)
			return true;
	return false;
}

/* What Looker does not accept stands above its field; what is of no field, above all. */
static struct job_end show_again(struct job_run *run, const struct slack_inbound *in,
				 const struct modal_state *state, const struct action_order *order,
				 const struct action_outcome *outcome)
{
	const struct looker_performed *p = &outcome->performed;
	struct slack_modal_field *fields = modal_fields_sent(run->ctx, state);
	char *intro = mem_strdup(run->ctx, ""), *told = mem_strdup(run->ctx, "");

	mrkdwn_add_bold(&told, order->label);
	mrkdwn_addf_raw(&told, "\n%s", outcome->words);
	for (size_t i = 0; i < p->n_faults; i++) {
		if (has_field(state, p->faults[i].field)) {
			modal_set_error(fields, state->n, p->faults[i].field, p->faults[i].message);
			continue;
		}
		mrkdwn_add_raw(&intro, intro[0] ? "\n:x: " : ":x: ");
		mrkdwn_add_text(&intro, p->faults[i].message);
	}
	if (p->n_faults == 0)
		mrkdwn_add_raw(&intro, outcome->words);
	const struct modal_form filled = {
		.fields = fields,
		.n = state->n,
		.intro = intro[0] ? intro : NULL,
		.told = told,
	};
	return show(run, in, in->view_id, order, &filled);
}

struct job_end action_form_submit(struct job_run *run, const struct slack_inbound *in,
				  const struct modal_state *state)
{
	struct action_order order;
	struct job_end end;

	if (!read_order(run, in, state, &order, &end))
		return end;
	struct action_outcome outcome = action_perform(run, in, &order, state->values);
	if (outcome.what == ACTION_LATER)
		return outcome.end;
	if (outcome.what == ACTION_ANSWERED && outcome.performed.refresh)
		action_refresh(run, in, &order);
	if (outcome.what == ACTION_ANSWERED && !outcome.performed.success)
		return show_again(run, in, state, &order, &outcome);
	return modal_say_dead(run, in, in->view_id, state->title, outcome.words, outcome.dead);
}

/*
 * What a submission is answered with at once: faults of its values beneath their fields, or the
 * words that stand in the modal until the job has an end. Pure: Slack waits for it.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "bot/modal_private.h"

#define WORKING "Working…"
#define REQUIRED "Please fill this in."

struct modal_faults {
	const struct modal_state *state;
	struct json_object *errors; /* block id -> text */
};

static bool is_input(const struct slack_modal_field *f)
{
	return f->type != SLACK_FIELD_MESSAGE && f->type != SLACK_FIELD_LINK;
}

static void add_fault(TALLOC_CTX *ctx, struct modal_faults *faults, size_t i, const char *text)
{
	const char *id = slack_modal_block_id(ctx, faults->state->key, i);

	if (!json_get(faults->errors, id)) /* the first one is enough */
		json_set_str(faults->errors, id, text);
}

void modal_fault(TALLOC_CTX *ctx, struct modal_faults *faults, const char *name, const char *text)
{
	const struct modal_state *state = faults->state;

	for (size_t i = 0; i < state->n; i++)
		if (is_input(&state->fields[i]) && state->fields[i].name &&
		    strcmp(state->fields[i].name, name) == 0)
			add_fault(ctx, faults, i, text);
}

static void check_field(TALLOC_CTX *ctx, struct modal_faults *faults, size_t i)
{
	const struct slack_modal_field *f = &faults->state->fields[i];
	const char *value = f->name ? modal_value(faults->state, f->name) : NULL;
	size_t max = f->max_chars > 0 ? f->max_chars : SLACK_FIELD_MAX_CHARS;

	if (!is_input(f))
		return;
	if (f->required && !value)
		add_fault(ctx, faults, i, REQUIRED);
	if (value && f->n_options == 0 && text_chars(value) > max)
		add_fault(ctx, faults, i, mem_printf(ctx, "At most %zu characters, please.", max));
}

char *modal_answer_words(TALLOC_CTX *ctx, const char *title, const char *mrkdwn)
{
	const struct slack_modal modal = { .title = title, .intro = mrkdwn };

	return slack_modal_answer_view(ctx, &modal);
}

char *modal_answer(TALLOC_CTX *ctx, const struct modal_state *state, bool *ret_stays)
{
	const struct modal_kind *kind = modal_kind(state->kind);
	struct modal_faults faults = { .state = state, .errors = json_new_object(ctx) };

	for (size_t i = 0; i < state->n; i++)
		check_field(ctx, &faults, i);
	if (kind->check)
		kind->check(ctx, state, &faults);
	*ret_stays = json_object_object_length(faults.errors) > 0;
	if (*ret_stays)
		return slack_modal_answer_errors(ctx, faults.errors);
	return modal_answer_words(ctx, state->title,
				  kind->working ? kind->working(ctx, state) : WORKING);
}

char *modal_answer_fault(TALLOC_CTX *ctx, const struct modal_state *state, const char *text)
{
	struct modal_faults faults = { .state = state, .errors = json_new_object(ctx) };
	size_t i = 0;

	while (i < state->n && !is_input(&state->fields[i]))
		i++;
	if (i == state->n)
		return NULL;
	add_fault(ctx, &faults, i, text);
	return slack_modal_answer_errors(ctx, faults.errors);
}

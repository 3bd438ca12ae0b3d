/*
 * "Change filters": what the button stands for, below an answer or below the sentence that a value
 * is missing, becomes what the form is about. The form is opened before Looker is asked.
 */
#include "bot/press_filters.h"

#include <string.h>

#include "base/mem.h"
#include "bot/command.h"
#include "bot/filters_form.h"
#include "slack/mrkdwn.h"

#define SLASH_COMMAND "/looker" /* as in the manifest: a press does not tell what was typed */

#define S_BROKEN "That button is too old: please run it again."

bool press_filters_offered(const struct showing *s)
{
	bool required = false;

	if (!s->filters || !s->kind || strcmp(s->kind, "dashboard") != 0 ||
	    s->call->in->kind == SLACK_INBOUND_LINKS)
		return false;
	for (size_t i = 0; i < s->filters->n; i++)
		required |= s->filters->values[i].filter->required;
	return required || s->filters->n > 1;
}

/* What stands before the words there; a press cannot tell. */
static const char *command_at(const char *channel_id)
{
	return channel_id && channel_id[0] == 'D' ? "" : SLASH_COMMAND;
}

const char *press_filters_key(const struct showing *s)
{
	struct json_object *values = json_new_object(s->ctx);
	const struct filters_form_about about = {
		.looker = looker_name(s->lk),
		.id = s->asked->id,
		.title = s->title,
		.words = s->asked->words,
		.command = s->call->in->command,
		.values = values,
	};
	const char *key;
	struct err e;

	if (!press_filters_offered(s))
		return NULL;
	for (size_t i = 0; i < s->filters->n; i++)
		json_set_str(values, s->filters->values[i].filter->name,
			     s->filters->values[i].value);
	const struct key_meaning meaning = {
		.kind = PRESS_FILTERS_KIND,
		.body = filters_form_save(s->ctx, &about),
	};
	return keys_put(s->ctx, s->call->bot, &meaning, &key, &e) ? key : NULL;
}

void press_filters_button(struct slack_message *m, const char *key)
{
	const struct slack_button b = { .action_id = PRESS_FILTERS_ACTION,
					.text = PRESS_FILTERS_TEXT,
					.value = key };

	if (key)
		slack_message_add_buttons(m, &b, 1);
}

static struct job_end open_form(struct job_run *run, const struct slack_inbound *in,
				const struct filters_form_about *about)
{
	char *otherwise = mem_strdup(run->ctx, "Or type it: ");
	const char *view_id;
	struct job_end end;

	mrkdwn_add_code(&otherwise, filters_form_example(run->ctx, about));
	return modal_begin(run, in, FILTERS_FORM_TITLE, otherwise, &view_id, &end)
		       ? filters_form_show(run, in, view_id, about)
		       : end;
}

struct job_end press_filters_answer(struct job_run *run, const struct slack_inbound *in,
				    const struct offers_answer *answer)
{
	struct json_object *values = json_new_object(run->ctx);
	const struct filters_form_about about = {
		.looker = answer->looker,
		.id = answer->id,
		.title = answer->title,
		.words = answer->words,
		.command = command_at(in->channel_id),
		.values = values,
	};

	for (size_t i = 0; i < answer->n_filters; i++)
		json_set_str(values, answer->filters[i].name, answer->filters[i].value);
	return open_form(run, in, &about);
}

struct job_end press_filters(struct job_run *run, const struct slack_inbound *in,
			     const struct key_meaning *key)
{
	struct filters_form_about about;
	struct err e;

	if (filters_form_load(key->body, &about, &e))
		return open_form(run, in, &about);
	struct reply r = { .message = command_say(run->ctx, S_BROKEN), .private = true };
	return job_tell(run, in, &r);
}

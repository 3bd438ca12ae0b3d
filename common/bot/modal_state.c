/*
 * A form in the state table: to and from JSON, under a key of bot/keys. The response_url of the
 * press that began it is kept apart, since it is good for half an hour only.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/keys.h"
#include "bot/modal_private.h"

#define STATE_KIND "modal"

/* --- to JSON --- */

static struct json_object *save_options(const struct slack_modal_field *f, size_t n)
{
	struct json_object *list = mem_must(json_object_new_array());

	for (size_t i = 0; i < n; i++) {
		const struct slack_option *o = &f->options[i];

		/* One text stands for both, as it mostly does. */
		if (!o->label || strcmp(o->label, o->value) == 0) {
			json_object_array_add(list, json_object_new_string(o->value));
			continue;
		}
		struct json_object *pair = mem_must(json_object_new_array());
		json_object_array_add(pair, json_object_new_string(o->value));
		json_object_array_add(pair, json_object_new_string(o->label));
		json_object_array_add(list, pair);
	}
	return list;
}

static struct json_object *save_field(const struct slack_modal_field *f, size_t n_options)
{
	struct json_object *o = mem_must(json_object_new_object());

	json_set_int(o, "type", f->type);
	json_set_str(o, "name", f->name);
	json_set_str(o, "label", f->label);
	json_set_str(o, "hint", f->hint);
	json_set_str(o, "value", f->value);
	json_set_str(o, "url", f->url);
	json_set_str(o, "error", f->error);
	json_set_bool(o, "required", f->required);
	json_set_bool(o, "interactive", f->interactive);
	json_set_int(o, "max", (int64_t)f->max_chars);
	if (n_options > 0)
		json_set(o, "options", save_options(f, n_options));
	return o;
}

static struct json_object *save_fields(const struct modal_form *form)
{
	struct json_object *list = mem_must(json_object_new_array());
	const struct slack_modal modal = {
		.title = form->title,
		.intro = form->intro,
		.fields = form->fields,
		.n = form->n,
	};
	size_t n = slack_modal_fitting(&modal), room = MODAL_OPTIONS_MAX;

	/* What does not fit into the modal cannot be sent with it. */
	for (size_t i = 0; i < n; i++) {
		const struct slack_modal_field *f = &form->fields[i];
		size_t options = f->n_options < room ? f->n_options : room;

		room -= options;
		json_object_array_add(list, save_field(f, options));
	}
	return list;
}

bool modal_store(struct job_run *run, const struct slack_inbound *in, const struct modal_form *form,
		 const char **ret_key, struct err *e)
{
	struct json_object *o = json_new_object(run->ctx);
	const struct key_meaning meaning = { .kind = STATE_KIND, .owner = in->user_id, .body = o };

	json_set_str(o, "form", form->kind);
	json_set_str(o, "title", form->title);
	json_set_str(o, "submit", form->submit);
	json_set_str(o, "intro", form->intro);
	json_set(o, "fields", save_fields(form));
	if (form->body)
		json_set(o, "body", json_object_get(form->body));
	json_set_str(o, "channel_id", in->channel_id);
	json_set_str(o, "thread_ts", in->thread_ts);
	json_set_str(o, "ts", in->ts);
	return keys_put_for(run->ctx, run->bot, &meaning, MODAL_LIFE_MS, ret_key, e);
}

/* --- from JSON --- */

static struct slack_option load_option(struct json_object *o)
{
	struct json_object *value = json_len(o) == 2 ? json_item(o, 0) : o;

	return (struct slack_option){
		.value = json_object_get_string(value),
		.label = json_len(o) == 2 ? json_object_get_string(json_item(o, 1)) : NULL,
	};
}

static void load_field(TALLOC_CTX *ctx, const struct json_object *o, struct slack_modal_field *ret)
{
	const struct json_object *list = json_array_at(o, "options");
	struct slack_option *options = mem_array(ctx, struct slack_option, json_len(list));

	for (size_t i = 0; i < json_len(list); i++)
		options[i] = load_option(json_item(list, i));
	*ret = (struct slack_modal_field){
		.type = (enum slack_field_type)json_int_or(o, "type", SLACK_FIELD_TEXT),
		.name = json_str(o, "name"),
		.label = json_str(o, "label"),
		.hint = json_str(o, "hint"),
		.value = json_str(o, "value"),
		.url = json_str(o, "url"),
		.error = json_str(o, "error"),
		.required = json_bool_or(o, "required", false),
		.interactive = json_bool_or(o, "interactive", false),
		.max_chars = (size_t)json_int_or(o, "max", 0),
		.options = options,
		.n_options = json_len(list),
	};
}

bool modal_read(TALLOC_CTX *ctx, struct bot *bot, const char *key, struct modal_state **ret,
		struct modal_form *ret_form, struct err *e)
{
	struct key_meaning meaning;

	if (!keys_get(ctx, bot, key, &meaning, e))
		return false;
	if (strcmp(meaning.kind, STATE_KIND) != 0 || !meaning.owner)
		return err_set(e, ERR_NOT_FOUND, "not a form's key");
	const struct json_object *list = json_array_at(meaning.body, "fields");
	struct json_object *body = json_object_at(meaning.body, "body");
	struct slack_modal_field *fields = mem_array(ctx, struct slack_modal_field, json_len(list));
	struct modal_state *state = mem_zero(ctx, struct modal_state);

	for (size_t i = 0; i < json_len(list); i++)
		load_field(ctx, json_item(list, i), &fields[i]);
	*state = (struct modal_state){
		.key = mem_strdup(ctx, key),
		.kind = json_str_or(meaning.body, "form", ""),
		.owner = meaning.owner,
		.title = json_str_or(meaning.body, "title", ""),
		.submit = json_str(meaning.body, "submit"),
		.fields = fields,
		.n = json_len(list),
		.body = body ? body : json_new_object(ctx),
		.values = json_new_object(ctx),
		.channel_id = json_str(meaning.body, "channel_id"),
		.thread_ts = json_str(meaning.body, "thread_ts"),
		.ts = json_str(meaning.body, "ts"),
	};
	*ret_form = (struct modal_form){
		.kind = state->kind,
		.title = state->title,
		.submit = state->submit,
		.intro = json_str(meaning.body, "intro"),
		.fields = fields,
		.n = state->n,
		.body = state->body,
	};
	*ret = state;
	return true;
}

/* --- what was sent --- */

static void read_values(TALLOC_CTX *ctx, const struct slack_inbound *in, struct modal_state *state)
{
	for (size_t i = 0; i < state->n; i++) {
		const struct slack_modal_field *f = &state->fields[i];
		const char *sent = json_str(in->fields, slack_modal_block_id(ctx, state->key, i));
		const char *value = slack_modal_value(f, sent);
		char *trimmed = value ? text_trim(ctx, value) : NULL;

		if (f->name && trimmed && *trimmed)
			json_set_str(state->values, f->name, f->n_options > 0 ? value : trimmed);
	}
}

bool modal_load(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in,
		struct modal_state **ret, struct err *e)
{
	struct modal_state *state;
	struct modal_form form;

	if (!in->value)
		return err_set(e, ERR_NOT_FOUND, "a form without a key");
	if (!modal_read(ctx, bot, in->value, &state, &form, e))
		return false;
	if (strcmp(state->owner, in->user_id) != 0)
		return err_set(e, ERR_FORBIDDEN, "another person's form");
	if (!modal_kind(state->kind))
		return err_set(e, ERR_NOT_FOUND, "a form of another version");
	read_values(ctx, in, state);
	if (in->kind == SLACK_INBOUND_PRESS && in->action_id) {
		int i = slack_modal_field_of(state->key, state->n, in->action_id);
		state->changed = i >= 0 ? state->fields[i].name : NULL;
	}
	*ret = state;
	return true;
}

const char *modal_value(const struct modal_state *state, const char *name)
{
	return json_str(state->values, name);
}

struct slack_modal_field *modal_fields_sent(TALLOC_CTX *ctx, const struct modal_state *state)
{
	struct slack_modal_field *fields = mem_array(ctx, struct slack_modal_field, state->n);

	for (size_t i = 0; i < state->n; i++) {
		fields[i] = state->fields[i];
		fields[i].error = NULL;
		if (fields[i].name)
			fields[i].value = modal_value(state, fields[i].name);
	}
	return fields;
}

void modal_set_error(struct slack_modal_field *fields, size_t n, const char *name,
		     const char *error)
{
	for (size_t i = 0; i < n; i++)
		if (fields[i].name && strcmp(fields[i].name, name) == 0)
			fields[i].error = error;
}

/* --- the response_url --- */

static char *hook_key(TALLOC_CTX *ctx, const char *view_id)
{
	return mem_printf(ctx, "modal:hook:%s", view_id);
}

void modal_keep_hook(struct job_run *run, const struct slack_inbound *in, const char *view_id)
{
	struct err e;

	if (in->response_url) /* without it the answer goes the other ways */
		(void)!queue_state_set(run->bot->queue, hook_key(run->ctx, view_id),
				       in->response_url, strlen(in->response_url),
				       run->job->created_ms + REPLY_HOOK_LIFE_MS, &e);
}

const char *modal_hook(TALLOC_CTX *ctx, struct bot *bot, const char *view_id)
{
	char *value = NULL;
	size_t len;
	struct err e;

	return queue_state_get(bot->queue, ctx, hook_key(ctx, view_id), &value, &len, &e) ? value
											  : NULL;
}

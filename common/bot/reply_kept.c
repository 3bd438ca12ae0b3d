/*
 * What is kept of an answer on its way, in the job's progress: to and from JSON. So any process can
 * take it up where another one died.
 */
#include "bot/reply.h"

#include "base/json.h"
#include "base/mem.h"

char *reply_save(TALLOC_CTX *ctx, const struct reply *r)
{
	struct json_object *o = json_new_object(ctx);

	if (r->message)
		json_set(o, "message", json_object_get(slack_message_save(ctx, r->message)));
	json_set_bool(o, "private", r->private);
	json_set_bool(o, "delivery", r->delivery);
	json_set_bool(o, "refusal", r->refusal);
	json_set_bool(o, "hook", r->hook);
	json_set_bool(o, "doubt", r->doubt);
	json_set_int(o, "form", r->form);
	json_set_int(o, "hook_uses", r->hook_uses);
	json_set_int(o, "tries", r->tries);
	json_set_str(o, "loading", r->loading);
	json_set_bool(o, "seek", r->seek);
	json_set_bool(o, "told", r->told);
	json_set_str(o, "ts", r->ts);
	json_set_int(o, "image_refused", r->image_refused);
	if (r->picture)
		json_set(o, "picture", json_object_get(r->picture));
	if (r->state)
		json_set(o, "state", json_object_get(r->state));
	json_set_str(o, "dead", r->dead);
	json_set_str(o, "part", r->part);
	json_set_str(o, "shown", r->shown);
	json_set_bool(o, "replace", r->replace);
	if (r->presses)
		json_set(o, "presses", json_object_get(r->presses));
	if (r->tiles)
		json_set(o, "tiles", json_object_get(r->tiles));
	return mem_strdup(ctx, json_text(o));
}

bool reply_load(TALLOC_CTX *ctx, const char *progress, size_t len, struct reply *ret,
		bool *ret_found, struct err *e)
{
	struct json_object *o;

	*ret = (struct reply){ .message = NULL };
	*ret_found = false;
	if (!progress || !len)
		return true;
	if (!json_parse(ctx, progress, len, &o, e))
		return err_wrap(e, "the job's progress");
	*ret = (struct reply){
		.private = json_bool_or(o, "private", false),
		.delivery = json_bool_or(o, "delivery", false),
		.refusal = json_bool_or(o, "refusal", false),
		.hook = json_bool_or(o, "hook", false),
		.doubt = json_bool_or(o, "doubt", false),
		.form = (enum slack_form)json_int_or(o, "form", 0),
		.hook_uses = (int)json_int_or(o, "hook_uses", 0),
		.tries = (int)json_int_or(o, "tries", 0),
		.loading = mem_strdup(ctx, json_str(o, "loading")),
		.seek = json_bool_or(o, "seek", false),
		.told = json_bool_or(o, "told", false),
		.ts = mem_strdup(ctx, json_str(o, "ts")),
		.image_refused = (int)json_int_or(o, "image_refused", 0),
		.picture = json_object_at(o, "picture"),
		.state = json_object_at(o, "state"),
		.dead = mem_strdup(ctx, json_str(o, "dead")),
		.part = mem_strdup(ctx, json_str(o, "part")),
		.shown = mem_strdup(ctx, json_str(o, "shown")),
		.replace = json_bool_or(o, "replace", false),
		.presses = json_array_at(o, "presses"),
		.tiles = json_object_at(o, "tiles"),
	};
	if (ret->form >= SLACK_FORMS)
		ret->form = SLACK_FORM_TEXT;
	struct json_object *message = json_object_at(o, "message");
	if (message && !slack_message_load(ctx, message, &ret->message, e))
		return err_wrap(e, "the job's progress");
	*ret_found = message != NULL;
	return true;
}

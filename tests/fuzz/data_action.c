/*
 * Data actions: {"action", "answer", "form"}. Whatever a link says, its label fits a button; what
 * Looker answers (its calls are replaced at link time) is whole: faults have words, fields a type
 * that can be shown and a name that can be sent.
 */
#include "looker/action.h"

#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "looker/client.h"

static struct json_object *brought;

/* -Wl,--wrap leads the calls of looker/ here. */
bool __wrap_looker_post(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
			struct json_object *body, size_t max_bytes, struct json_object **ret,
			struct err *e);
bool __wrap_looker_post_once(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			     const char *path, struct json_object *body, size_t max_bytes,
			     struct json_object **ret, struct err *e);

bool __wrap_looker_post(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
			struct json_object *body, size_t max_bytes, struct json_object **ret,
			struct err *e)
{
	(void)lk;
	(void)deadline_ms;
	(void)path;
	(void)max_bytes;
	(void)e;
	FUZZ_CHECK(json_object_is_type(body, json_type_object));
	*ret = json_own(ctx, json_object_get(brought));
	return true;
}

bool __wrap_looker_post_once(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			     const char *path, struct json_object *body, size_t max_bytes,
			     struct json_object **ret, struct err *e)
{
	return __wrap_looker_post(ctx, lk, deadline_ms, path, body, max_bytes, ret, e);
}

static void check_form(const struct looker_form *form)
{
	FUZZ_CHECK(form->n <= LOOKER_FORM_FIELDS_MAX);
	for (size_t i = 0; i < form->n; i++) {
		const struct looker_form_field *f = &form->fields[i];

		fuzz_check_utf8(f->label);
		if (f->description)
			fuzz_check_utf8(f->description);
		if (f->value)
			fuzz_check_utf8(f->value);
		FUZZ_CHECK(f->type <= LOOKER_FORM_LINK && f->n_options <= LOOKER_FORM_OPTIONS_MAX);
		FUZZ_CHECK((f->type == LOOKER_FORM_SELECT) == (f->n_options > 0));
		FUZZ_CHECK(f->type != LOOKER_FORM_LINK || strncasecmp(f->url, "http", 4) == 0);
		FUZZ_CHECK(f->type >= LOOKER_FORM_MESSAGE || f->name[0] != '\0');
		for (size_t k = 0; k < f->n_options; k++)
			FUZZ_CHECK(f->options[k].name[0] && f->options[k].label[0]);
	}
}

static void check_performed(const struct looker_performed *p)
{
	if (p->message)
		fuzz_check_utf8(p->message);
	for (size_t i = 0; i < p->n_faults; i++) {
		FUZZ_CHECK(p->faults[i].field != NULL);
		fuzz_check_utf8(p->faults[i].message);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config_looker config = { .name = "shop.example.com" };
	static struct looker lk = { .config = &config };
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct json_object *in = NULL, *action;
	struct looker_performed performed;
	struct looker_form form;
	struct err e;

	if (json_parse(ctx, (const char *)data, size, &in, &e)) {
		action = json_get(in, "action");
		if (looker_action_is(action)) {
			const char *label = looker_action_label(ctx, action);
			fuzz_check_utf8(label);
			FUZZ_CHECK(text_chars(label) >= 1 &&
				   text_chars(label) <= LOOKER_ACTION_LABEL_MAX_CHARS);
			if (looker_action_own_form(ctx, action, &form))
				check_form(&form);
			brought = json_get(in, "answer");
			if (looker_action_perform(ctx, &lk, 0, action, NULL, &performed, &e))
				check_performed(&performed);
			else
				fuzz_check_error(&e, ERR_UNKNOWN);
			brought = json_get(in, "form");
			if (looker_action_form(ctx, &lk, 0, action, action, &form, &e))
				check_form(&form);
			else
				fuzz_check_error(&e, ERR_BAD_REPLY);
		}
	}
	talloc_free(ctx);
	return 0;
}

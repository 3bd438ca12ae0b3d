/* Forms: what was read can be written and read again, and nothing in it is unclean. */
#include "base/form.h"

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"

static size_t pairs_in(const char *body, size_t len)
{
	size_t pairs = 0;
	for (size_t i = 0; i < len; i++)
		pairs += body[i] != '&' && (i == 0 || body[i - 1] == '&');
	return pairs;
}

static void check_field(const struct form *f, const struct form_field *field)
{
	fuzz_check_utf8(field->name);
	fuzz_check_utf8(field->value);
	FUZZ_CHECK(field->name[0] != '\0');
	FUZZ_CHECK(form_get(f, field->name) == field->value); /* so no name comes twice */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct form *f = NULL, *again = NULL;
	struct err e;
	if (form_parse(ctx, (const char *)data, size, &f, &e)) {
		char *body = mem_strdup(ctx, "");
		FUZZ_CHECK(f->n == pairs_in((const char *)data, size) && f->n <= FORM_FIELDS_MAX);
		for (size_t i = 0; i < f->n; i++) {
			check_field(f, &f->fields[i]);
			form_append(&body, f->fields[i].name, f->fields[i].value);
		}
		FUZZ_CHECK(form_parse(ctx, body, strlen(body), &again, &e));
		FUZZ_CHECK(again->n == f->n);
		for (size_t i = 0; i < f->n; i++) {
			FUZZ_CHECK(strcmp(again->fields[i].name, f->fields[i].name) == 0);
			FUZZ_CHECK(strcmp(again->fields[i].value, f->fields[i].value) == 0);
		}
	} else {
		fuzz_check_error(&e, ERR_BAD_INPUT);
	}
	talloc_free(ctx);
	return 0;
}

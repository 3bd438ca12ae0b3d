/*
 * What a person typed, given to filters of every kind: each value fits its filter, Liquid never
 * comes through, and a refusal is a sentence.
 */
#include "bot/filters.h"

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "slack/inbound.h"

static const struct looker_filter filters[] = {
	{ "region_f", "Region", LOOKER_FILTER_STRING, "", false },
	{ "Order Date", "Order Date", LOOKER_FILTER_DATE, "7 days", true },
	{ "Date", "Date", LOOKER_FILTER_DATE, "", true },
	{ "Minimum", "Minimum", LOOKER_FILTER_NUMBER, "", false },
	{ "New", "New", LOOKER_FILTER_YESNO, "No", false },
	{ "groß", "Größe \"x\"", LOOKER_FILTER_STRING, "a;b=c", false },
};
#define N (sizeof(filters) / sizeof(filters[0]))

static void check_value(const struct filters_value *v, const struct looker_filter *f)
{
	FUZZ_CHECK(v->filter == f);
	fuzz_check_utf8(v->value);
	if (v->origin == FILTERS_DEFAULT) {
		FUZZ_CHECK(strcmp(v->value, f->default_value) == 0);
		return;
	}
	FUZZ_CHECK(filters_fit(f->kind, v->value));
	FUZZ_CHECK(strstr(v->value, "{{") == NULL && strstr(v->value, "{%") == NULL);
	FUZZ_CHECK(v->value[0] == '\0' || v->value[strlen(v->value) - 1] != ',' ||
		   strchr(v->value, '"') == NULL);
}

static void check_assigned(const struct filters_assigned *a, size_t n)
{
	size_t missing = 0;
	FUZZ_CHECK(a->n == n);
	for (size_t i = 0; i < n; i++) {
		check_value(&a->values[i], &filters[i]);
		if (!filters[i].required || a->values[i].value[0] != '\0')
			continue;
		FUZZ_CHECK(missing < a->n_missing && a->missing[missing] == &filters[i]);
		missing++;
	}
	FUZZ_CHECK(missing == a->n_missing);
}

static void check_text(TALLOC_CTX *ctx, const char *text, size_t n)
{
	struct filters_assigned *a = NULL;
	struct err e;
	if (filters_assign(ctx, filters, n, text, &a, &e))
		check_assigned(a, n);
	else
		fuzz_check_error(&e, ERR_BAD_INPUT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *text = slack_inbound_clean(ctx, text_clean(ctx, (const char *)data, size));
	check_text(ctx, text, N);
	check_text(ctx, text, 1);
	check_text(ctx, text, 0);
	talloc_free(ctx);
	return 0;
}

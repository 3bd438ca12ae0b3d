/*
 * Filters and addresses. Values that an address carries (/dashboards/42?Region=EMEA) are given to
 * the filters for which nobody typed one. They are Looker's own expressions and not judged, but for
 * Liquid, which would read the account's attributes.
 */
#include "bot/filters.h"

#include <string.h>

#include "base/form.h"
#include "base/mem.h"
#include "base/text.h"

/* By name, as Looker's pages write it, else by title. */
static const char *value_in(const struct form *link, const struct looker_filter *f)
{
	const char *value = form_get(link, f->name);

	for (size_t i = 0; !value && i < link->n; i++)
		if (text_equal_fold(link->fields[i].name, f->title))
			value = link->fields[i].value;
	return value;
}

static void drop_given(struct filters_assigned *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		if (a->values[i].filter->required && a->values[i].value[0] == '\0')
			a->missing[n++] = a->values[i].filter;
	a->n_missing = n;
}

bool filters_take(struct filters_assigned *a, const struct form *link, struct err *e)
{
	for (size_t i = 0; i < a->n; i++) {
		struct filters_value *v = &a->values[i];
		const char *value = value_in(link, v->filter);

		if (!value || v->origin != FILTERS_DEFAULT)
			continue;
		if (strstr(value, "{{") || strstr(value, "{%"))
			return err_set(e, ERR_BAD_INPUT,
				       "Liquid ({{ or {%%) may not stand in an address");
		v->value = value;
		v->origin = FILTERS_NAME;
	}
	drop_given(a);
	return true;
}

char *filters_query(TALLOC_CTX *ctx, const struct filters_assigned *a)
{
	char *text = mem_strdup(ctx, "");

	for (size_t i = 0; i < a->n; i++)
		form_append(&text, a->values[i].filter->name, a->values[i].value);
	return text;
}

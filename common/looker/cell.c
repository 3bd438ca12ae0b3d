/*
 * One cell of json_detail as text: Looker's own formatting when it gave one, else the field's HTML
 * without its tags, else the value. Escaping for Slack comes later (render/).
 */
#include "looker/cell.h"

#include <inttypes.h>
#include <math.h>

#include "base/mem.h"
#include "base/text.h"
#include "looker/action.h"

#define DOUBLE_EXACT_MAX 9007199254740992.0 /* 2^53: beyond it not every integer has a double */

/* Items of a list, and a list in a list, and no further. */
#define LIST_DEPTH_MAX 2

/* Shortest text that reads back as the same number. */
static char *text_of_double(TALLOC_CTX *ctx, double d)
{
	char buf[40];

	if (fabs(d) < DOUBLE_EXACT_MAX && d == trunc(d))
		return mem_printf(ctx, "%.0f", d == 0 ? 0.0 : d); /* "-0" says nothing */
	for (int digits = 15; digits <= 17; digits++) {
		double back;

		snprintf(buf, sizeof(buf), "%.*g", digits, d);
		if (text_to_number(buf, &back) && back == d)
			break;
	}
	return mem_strdup(ctx, buf);
}

static char *text_of_int(TALLOC_CTX *ctx, const struct json_object *o)
{
	int64_t i = json_object_get_int64(o);

	/* json-c keeps what is above INT64_MAX as unsigned. */
	if (i == INT64_MAX)
		return mem_printf(ctx, "%" PRIu64, json_object_get_uint64(o));
	return mem_printf(ctx, "%" PRId64, i);
}

static char *text_of_value(TALLOC_CTX *ctx, struct json_object *o, int depth);

static char *text_of_list(TALLOC_CTX *ctx, struct json_object *o, int depth)
{
	char *ret = mem_strdup(ctx, "");

	for (size_t i = 0; i < json_len(o); i++) {
		if (i > 0)
			mem_append(&ret, ", ");
		mem_append(&ret, text_of_value(ctx, json_item(o, i), depth + 1));
	}
	return ret;
}

static char *text_of_value(TALLOC_CTX *ctx, struct json_object *o, int depth)
{
	switch (json_object_get_type(o)) {
	case json_type_null:
		return mem_strdup(ctx, LOOKER_CELL_NULL_TEXT);
	case json_type_boolean:
		return mem_strdup(ctx, json_object_get_boolean(o) ? "Yes" : "No");
	case json_type_int:
		return text_of_int(ctx, o);
	case json_type_double:
		return text_of_double(ctx, json_object_get_double(o));
	case json_type_string:
		return text_clean(ctx, json_object_get_string(o),
				  (size_t)json_object_get_string_len(o));
	case json_type_array:
		if (depth < LIST_DEPTH_MAX)
			return text_of_list(ctx, o, depth);
		break;
	case json_type_object:
		break;
	}
	return mem_strdup(ctx, json_text(o));
}

/* The drill of a measure. Other links lead into time frames or to places of the LookML author. */
static const char *drill_of(TALLOC_CTX *ctx, const struct json_object *o)
{
	const struct json_object *links = json_array_at(o, "links");

	for (size_t i = 0; i < json_len(links); i++) {
		const struct json_object *link = json_item(links, i);

		if (strcmp(json_str_or(link, "type", ""), "measure_default") == 0)
			return mem_strdup(ctx, json_str(link, "url"));
	}
	return NULL;
}

static char *text_of_cell(TALLOC_CTX *ctx, const struct json_object *o, struct json_object *value)
{
	const char *rendered = json_str(o, "rendered");
	const char *html = json_str(o, "html");
	char *ret = NULL;

	if (rendered != NULL && rendered[0] != '\0')
		return text_clean(ctx, rendered, strlen(rendered));
	if (html != NULL)
		ret = text_from_html(ctx, html);
	if (ret != NULL && ret[0] != '\0')
		return ret;
	return text_of_value(ctx, value, 0);
}

struct looker_cell looker_cell_read(TALLOC_CTX *ctx, struct json_object *o)
{
	bool wrapped = json_object_is_type(o, json_type_object);
	struct json_object *value = wrapped ? json_get(o, "value") : o;
	struct looker_cell c = { .is_null = value == NULL };

	c.text = text_of_cell(ctx, o, value);
	c.link = drill_of(ctx, o);
	if (json_object_is_type(value, json_type_int) ||
	    json_object_is_type(value, json_type_double)) {
		c.number = json_object_get_double(value);
		c.is_number = isfinite(c.number);
	}
	return c;
}

void looker_cell_add_offers(TALLOC_CTX *ctx, const struct json_object *o, size_t field,
			    struct looker_result *r)
{
	const struct json_object *links = json_array_at(o, "links");

	for (size_t i = 0; i < json_len(links) && r->n_offers < LOOKER_OFFERS_MAX; i++) {
		struct json_object *link = json_item(links, i);

		if (!looker_action_is(link))
			continue;
		r->offers = mem_grow(ctx, r->offers, struct looker_offer, r->n_offers + 1);
		r->offers[r->n_offers++] = (struct looker_offer){
			.field = field,
			.label = looker_action_label(ctx, link),
			.json = mem_strdup(ctx, json_text(link)),
			.asks = looker_action_asks(link),
		};
	}
}

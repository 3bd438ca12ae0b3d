/* Finds an alert in a body of the Action Hub: where it may stand, and under which names its facts
 * may. It is one when it has a threshold, or says that it is one and has a value. */
#include "looker/alert.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define TEXT_MAX_CHARS 300
#define URL_MAX_BYTES 8000
#define FILTERS_MAX 20
#define NAMES_MAX 5

/* From the best name on; NULL at the end. */
struct names {
	const char *list[NAMES_MAX + 1];
};

static const struct names titles = { { "custom_title", "alert_title", "title", "name" } };
static const struct names descriptions = { { "description" } };
static const struct names fields = { { "triggering_field_title", "field_title", "field",
				       "field_name" } };
static const struct names values = { { "rendered_value", "field_value", "rendered", "value" } };
static const struct names thresholds = { { "threshold_value", "threshold" } };
static const struct names conditions = { { "condition" } };
static const struct names urls = { { "url", "dashboard_url", "link", "alert_url", "query_url" } };

static const struct {
	const char *type;
	const char *words;
} comparisons[] = {
	{ "EQUAL_TO", "equal to" },
	{ "GREATER_THAN", "above" },
	{ "GREATER_THAN_OR_EQUAL_TO", "at least" },
	{ "LESS_THAN", "below" },
	{ "LESS_THAN_OR_EQUAL_TO", "at most" },
	{ "INCREASES_BY", "increases by" },
	{ "DECREASES_BY", "decreases by" },
	{ "CHANGES_BY", "changes by" },
};

static const char *clean(TALLOC_CTX *ctx, const char *text)
{
	text = text_trim(ctx, text_clean(ctx, text, strlen(text)));
	return text[0] ? text_cut(ctx, text, TEXT_MAX_CHARS) : NULL;
}

/* A text, or a number as people write it; NULL for anything else. */
static const char *scalar(TALLOC_CTX *ctx, struct json_object *value)
{
	if (json_object_is_type(value, json_type_string))
		return clean(ctx, json_object_get_string(value));
	if (json_object_is_type(value, json_type_int))
		return mem_strdup(ctx, json_object_get_string(value));
	if (json_object_is_type(value, json_type_double))
		return mem_printf(ctx, "%.15g", json_object_get_double(value));
	return NULL;
}

static const char *first(TALLOC_CTX *ctx, const struct json_object *o, const struct names *names)
{
	const char *found = NULL;

	for (size_t i = 0; names->list[i] && !found; i++)
		found = scalar(ctx, json_get(o, names->list[i]));
	return found;
}

static const char *comparison_of(const struct json_object *alert)
{
	const char *type = json_str_or(alert, "comparison_type", "");

	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
		if (strcasecmp(comparisons[i].type, type) == 0)
			return comparisons[i].words;
	return NULL;
}

static const char *url_of(TALLOC_CTX *ctx, const struct json_object *alert)
{
	for (size_t i = 0; urls.list[i]; i++) {
		const char *url = json_str_or(alert, urls.list[i], "");
		bool http =
			strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0;
		bool path = url[0] == '/' && url[1] != '/';

		if ((http || path) && strlen(url) <= URL_MAX_BYTES)
			return text_clean(ctx, url, strlen(url));
	}
	return NULL;
}

static struct json_object *filters_of(TALLOC_CTX *ctx, const struct json_object *alert)
{
	struct json_object *list = json_new_array(ctx);
	struct json_object *applied = json_array_at(alert, "applied_dashboard_filters");

	for (size_t i = 0; i < json_len(applied) && json_len(list) < FILTERS_MAX; i++) {
		const struct json_object *one = json_item(applied, i);
		const char *name = clean(ctx, json_str_or(one, "filter_title", ""));
		const char *value = clean(ctx, json_str_or(one, "filter_value", ""));
		struct json_object *pair;

		if (!name || !value)
			continue;
		pair = json_object_new_array();
		json_object_array_add(pair, json_object_new_string(name));
		json_object_array_add(pair, json_object_new_string(value));
		json_object_array_add(list, pair);
	}
	return list;
}

/* What the API's Alert has, and beside it what the notification says. */
static struct looker_alert *read_alert(TALLOC_CTX *ctx, const struct json_object *o,
				       const struct json_object *beside)
{
	struct looker_alert *a = mem_zero(ctx, struct looker_alert);
	const struct json_object *field = json_object_at(o, "field");

	a->title = first(ctx, o, &titles);
	a->description = first(ctx, o, &descriptions);
	a->field = first(ctx, o, &fields);
	if (!a->field)
		a->field = first(ctx, field, &titles);
	if (!a->field)
		a->field = first(ctx, beside, &fields);
	a->value = first(ctx, o, &values);
	if (!a->value)
		a->value = first(ctx, beside, &values);
	a->threshold = first(ctx, o, &thresholds);
	if (!a->threshold)
		a->threshold = first(ctx, beside, &thresholds);
	a->comparison = comparison_of(o);
	a->condition = first(ctx, o, &conditions);
	a->url = url_of(ctx, o);
	if (!a->url)
		a->url = url_of(ctx, beside);
	a->filters = filters_of(ctx, o);
	return a;
}

struct looker_alert *looker_alert_read(TALLOC_CTX *ctx, const struct json_object *body)
{
	const bool says_so = strcasecmp(json_str_or(body, "type", ""), "alert") == 0;
	const struct json_object *const places[] = { body, json_object_at(body, "scheduled_plan"),
						     json_object_at(body, "data") };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct json_object *o = json_object_at(places[i], "alert");
		struct looker_alert *a;

		if (!o && i == 0 && !says_so)
			continue;
		a = o ? read_alert(ctx, o, places[i])
		      : read_alert(ctx, places[i], says_so ? body : NULL);
		if (a->threshold || ((o || says_so) && a->value))
			return a;
	}
	return NULL;
}

/*
 * Each parameter of an Explore's address is one line of a table: how it is read and where it goes
 * in the Query object. Filters (f[view.field]) are show.c's; filter_config is left out, because it
 * would win over them.
 */
#include "bot/explore.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define LIST_MAX 100 /* fields, sorts, ... */
#define NAME_MAX_BYTES 255
#define WORD_MAX_BYTES 100
#define TEXT_MAX_BYTES (16 * 1024)
#define LIMIT_MAX 1000000
#define URL_BYTES 1500 /* a link in mrkdwn has 2,000; filters follow */

struct parameter {
	const char *name;
	const char *key; /* in the Query object */
	bool (*read)(TALLOC_CTX *ctx, const struct parameter *p, const char *value,
		     struct json_object **ret, struct err *e);
	bool look; /* says how it is drawn, not what is shown */
};

static bool refuse(struct err *e, const struct parameter *p, const char *what)
{
	return err_set(e, ERR_BAD_INPUT, "“%s” in this Explore's address %s", p->name, what);
}

static bool is_name(const char *s, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.- "; /* blanks: "orders.count desc 0" */

	return len > 0 && len <= NAME_MAX_BYTES && strspn(s, allowed) >= len;
}

static bool read_list(TALLOC_CTX *ctx, const struct parameter *p, const char *value,
		      struct json_object **ret, struct err *e)
{
	struct json_object *list = json_new_array(ctx);

	while (*value) {
		size_t len = strcspn(value, ",");
		const char *name = text_trim(ctx, mem_strndup(ctx, value, len));

		if (!is_name(name, strlen(name)))
			return refuse(e, p, "is no list of fields");
		if (json_len(list) == LIST_MAX)
			return refuse(e, p, "names too many fields");
		json_object_array_add(list, json_object_new_string(name));
		value += len + (value[len] == ',' ? 1 : 0);
	}
	*ret = list;
	return true;
}

/* Looker wants its numbers as text; -1 is none. */
static bool read_number(TALLOC_CTX *ctx, const struct parameter *p, const char *value,
			struct json_object **ret, struct err *e)
{
	int64_t number;

	if (!text_to_int(value, -1, LIMIT_MAX, &number))
		return refuse(e, p, "is no number that I can use");
	*ret = json_own(ctx, json_object_new_string(mem_printf(ctx, "%lld", (long long)number)));
	return true;
}

static bool read_flag(TALLOC_CTX *ctx, const struct parameter *p, const char *value,
		      struct json_object **ret, struct err *e)
{
	bool on = strcmp(value, "on") == 0 || strcmp(value, "true") == 0;

	if (!on && strcmp(value, "off") != 0 && strcmp(value, "false") != 0)
		return refuse(e, p, "is neither on nor off");
	*ret = json_own(ctx, json_object_new_boolean(on));
	return true;
}

/* Liquid would read the attributes of the account that runs it. */
static bool has_liquid(const char *s)
{
	return strstr(s, "{{") || strstr(s, "{%");
}

static bool read_text(TALLOC_CTX *ctx, const struct parameter *p, const char *value,
		      struct json_object **ret, struct err *e)
{
	if (strlen(value) > TEXT_MAX_BYTES)
		return refuse(e, p, "is too long");
	if (has_liquid(value))
		return refuse(e, p, "holds Liquid ({{ or {%)");
	*ret = json_own(ctx, json_object_new_string(value));
	return true;
}

static bool read_word(TALLOC_CTX *ctx, const struct parameter *p, const char *value,
		      struct json_object **ret, struct err *e)
{
	return strlen(value) > WORD_MAX_BYTES ? refuse(e, p, "is too long")
					      : read_text(ctx, p, value, ret, e);
}

static bool read_json(TALLOC_CTX *ctx, const char *value, json_type type, struct json_object **ret)
{
	struct err ignored;

	return strlen(value) <= TEXT_MAX_BYTES &&
	       json_parse(ctx, value, strlen(value), ret, &ignored) &&
	       json_object_is_type(*ret, type);
}

static bool read_vis(TALLOC_CTX *ctx, const struct parameter *p, const char *value,
		     struct json_object **ret, struct err *e)
{
	return read_json(ctx, value, json_type_object, ret) ||
	       refuse(e, p, "is not what Looker writes there");
}

/* Table calculations and the like: a JSON array, which Looker keeps as text. */
static bool read_dynamic(TALLOC_CTX *ctx, const struct parameter *p, const char *value,
			 struct json_object **ret, struct err *e)
{
	struct json_object *array;

	return read_json(ctx, value, json_type_array, &array)
		       ? read_text(ctx, p, value, ret, e)
		       : refuse(e, p, "is not what Looker writes there");
}

static const struct parameter parameters[] = {
	{ "fields", "fields", read_list, false },
	{ "pivots", "pivots", read_list, false },
	{ "fill_fields", "fill_fields", read_list, false },
	{ "sorts", "sorts", read_list, false },
	{ "subtotals", "subtotals", read_list, false },
	{ "limit", "limit", read_number, false },
	{ "column_limit", "column_limit", read_number, false },
	{ "total", "total", read_flag, false },
	{ "row_total", "row_total", read_word, false },
	{ "query_timezone", "query_timezone", read_word, false },
	{ "filter_expression", "filter_expression", read_text, false },
	{ "dynamic_fields", "dynamic_fields", read_dynamic, false },
	{ "vis", "vis_config", read_vis, true },
};
#define N_PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

static const char *value_of(const struct form *link, const struct parameter *p)
{
	const char *value = link ? form_get(link, p->name) : NULL;

	return value && value[0] ? value : NULL;
}

bool explore_query(TALLOC_CTX *ctx, const char *model, const char *view, const struct form *link,
		   struct json_object **ret, struct err *e)
{
	struct json_object *query = json_new_object(ctx);

	json_set_str(query, "model", model);
	json_set_str(query, "view", view);
	for (size_t i = 0; i < N_PARAMETERS; i++) {
		const struct parameter *p = &parameters[i];
		const char *value = value_of(link, p);
		struct json_object *o;

		if (!value)
			continue;
		if (!p->read(ctx, p, value, &o, e))
			return false;
		json_set(query, p->key, json_object_get(o));
	}
	if (json_len(json_array_at(query, "fields")) == 0)
		return err_set(e, ERR_BAD_INPUT,
			       "This Explore's address names no fields. "
			       "Choose some in Looker, and share it then");
	*ret = query;
	return true;
}

static char *url_with(TALLOC_CTX *ctx, const char *start, const struct form *link, bool looks)
{
	char *query = mem_strdup(ctx, "");

	for (size_t i = 0; i < N_PARAMETERS; i++) {
		const char *value = value_of(link, &parameters[i]);
		if (value && (looks || !parameters[i].look))
			form_append(&query, parameters[i].name, value);
	}
	return mem_printf(ctx, "%s?%s", start, query);
}

char *explore_url(TALLOC_CTX *ctx, const char *looker_url, const char *model, const char *view,
		  const struct form *link)
{
	const char *start = mem_printf(ctx, "%s/explore/%s/%s", looker_url, form_escape(ctx, model),
				       form_escape(ctx, view));
	char *url = url_with(ctx, start, link, true);

	return strlen(url) <= URL_BYTES ? url : url_with(ctx, start, link, false);
}

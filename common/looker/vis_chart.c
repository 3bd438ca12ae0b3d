/*
 * How Looker draws a chart: what changes its meaning (stacks, scales, mixed types) and what is
 * written at its axes. Colours, gaps and lines of reference change nothing of it.
 */
#include "looker/vis_chart.h"

#include "base/mem.h"

#define HIDDEN_MAX 200
#define TYPE_PREFIX "looker_"

/* More than one scale: two axes with series on both, or one for each series. */
static bool has_axes(const struct json_object *vis)
{
	const struct json_object *axes = json_array_at(vis, "y_axes");
	size_t used = 0;

	for (size_t i = 0; i < json_len(axes); i++) {
		const struct json_object *series = json_array_at(json_item(axes, i), "series");

		used += series == NULL || json_len(series) > 0;
	}
	return used > 1 || !json_bool_or(vis, "y_axis_combined", true);
}

static bool is_log(const struct json_object *vis)
{
	const struct json_object *axes = json_array_at(vis, "y_axes");

	if (strcmp(json_str_or(vis, "y_axis_scale_mode", ""), "log") == 0)
		return true;
	for (size_t i = 0; i < json_len(axes); i++)
		if (strcmp(json_str_or(json_item(axes, i), "type", ""), "log") == 0)
			return true;
	return false;
}

/* Some series are drawn as another type than the chart's own. */
static bool is_mixed(const struct json_object *vis, const char *type)
{
	struct json_object *types = json_object_at(vis, "series_types");
	size_t prefix = strlen(TYPE_PREFIX);
	const char *own = strncmp(type, TYPE_PREFIX, prefix) == 0 ? type + prefix : type;

	if (types == NULL)
		return false;
	struct json_object_iterator at = json_object_iter_begin(types);
	struct json_object_iterator end = json_object_iter_end(types);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *name = json_object_get_string(json_object_iter_peek_value(&at));

		if (name != NULL && strcmp(name, own) != 0 && strcmp(name, type) != 0)
			return true;
	}
	return false;
}

/* Areas are stacked unless somebody said that they are not. */
static enum looker_drawn stacking_of(const struct json_object *vis, const char *type)
{
	const char *otherwise = strcmp(type, "looker_area") == 0 ? "normal" : "";
	const char *stacking = json_str_or(vis, "stacking", otherwise);

	if (strcmp(stacking, "percent") == 0)
		return LOOKER_DRAWN_PERCENT;
	if (strcmp(stacking, "normal") == 0 && strcmp(type, "looker_line") != 0)
		return LOOKER_DRAWN_STACKED;
	return LOOKER_DRAWN_PLAIN;
}

static const char *label_or_null(TALLOC_CTX *ctx, const char *text)
{
	return text != NULL && text[0] != '\0' ? mem_strdup(ctx, text) : NULL;
}

/* Newer charts have it in y_axes, old ones in a list of texts. */
static const char *y_label_of(const struct json_object *vis)
{
	struct json_object *old = json_item(json_array_at(vis, "y_axis_labels"), 0);
	const char *label = json_str(json_item(json_array_at(vis, "y_axes"), 0), "label");

	if (label != NULL && label[0] != '\0')
		return label;
	return json_object_is_type(old, json_type_string) ? json_object_get_string(old) : NULL;
}

static void read_hidden(TALLOC_CTX *ctx, const struct json_object *vis, struct looker_vis *ret)
{
	const struct json_object *hidden = json_array_at(vis, "hidden_series");

	ret->hidden_series = mem_array(ctx, const char *, HIDDEN_MAX);
	for (size_t i = 0; i < json_len(hidden) && ret->n_hidden_series < HIDDEN_MAX; i++) {
		const char *name = json_object_get_string(json_item(hidden, i));

		if (name != NULL)
			ret->hidden_series[ret->n_hidden_series++] =
				mem_strdup(ret->hidden_series, name);
	}
}

void looker_vis_read_chart(TALLOC_CTX *ctx, const struct json_object *vis, struct looker_vis *ret)
{
	if (strcmp(json_str_or(vis, "trellis", ""), "") != 0)
		ret->drawn = LOOKER_DRAWN_MANY;
	else if (is_mixed(vis, ret->type))
		ret->drawn = LOOKER_DRAWN_MIXED;
	else if (has_axes(vis))
		ret->drawn = LOOKER_DRAWN_AXES;
	else if (is_log(vis))
		ret->drawn = LOOKER_DRAWN_LOG;
	else
		ret->drawn = stacking_of(vis, ret->type);
	ret->x_label = label_or_null(ctx, json_str(vis, "x_axis_label"));
	ret->y_label = label_or_null(ctx, y_label_of(vis));
	read_hidden(ctx, vis, ret);
}

/*
 * A chart of the message model: kept when it is within Slack's limits, with its labels shortened so
 * that they still differ, and as a data_visualization block. Numbers are never cut: a chart that
 * does not fit is not added.
 */
#include <math.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/message_private.h"

#define LABEL_MAX 20 /* of points and series */
#define AXIS_MAX 50  /* and of the title */
#define TAIL_CHARS 10
#define TITLE_OTHERWISE "Chart"

static const char *const kinds[] = {
	[SLACK_CHART_BAR] = "bar",
	[SLACK_CHART_LINE] = "line",
	[SLACK_CHART_AREA] = "area",
	[SLACK_CHART_PIE] = "pie",
};

/* ---- labels ---- */

/* On one line, of at most `max` units. */
static char *fit(TALLOC_CTX *ctx, const char *text, size_t max)
{
	char *whole = message_cell_text(ctx, text, SIZE_MAX);
	char *ret = text_cut(ctx, whole, max);

	for (size_t chars = max; message_units(ret) > max && chars > 1;)
		ret = text_cut(ctx, whole, --chars);
	return ret;
}

/* "Very long…label 12": where beginnings are the same, ends differ. */
static char *fit_both_ends(TALLOC_CTX *ctx, const char *text)
{
	char *whole = message_cell_text(ctx, text, SIZE_MAX);
	const char *tail = whole + strlen(whole);
	size_t chars = 0;

	if (message_units(whole) <= LABEL_MAX)
		return whole;
	while (tail > whole && chars < TAIL_CHARS) {
		tail--;
		chars += ((unsigned char)*tail & 0xC0) != 0x80;
	}
	return fit(ctx, mem_printf(ctx, "%s%s", text_cut(ctx, whole, LABEL_MAX - TAIL_CHARS), tail),
		   LABEL_MAX);
}

static size_t count_same(char *const *labels, size_t n, const char *label)
{
	size_t same = 0;

	for (size_t i = 0; i < n; i++)
		same += strcmp(labels[i], label) == 0;
	return same;
}

/* What is short and differs stays as it is, so that a loaded chart is the saved one. */
static char **fit_labels(TALLOC_CTX *ctx, const char *const *texts, size_t n)
{
	char **ret = mem_array(ctx, char *, n);
	bool *clash = mem_array(ctx, bool, n);

	for (size_t i = 0; i < n; i++)
		ret[i] = fit(ret, texts[i] ? texts[i] : "", LABEL_MAX);
	for (size_t i = 0; i < n; i++)
		clash[i] = count_same(ret, n, ret[i]) > 1;
	for (size_t i = 0; i < n; i++) {
		if (clash[i])
			ret[i] = fit_both_ends(ret, texts[i] ? texts[i] : "");
	}
	for (size_t i = 0; i < n; i++) {
		const char *label = ret[i];

		for (int k = 2; count_same(ret, i, ret[i]) > 0; k++) {
			char *number = mem_printf(ret, " (%d)", k);
			ret[i] = mem_printf(ret, "%s%s",
					    fit(ret, label, LABEL_MAX - strlen(number)), number);
		}
	}
	talloc_free(clash);
	return ret;
}

/* ---- adding ---- */

bool slack_chart_fits(const struct slack_chart *c)
{
	bool pie = c->kind == SLACK_CHART_PIE;
	size_t points_max = pie ? SLACK_PIE_SEGMENTS_MAX : SLACK_CHART_POINTS_MAX;

	if (c->n_points == 0 || c->n_points > points_max || c->n_series == 0 ||
	    c->n_series > (pie ? 1 : SLACK_CHART_SERIES_MAX))
		return false;
	for (size_t s = 0; s < c->n_series; s++) {
		for (size_t i = 0; i < c->n_points; i++) {
			double value = c->series[s].values[i];
			if (!isfinite(value) || (pie && value <= 0))
				return false;
		}
	}
	return true;
}

static size_t count_charts(const struct slack_message *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->parts[i].kind == MESSAGE_CHART;
	return n;
}

static const struct slack_series *copy_series(TALLOC_CTX *ctx, const struct slack_chart *c)
{
	struct slack_series *ret = mem_array(ctx, struct slack_series, c->n_series);
	const char **names = mem_array(ret, const char *, c->n_series);

	for (size_t s = 0; s < c->n_series; s++)
		names[s] = c->series[s].name;
	char **fitted = fit_labels(ret, names, c->n_series);
	for (size_t s = 0; s < c->n_series; s++) {
		double *values = mem_array(ret, double, c->n_points);
		memcpy(values, c->series[s].values, c->n_points * sizeof(values[0]));
		ret[s] = (struct slack_series){ .name = fitted[s], .values = values };
	}
	return ret;
}

static const char *axis_label(TALLOC_CTX *ctx, const char *text)
{
	return text && text[strspn(text, " \t\n")] ? fit(ctx, text, AXIS_MAX) : NULL;
}

bool slack_message_add_chart(struct slack_message *m, const struct slack_chart *c,
			     const struct slack_table *t)
{
	if (!slack_chart_fits(c) || count_charts(m) >= SLACK_CHARTS_MAX)
		return false;
	struct slack_chart *out = mem_zero(m, struct slack_chart);
	const char *title = axis_label(out, c->title);
	out->kind = c->kind;
	out->title = title ? title : TITLE_OTHERWISE;
	out->x_label = axis_label(out, c->x_label);
	out->y_label = axis_label(out, c->y_label);
	out->note = c->note ? mem_strdup(out, c->note) : NULL;
	out->n_points = c->n_points;
	out->labels = (const char *const *)fit_labels(out, c->labels, c->n_points);
	out->n_series = c->n_series;
	out->series = copy_series(out, c);
	struct message_part *p = message_add_part(m, MESSAGE_CHART);
	p->chart = out;
	p->table = t ? message_copy_table(m, t) : NULL;
	return true;
}

/* ---- the block ---- */

static struct json_object *points(const struct slack_chart *c, const double *values)
{
	struct json_object *ret = json_object_new_array();

	for (size_t i = 0; i < c->n_points; i++) {
		struct json_object *point = json_object_new_object();
		json_set_str(point, "label", c->labels[i]);
		json_set(point, "value", message_number(values[i]));
		json_object_array_add(ret, point);
	}
	return ret;
}

static struct json_object *all_series(const struct slack_chart *c)
{
	struct json_object *ret = json_object_new_array();

	for (size_t s = 0; s < c->n_series; s++) {
		struct json_object *one = json_object_new_object();
		json_set_str(one, "name", c->series[s].name);
		json_set(one, "data", points(c, c->series[s].values));
		json_object_array_add(ret, one);
	}
	return ret;
}

static struct json_object *axes(const struct slack_chart *c)
{
	struct json_object *ret = json_object_new_object(), *labels = json_object_new_array();

	for (size_t i = 0; i < c->n_points; i++)
		json_object_array_add(labels, json_object_new_string(c->labels[i]));
	json_set(ret, "categories", labels);
	json_set_str(ret, "x_label", c->x_label);
	json_set_str(ret, "y_label", c->y_label);
	return ret;
}

struct json_object *message_chart(const struct slack_chart *c)
{
	struct json_object *block = json_object_new_object(), *chart = json_object_new_object();

	json_set_str(chart, "type", kinds[c->kind]);
	if (c->kind == SLACK_CHART_PIE) {
		json_set(chart, "segments", points(c, c->series[0].values));
	} else {
		json_set(chart, "series", all_series(c));
		json_set(chart, "axis_config", axes(c));
	}
	json_set_str(block, "type", "data_visualization");
	json_set_str(block, "title", c->title);
	json_set(block, "chart", chart);
	return block;
}

/* ---- kept ---- */

static struct json_object *strings(const char *const *texts, size_t n)
{
	struct json_object *ret = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(ret, json_object_new_string(texts[i]));
	return ret;
}

/* The values of each series stand beside its name. */
struct json_object *message_chart_save(const struct slack_chart *c)
{
	struct json_object *o = json_object_new_object(), *series = json_object_new_array();

	for (size_t s = 0; s < c->n_series; s++) {
		struct json_object *one = json_object_new_object();
		struct json_object *values = json_object_new_array();
		for (size_t i = 0; i < c->n_points; i++)
			json_object_array_add(values, message_number(c->series[s].values[i]));
		json_set_str(one, "name", c->series[s].name);
		json_set(one, "values", values);
		json_object_array_add(series, one);
	}
	json_set_str(o, "kind", kinds[c->kind]);
	json_set_str(o, "title", c->title);
	json_set_str(o, "x_label", c->x_label);
	json_set_str(o, "y_label", c->y_label);
	json_set_str(o, "note", c->note);
	json_set(o, "labels", strings(c->labels, c->n_points));
	json_set(o, "series", series);
	return o;
}

static bool load_series(TALLOC_CTX *ctx, struct json_object *o, size_t n_points,
			struct slack_series *ret)
{
	struct json_object *saved = json_array_at(o, "values");
	double *values = mem_array(ctx, double, n_points);

	if (json_len(saved) != n_points)
		return false;
	for (size_t i = 0; i < n_points; i++)
		values[i] = json_object_get_double(json_item(saved, i));
	*ret = (struct slack_series){ .name = json_str_or(o, "name", ""), .values = values };
	return true;
}

static bool kind_of(const char *name, enum slack_chart_kind *ret)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i], name) == 0) {
			*ret = (enum slack_chart_kind)i;
			return true;
		}
	}
	return false;
}

bool message_chart_load(TALLOC_CTX *ctx, const struct json_object *o, struct slack_chart *ret)
{
	struct json_object *labels = json_array_at(o, "labels"),
			   *saved = json_array_at(o, "series");
	const char **texts = mem_array(ctx, const char *, json_len(labels));
	struct slack_series *series = mem_array(ctx, struct slack_series, json_len(saved));

	*ret = (struct slack_chart){
		.title = json_str(o, "title"),
		.x_label = json_str(o, "x_label"),
		.y_label = json_str(o, "y_label"),
		.note = json_str(o, "note"),
		.labels = texts,
		.n_points = json_len(labels),
		.series = series,
		.n_series = json_len(saved),
	};
	if (!kind_of(json_str_or(o, "kind", ""), &ret->kind))
		return false;
	for (size_t i = 0; i < ret->n_points; i++)
		texts[i] = json_object_get_string(json_item(labels, i));
	for (size_t s = 0; s < ret->n_series; s++) {
		if (!load_series(ctx, json_item(saved, s), ret->n_points, &series[s]))
			return false;
	}
	return true;
}

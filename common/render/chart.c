/*
 * What Looker draws: as Slack's own chart where that shows the same, else its data as text and in
 * words what Looker makes of them. A chart that would mislead (a stack drawn side by side, two
 * scales as one, a gap as nothing) is not drawn.
 */
#include "base/mem.h"
#include "render/forms.h"
#include "slack/mrkdwn.h"

#define EMPTY_LABEL "(empty)"
#define DONUTS "looker_donut_multiples"

static const struct {
	const char *type;
	enum slack_chart_kind kind;
} kinds[] = {
	{ "looker_column", SLACK_CHART_BAR }, { "looker_bar", SLACK_CHART_BAR },
	{ "looker_line", SLACK_CHART_LINE },  { "looker_area", SLACK_CHART_AREA },
	{ "looker_pie", SLACK_CHART_PIE },    { DONUTS, SLACK_CHART_PIE },
};

/* A chart in the making. */
struct plan {
	const struct render_job *j;
	enum slack_chart_kind kind;
	size_t dimension; /* n_fields: there is none */
	size_t n_dimensions;
	size_t *series; /* columns */
	size_t n_series;
	size_t n_left_out; /* segments that a pie cannot show */
	struct slack_chart charts[SLACK_CHARTS_MAX];
	size_t n_charts;
};

static bool has_text(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static const struct looker_cell *cell_at(const struct plan *p, size_t row, size_t column)
{
	return &p->j->result->cells[row * p->j->result->n_fields + column];
}

static const char *label_at(const struct plan *p, size_t row)
{
	const char *text = cell_at(p, row, p->dimension)->text;

	return has_text(text) ? text : EMPTY_LABEL;
}

/* ---- what is drawn ---- */

/* Somebody clicked it away in Looker; the table has it. */
static bool is_hidden(const struct render_job *j, const struct looker_field *f)
{
	const char *id = f->pivot_key != NULL ? mem_printf(j->ctx, "%s - %s", f->pivot_key, f->name)
					      : f->name;

	for (size_t i = 0; i < j->vis->n_hidden_series; i++)
		if (strcmp(j->vis->hidden_series[i], id) == 0)
			return true;
	return false;
}

static void make_plan(const struct render_job *j, struct plan *ret)
{
	const struct looker_result *r = j->result;

	*ret = (struct plan){ .j = j,
			      .dimension = r->n_fields,
			      .series = mem_array(j->ctx, size_t, r->n_fields) };
	for (size_t k = 0; k < r->n_fields; k++) {
		const struct looker_field *f = &r->fields[k];

		if (!f->is_measure) {
			ret->dimension = ret->n_dimensions++ == 0 ? k : ret->dimension;
			continue;
		}
		if (!f->is_row_total && !is_hidden(j, f))
			ret->series[ret->n_series++] = k;
	}
}

static bool find_kind(struct plan *p)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(p->j->vis->type, kinds[i].type) == 0) {
			p->kind = kinds[i].kind;
			return true;
		}
	}
	return false;
}

static bool is_same_drawing(const struct plan *p)
{
	enum looker_drawn drawn = p->j->vis->drawn;

	if (drawn == LOOKER_DRAWN_PLAIN || p->kind == SLACK_CHART_PIE)
		return drawn != LOOKER_DRAWN_MANY;
	return p->n_series == 1 && (drawn == LOOKER_DRAWN_STACKED || drawn == LOOKER_DRAWN_AXES);
}

/* ---- series over one dimension ---- */

static bool read_values(const struct plan *p, size_t column, double *ret)
{
	for (size_t i = 0; i < p->j->result->n_rows; i++) {
		const struct looker_cell *c = cell_at(p, i, column);

		if (c->is_null || !c->is_number)
			return false;
		ret[i] = c->number;
	}
	return true;
}

/* "Revenue by month"; the answer's own title stands above it. */
static const char *title_of(const struct plan *p)
{
	const struct looker_result *r = p->j->result;
	const struct looker_field *f = &r->fields[p->series[0]];

	for (size_t s = 1; s < p->n_series; s++)
		if (strcmp(r->fields[p->series[s]].name, f->name) != 0)
			return p->j->about->title;
	return mem_printf(p->j->ctx, "%s by %s", f->own_label, r->fields[p->dimension].label);
}

/* That of the measure, when there is one only. */
static const char *y_label_of(const struct plan *p)
{
	const struct looker_result *r = p->j->result;
	const char *label = r->fields[p->series[0]].own_label;

	if (p->j->vis->y_label != NULL)
		return p->j->vis->y_label;
	for (size_t s = 1; s < p->n_series; s++)
		if (strcmp(r->fields[p->series[s]].own_label, label) != 0)
			return NULL;
	return label;
}

static bool plan_axes_chart(struct plan *p)
{
	const struct render_job *j = p->j;
	const struct looker_result *r = j->result;
	struct slack_series *series = mem_array(j->ctx, struct slack_series, p->n_series);
	const char **labels = mem_array(j->ctx, const char *, r->n_rows);

	for (size_t s = 0; s < p->n_series; s++) {
		double *values = mem_array(j->ctx, double, r->n_rows);

		if (!read_values(p, p->series[s], values))
			return false;
		series[s].name = r->fields[p->series[s]].label;
		series[s].values = values;
	}
	for (size_t i = 0; i < r->n_rows; i++)
		labels[i] = label_at(p, i);
	p->charts[p->n_charts++] = (struct slack_chart){
		.kind = p->kind,
		.title = title_of(p),
		.x_label =
			j->vis->x_label != NULL ? j->vis->x_label : r->fields[p->dimension].label,
		.y_label = y_label_of(p),
		.labels = labels,
		.n_points = r->n_rows,
		.series = series,
		.n_series = p->n_series,
	};
	return true;
}

/* ---- pies ---- */

/* A pie in the making: its labels and values grow. */
struct pie {
	const char **labels;
	double *values;
	size_t n, max;
};

static struct pie pie_of(const struct plan *p, size_t max)
{
	return (struct pie){ .labels = mem_array(p->j->ctx, const char *, max),
			     .values = mem_array(p->j->ctx, double, max),
			     .max = max };
}

/* A segment of nothing has no place in a pie: it is left out and counted. A negative one is no
 * part of a whole. */
static bool add_segment(struct plan *p, struct pie *pie, const struct looker_cell *cell,
			const char *label)
{
	if (cell->is_null || (cell->is_number && cell->number == 0)) {
		p->n_left_out++;
		return true;
	}
	if (!cell->is_number || cell->number < 0 || pie->n == pie->max)
		return false;
	pie->labels[pie->n] = label;
	pie->values[pie->n++] = cell->number;
	return true;
}

static void add_pie(struct plan *p, const char *title, const struct pie *pie)
{
	struct slack_series *series = mem_zero(p->j->ctx, struct slack_series);

	series->name = title;
	series->values = pie->values;
	p->charts[p->n_charts++] = (struct slack_chart){
		.kind = SLACK_CHART_PIE,
		.title = title,
		.labels = pie->labels,
		.n_points = pie->n,
		.series = series,
		.n_series = 1,
	};
}

static bool plan_pie(struct plan *p)
{
	const struct looker_result *r = p->j->result;
	struct pie pie = pie_of(p, r->n_rows);

	for (size_t i = 0; i < r->n_rows; i++)
		if (!add_segment(p, &pie, cell_at(p, i, p->series[0]), label_at(p, i)))
			return false;
	add_pie(p, title_of(p), &pie);
	return true;
}

/* One donut for each row, its segments are the series. */
static bool plan_donuts(struct plan *p)
{
	const struct looker_result *r = p->j->result;

	for (size_t i = 0; i < r->n_rows; i++) {
		struct pie pie = pie_of(p, p->n_series);

		for (size_t s = 0; s < p->n_series; s++)
			if (!add_segment(p, &pie, cell_at(p, i, p->series[s]),
					 r->fields[p->series[s]].label))
				return false;
		add_pie(p, p->n_dimensions == 1 ? label_at(p, i) : p->j->about->title, &pie);
	}
	return true;
}

/* ---- which ---- */

static bool plan_charts(struct plan *p)
{
	const struct looker_result *r = p->j->result;

	if (p->j->about->no_native_charts || r->more_rows || p->n_series == 0 || !find_kind(p) ||
	    !is_same_drawing(p) || p->n_dimensions > 1)
		return false;
	if (strcmp(p->j->vis->type, DONUTS) == 0)
		return r->n_rows <= SLACK_CHARTS_MAX && plan_donuts(p);
	if (p->n_dimensions == 0 || r->n_rows > SLACK_CHART_POINTS_MAX)
		return false;
	if (p->kind == SLACK_CHART_PIE)
		return p->n_series == 1 && !r->pivoted && plan_pie(p);
	return p->n_series <= SLACK_CHART_SERIES_MAX && plan_axes_chart(p);
}

static bool all_fit(const struct plan *p)
{
	for (size_t i = 0; i < p->n_charts; i++)
		if (!slack_chart_fits(&p->charts[i]))
			return false;
	return p->n_charts > 0;
}

static void render_charts(struct plan *p)
{
	const struct render_job *j = p->j;
	char *heading = render_heading(j->ctx, j->about);
	struct render_grid grid;

	render_make_grid(j, &grid);
	if (p->n_left_out > 0)
		p->charts[p->n_charts - 1].note =
			mem_printf(j->ctx, "Not in the chart: %zu without a value.", p->n_left_out);
	if (heading[0] != '\0')
		slack_message_add_section(j->message, heading);
	for (size_t i = 0; i < p->n_charts; i++)
		slack_message_add_chart(j->message, &p->charts[i], i == 0 ? &grid.table : NULL);
	slack_message_set_text(j->message, render_summary(j, j->result->n_rows));
	render_add_warning(j);
	j->outcome->rows_shown = j->result->n_rows;
	j->outcome->native_chart = true;
}

static void add_line(const struct render_job *j, const char *words)
{
	char *line = mem_strdup(j->ctx, "Looker shows this as ");

	mrkdwn_add_text(&line, words);
	mrkdwn_add_raw(&line, ": ");
	if (has_text(j->about->link))
		mrkdwn_add_link(&line, j->about->link, "open it in Looker");
	else
		mrkdwn_add_raw(&line, "open it in Looker");
	mrkdwn_add_raw(&line, ".");
	slack_message_add_context(j->message, line);
}

void render_other(const struct render_job *j)
{
	struct plan p;

	make_plan(j, &p);
	if (plan_charts(&p) && all_fit(&p)) {
		render_charts(&p);
	} else {
		render_data(j);
		if (!j->about->picture_follows)
			add_line(j, render_vis_words(j->ctx, j->vis, p.n_series));
	}
}

/*
 * What a visualization is called in a sentence. Types that are not known here are custom ones of
 * an instance ("project::calendar") or newer than this list, and are named as they are.
 */
#include "render/forms.h"

#include "base/mem.h"

static const struct {
	const char *type;
	const char *words;
} types[] = {
	{ "looker_column", "a column chart" },
	{ "looker_bar", "a bar chart" },
	{ "looker_line", "a line chart" },
	{ "looker_area", "an area chart" },
	{ "looker_scatter", "a scatter plot" },
	{ "looker_pie", "a pie chart" },
	{ "looker_donut_multiples", "a set of donut charts" },
	{ "looker_funnel", "a funnel" },
	{ "looker_timeline", "a timeline" },
	{ "looker_waterfall", "a waterfall chart" },
	{ "looker_boxplot", "a box plot" },
	{ "looker_histogram", "a histogram" },
	{ "looker_wordcloud", "a word cloud" },
	{ "looker_map", "a map" },
	{ "looker_google_map", "a map" },
	{ "looker_geo_coordinates", "a map" },
	{ "looker_geo_choropleth", "a map" },
	{ "sparkline", "a sparkline" },
	{ "treemap", "a treemap" },
	{ "sankey", "a Sankey diagram" },
	{ "sunburst", "a sunburst chart" },
	{ "heatmap", "a heat map" },
	{ "bullet", "a bullet chart" },
	{ "gauge", "a gauge" },
	{ "radial_gauge", "a gauge" },
};

/* What Looker's way of drawing adds, before "column chart" and behind it. */
static const struct {
	const char *before, *behind;
	bool of_one; /* with a single series too */
} ways[] = {
	[LOOKER_DRAWN_PLAIN] = { "", "", false },
	[LOOKER_DRAWN_STACKED] = { "stacked ", "", false },
	[LOOKER_DRAWN_PERCENT] = { "stacked ", " of percentages", false },
	[LOOKER_DRAWN_AXES] = { "", " with more than one axis", false },
	[LOOKER_DRAWN_MIXED] = { "", " with other series in it", false },
	[LOOKER_DRAWN_LOG] = { "", " on a logarithmic scale", true },
	[LOOKER_DRAWN_MANY] = { "", " for each value", true },
};

const char *render_vis_words(TALLOC_CTX *ctx, const struct looker_vis *vis, size_t n_series)
{
	const char *words = render_type_words(ctx, vis->type), *noun = strchr(words, ' ');

	if (vis->drawn == LOOKER_DRAWN_PLAIN || noun == NULL ||
	    (n_series < 2 && !ways[vis->drawn].of_one))
		return words;
	if (ways[vis->drawn].before[0] == '\0')
		return mem_printf(ctx, "%s%s", words, ways[vis->drawn].behind);
	return mem_printf(ctx, "a %s%s%s", ways[vis->drawn].before, noun + 1,
			  ways[vis->drawn].behind);
}

const char *render_type_words(TALLOC_CTX *ctx, const char *type)
{
	const char *own = strstr(type, "::");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i].type) == 0)
			return types[i].words;
	return mem_printf(ctx, "a visualization of the type \"%s\"", own != NULL ? own + 2 : type);
}

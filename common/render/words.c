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

const char *render_type_words(TALLOC_CTX *ctx, const char *type)
{
	const char *own = strstr(type, "::");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i].type) == 0)
			return types[i].words;
	return mem_printf(ctx, "a visualization of the type \"%s\"", own != NULL ? own + 2 : type);
}

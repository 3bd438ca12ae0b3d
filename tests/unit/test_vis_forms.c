/* Every type of visualization that Looker has, and the form in which Slack shows it (docs/manual.md
 * says the same to people). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "bot/picture.h"
#include "render/render.h"

static const char detail[] =
	"{\"fields\":{\"dimensions\":[{\"name\":\"o.city\",\"label_short\":\"City\"}],"
	"\"measures\":[{\"name\":\"o.n\",\"label_short\":\"Orders\",\"measure\":true,"
	"\"is_numeric\":true}]},"
	"\"data\":[{\"o.city\":{\"value\":\"Oslo\"},\"o.n\":{\"value\":3}},"
	"{\"o.city\":{\"value\":\"Rome\"},\"o.n\":{\"value\":5}}]}";

/* The types of the blocks, "section,data_table"; with a picture to come " + picture". */
static const char *form_of(TALLOC_CTX *ctx, const char *vis_json, const char *charts)
{
	const struct render_about about = { .title = "Orders", .picture_follows = true };
	struct slack_message *m = slack_message_new(ctx);
	struct json_object *o, *vis_config;
	struct render_outcome outcome;
	struct looker_result *r;
	char *form = mem_strdup(ctx, "");
	struct err e;

	assert_true(json_parse(ctx, detail, strlen(detail), &o, &e));
	assert_true(json_parse(ctx, vis_json, strlen(vis_json), &vis_config, &e));
	struct looker_vis vis = looker_vis_read(ctx, vis_config);
	assert_true(looker_result_read(ctx, o, vis_config, 201, &r, &e));
	render_result(m, r, &vis, &about, &outcome);
	struct json_object *blocks =
		json_array_at(slack_message_encode(ctx, m, SLACK_FORM_CHART), "blocks");
	for (size_t i = 0; i < json_len(blocks); i++)
		mem_appendf(&form, "%s%s", i > 0 ? "," : "",
			    json_str_or(json_item(blocks, i), "type", "?"));
	if (picture_wanted(charts, r, &vis, outcome.native_chart))
		mem_append(&form, " + picture");
	return form;
}

#define TABLE "section,data_table"
#define PICTURE "section,data_table + picture"
#define CHART "section,data_visualization"

static void test_every_type(void **state)
{
	static const struct {
		const char *type, *form;
	} cases[] = {
		{ "table", TABLE },
		{ "looker_grid", TABLE },
		{ "looker_single_record", "section,section,context" },
		{ "single_value", "section" },
		{ "looker_column", CHART },
		{ "looker_bar", CHART },
		{ "looker_line", CHART },
		{ "looker_area", CHART },
		{ "looker_pie", CHART },
		{ "looker_donut_multiples", CHART ",data_visualization" }, /* one a row */
		{ "looker_scatter", PICTURE },
		{ "looker_funnel", PICTURE },
		{ "looker_timeline", PICTURE },
		{ "looker_waterfall", PICTURE },
		{ "looker_boxplot", PICTURE },
		{ "looker_histogram", PICTURE },
		{ "looker_wordcloud", PICTURE },
		{ "looker_map", PICTURE },
		{ "looker_google_map", PICTURE },
		{ "looker_geo_coordinates", PICTURE },
		{ "looker_geo_choropleth", PICTURE },
		{ "sparkline", PICTURE },
		{ "treemap", PICTURE },
		{ "sankey", PICTURE },
		{ "sunburst", PICTURE },
		{ "heatmap", PICTURE },
		{ "bullet", PICTURE },
		{ "radial_gauge", PICTURE },
		{ "shop::calendar", PICTURE },
		{ "of a later version", PICTURE },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *vis = mem_printf(ctx, "{\"type\":\"%s\"}", cases[i].type);

		print_message("%s\n", cases[i].type);
		assert_string_equal(form_of(ctx, vis, "auto"), cases[i].form);
	}
	assert_string_equal(form_of(ctx, "{}", "auto"), TABLE);
	assert_string_equal(form_of(ctx, "{\"type\":null}", "auto"), TABLE);
	talloc_free(ctx);
}

/* What Slack would draw otherwise than Looker does is a picture, too. */
static void test_ways_of_drawing(void **state)
{
	static const char *const drawn[] = {
		"{\"type\":\"looker_column\",\"stacking\":\"percent\"}",
		"{\"type\":\"looker_line\",\"y_axes\":[{\"type\":\"log\"}]}",
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(drawn) / sizeof(drawn[0]); i++) {
		print_message("%s\n", drawn[i]);
		assert_string_equal(form_of(ctx, drawn[i], "auto"), PICTURE);
		assert_string_equal(form_of(ctx, drawn[i], "native"), TABLE);
	}
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_ways_of_drawing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

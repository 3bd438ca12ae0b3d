/*
 * What a vis_config says about the form of the answer; about charts in vis_chart.c. Its keys about
 * colours and widths are not read: Slack has no place for them.
 */
#include "looker/vis_chart.h"

#include "base/mem.h"

#define TYPE_OTHERWISE "table"

/* Everything that is not here is drawn, not written. */
static const struct {
	const char *type;
	enum looker_vis_kind kind;
} kinds[] = {
	{ "table", LOOKER_VIS_TABLE },
	{ "looker_grid", LOOKER_VIS_TABLE },
	{ "looker_single_record", LOOKER_VIS_RECORD },
	{ "single_value", LOOKER_VIS_SINGLE },
};

static enum looker_vis_kind kind_of(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(type, kinds[i].type) == 0)
			return kinds[i].kind;
	return LOOKER_VIS_OTHER;
}

static const struct {
	const char *type;
	enum looker_comparison comparison;
} comparisons[] = {
	{ "value", LOOKER_COMPARE_VALUE },
	{ "change", LOOKER_COMPARE_CHANGE },
	{ "progress", LOOKER_COMPARE_PROGRESS },
	{ "progress_percentage", LOOKER_COMPARE_PROGRESS },
};

static enum looker_comparison comparison_of(const struct json_object *vis)
{
	const char *type = json_str_or(vis, "comparison_type", "");

	if (!json_bool_or(vis, "show_comparison", false))
		return LOOKER_COMPARE_NOT;
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
		if (strcmp(type, comparisons[i].type) == 0)
			return comparisons[i].comparison;
	return LOOKER_COMPARE_VALUE;
}

struct looker_vis looker_vis_read(TALLOC_CTX *ctx, const struct json_object *vis)
{
	const char *type = json_str_or(vis, "type", "");
	const char *title = json_str_or(vis, "single_value_title", "");
	const char *label = json_str_or(vis, "comparison_label", "");
	struct looker_vis ret = {
		.type = mem_strdup(ctx, type[0] != '\0' ? type : TYPE_OTHERWISE),
		.show_title = json_bool_or(vis, "show_single_value_title", true),
		.single_value_title = title[0] != '\0' ? mem_strdup(ctx, title) : NULL,
		.comparison = comparison_of(vis),
		.down_is_good = json_bool_or(vis, "comparison_reverse_colors", false),
		.show_comparison_label = json_bool_or(vis, "show_comparison_label", true),
		.comparison_label = label[0] != '\0' ? mem_strdup(ctx, label) : NULL,
		.transpose = json_bool_or(vis, "transpose", false),
	};

	ret.kind = kind_of(ret.type);
	if (ret.kind == LOOKER_VIS_OTHER)
		looker_vis_read_chart(ctx, vis, &ret);
	return ret;
}

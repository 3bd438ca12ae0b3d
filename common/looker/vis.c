/*
 * What a vis_config says about the form of the answer. Its keys about colours, widths and series
 * are not read: Slack has no place for them.
 */
#include "looker/result.h"

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

struct looker_vis looker_vis_read(TALLOC_CTX *ctx, const struct json_object *vis)
{
	const char *type = json_str_or(vis, "type", "");
	const char *title = json_str_or(vis, "single_value_title", "");
	struct looker_vis ret = {
		.type = mem_strdup(ctx, type[0] != '\0' ? type : TYPE_OTHERWISE),
		.show_title = json_bool_or(vis, "show_single_value_title", true),
		.single_value_title = title[0] != '\0' ? mem_strdup(ctx, title) : NULL,
	};

	ret.kind = kind_of(ret.type);
	return ret;
}

/* What a vis_config says about a chart. Private to looker/. */
#ifndef LOOKER_VIS_CHART_H
#define LOOKER_VIS_CHART_H

#include "looker/result.h"

/* ret->type is known; the fields about charts are filled in. */
void looker_vis_read_chart(TALLOC_CTX *ctx, const struct json_object *vis, struct looker_vis *ret);

#endif

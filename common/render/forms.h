/* The forms of render.c's table, one file each. Private to render/. */
#ifndef RENDER_FORMS_H
#define RENDER_FORMS_H

#include "render/render.h"

/* "*title*" as a link, or without one. */
char *render_heading(TALLOC_CTX *ctx, const struct render_about *about);

void render_value(struct slack_message *m, const struct looker_result *r,
		  const struct looker_vis *vis, const struct render_about *about,
		  struct render_outcome *ret);
void render_record(struct slack_message *m, const struct looker_result *r,
		   const struct looker_vis *vis, const struct render_about *about,
		   struct render_outcome *ret);
void render_table(struct slack_message *m, const struct looker_result *r,
		  const struct looker_vis *vis, const struct render_about *about,
		  struct render_outcome *ret);

#endif

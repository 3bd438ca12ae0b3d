/*
 * A dashboard of several tiles as Looker draws it: one picture in the answer, or a PDF file in its
 * thread. The answer goes out at once; drawing is a job of its own (bot/picture.h).
 */
#ifndef BOT_DASHBOARD_DRAWN_H
#define BOT_DASHBOARD_DRAWN_H

#include "bot/showing.h"
#include "bot/tiles.h"

/* False: LOOKERBOT_DASHBOARDS wants tiles. `t` is what its parent message says. */
bool dashboard_drawn(const struct showing *s, const struct looker_dashboard *d,
		     const struct tiles *t, struct command_answer *ret);

/* How it is drawn; `rows` of its layout's grid, 0 when that is not known. */
struct looker_render dashboard_render(const char *id, const char *filters, size_t rows, bool pdf);

#endif

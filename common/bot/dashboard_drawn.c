/*
 * The answer in whose place Looker's picture of a whole dashboard comes, and its order. It draws
 * nothing: that is job_picture.c.
 */
#include "bot/dashboard_drawn.h"

#include <string.h>

#include "base/mem.h"
#include "bot/picture.h"

/* Facts: a row of the grid is about 50 pixels high; a PDF needs a size too, that of its pages. */
#define WIDTH 1200
#define PDF_WIDTH 1240
#define ROW_HEIGHT 50
#define FRAME_HEIGHT 200
#define HEIGHT_MIN 800
#define PDF_HEIGHT_MIN 1754
#define HEIGHT_MAX 4000

struct looker_render dashboard_render(const char *id, const char *filters, size_t rows, bool pdf)
{
	size_t least = pdf ? PDF_HEIGHT_MIN : HEIGHT_MIN;
	size_t height =
		rows < HEIGHT_MAX / ROW_HEIGHT ? rows * ROW_HEIGHT + FRAME_HEIGHT : HEIGHT_MAX;

	if (height < least)
		height = least;
	return (struct looker_render){
		.kind = LOOKER_RENDER_DASHBOARD,
		.id = id,
		.filters = filters,
		.width = pdf ? PDF_WIDTH : WIDTH,
		.height = height < HEIGHT_MAX ? (int)height : HEIGHT_MAX,
		.pdf = pdf,
	};
}

bool dashboard_drawn(const struct showing *s, const struct looker_dashboard *d,
		     const struct tiles *t, struct command_answer *ret)
{
	const char *form = s->call->bot->config->dashboards;
	const char *words = mem_printf(s->ctx, "a dashboard of %zu tiles", d->n_tiles);
	bool pdf = strcmp(form, "pdf") == 0;

	if (!pdf && strcmp(form, "image") != 0)
		return false;
	struct slack_message *m = tiles_parent(
		s->ctx, t, mem_printf(s->ctx, "A dashboard of %zu tiles.", d->n_tiles));
	struct picture_wish wish = {
		.looker = t->looker,
		.user_id = s->who.user_id,
		.what = dashboard_render(d->id, filters_query(s->ctx, s->filters), d->n_rows, pdf),
		.title = t->title,
		.words = words,
		.link = t->link,
		.footer = t->footer,
		.plain = m,
	};
	struct json_object *order = picture_order(s->ctx, &wish);
	picture_say_drawn_soon(m, &wish);
	*ret = (struct command_answer){ .message = m, .picture = order };
	return true;
}

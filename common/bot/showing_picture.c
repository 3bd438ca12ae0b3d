/*
 * Which answers get Looker's own picture, and of what: of the query that was run, of a merged tile
 * as it stands, or of its whole dashboard when that has filters, since nothing else of Looker's
 * takes their values. What the picture costs is bot/job_picture.c's business.
 */
#include "bot/showing.h"

#include "base/mem.h"
#include "bot/dashboard_drawn.h"
#include "bot/picture.h"

#define WIDTH 1200
#define HEIGHT 600
#define DASHBOARD_HEIGHT 800
/* A table is drawn as large as it is, as far as people can read that. */
#define COLUMN_WIDTH 110
#define ROW_HEIGHT 30
#define SIDE_MAX 3000

static int side(size_t n, int each, int least)
{
	size_t pixels = n * (size_t)each;

	return pixels > SIDE_MAX ? SIDE_MAX : pixels < (size_t)least ? least : (int)pixels;
}

bool showing_may_draw(const struct showing *s)
{
	const struct config *config = s->call->bot->config;

	/* In a preview below somebody's link the text is enough. */
	return strcmp(config->charts, "native") != 0 &&
	       (s->call->in->kind != SLACK_INBOUND_LINKS || config->expand_urls);
}

static bool draws_merged(const struct showing *s, struct looker_render *ret)
{
	if (!s->merged)
		return false;
	*ret = (struct looker_render){
		.kind = LOOKER_RENDER_ELEMENT, .id = s->merged->id, .width = WIDTH, .height = HEIGHT
	};
	if (s->filters->n > 0 && s->asked->id) /* else it is one tile of many */
		*ret = (struct looker_render){ .kind = LOOKER_RENDER_DASHBOARD,
					       .id = s->asked->id,
					       .filters = filters_query(s->ctx, s->filters),
					       .width = WIDTH,
					       .height = DASHBOARD_HEIGHT };
	return ret->id != NULL;
}

static struct looker_render of_query(const struct showing_ran *ran, bool as_large_as_it_is)
{
	struct looker_render what = {
		.kind = LOOKER_RENDER_QUERY, .id = ran->query_id, .width = WIDTH, .height = HEIGHT
	};

	if (as_large_as_it_is) {
		what.width = side(ran->n_columns, COLUMN_WIDTH, WIDTH);
		what.height = side(ran->n_rows + 3, ROW_HEIGHT, HEIGHT);
	}
	return what;
}

static bool draws_query(const struct showing *s, struct looker_render *ret)
{
	if (!s->ran || !s->ran->picture)
		return false;
	*ret = of_query(s->ran, s->ran->n_columns > SLACK_TABLE_COLUMNS_MAX);
	return true;
}

/* All of a dashboard of several tiles, as high as these are. */
static bool draws_dashboard(const struct showing *s, struct looker_render *ret)
{
	*ret = dashboard_render(s->asked->id, filters_query(s->ctx, s->filters), s->layout_rows,
				false);
	return s->asked->id != NULL;
}

bool showing_can_draw(const struct showing *s, struct looker_render *ret, const char **ret_words)
{
	*ret_words = s->words ? s->words : "a dashboard";
	if (!showing_may_draw(s))
		return false;
	if (s->merged || !s->tile)
		return s->merged ? draws_merged(s, ret) : draws_dashboard(s, ret);
	if (!s->ran || !s->ran->query_id || s->ran->n_rows == 0)
		return false;
	struct looker_vis vis = looker_vis_read(s->ctx, s->tile->vis);
	bool table = vis.kind == LOOKER_VIS_TABLE;
	*ret = of_query(s->ran, table);
	*ret_words = table			    ? "a table"
		     : vis.kind == LOOKER_VIS_OTHER ? render_type_words(s->ctx, vis.type)
						    : "as Looker shows it";
	return true;
}

struct json_object *showing_picture(const struct showing *s, struct slack_message *m,
				    const struct render_about *about, const char *footer)
{
	const char *words = s->merged ? s->words : s->ran ? s->ran->words : "";
	struct picture_wish wish = {
		.looker = looker_name(s->lk),
		.user_id = s->who.user_id,
		.title = s->title,
		.words = words,
		.link = about->link,
		.footer = footer,
		.plain = m,
	};

	if (!showing_may_draw(s))
		return NULL;
	if (!draws_merged(s, &wish.what) && !draws_query(s, &wish.what))
		return NULL;
	struct json_object *order = picture_order(s->ctx, &wish);
	picture_say_drawn_soon(m, &wish);
	return order;
}

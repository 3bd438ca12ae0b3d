/*
 * Which answers get Looker's own picture, and of what: of the query that was run, of a merged tile
 * as it stands, or of its whole dashboard when that has filters, since nothing else of Looker's
 * takes their values. What the picture costs is bot/job_picture.c's business.
 */
#include "bot/showing.h"

#include "base/form.h"
#include "base/mem.h"
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

/* "Region=EMEA&Period=7+days": by name, as the values were given or stand by default. */
static char *filters_text(const struct showing *s)
{
	char *text = mem_strdup(s->ctx, "");

	for (size_t i = 0; i < s->filters->n; i++) {
		const struct filters_value *v = &s->filters->values[i];
		form_append(&text, v->filter->name, v->value);
	}
	return text;
}

static bool draws_merged(const struct showing *s, struct looker_render *ret)
{
	if (!s->merged || strcmp(s->call->bot->config->charts, "native") == 0)
		return false;
	*ret = (struct looker_render){
		.kind = LOOKER_RENDER_ELEMENT, .id = s->merged->id, .width = WIDTH, .height = HEIGHT
	};
	if (s->filters->n > 0)
		*ret = (struct looker_render){ .kind = LOOKER_RENDER_DASHBOARD,
					       .id = s->asked->id,
					       .filters = filters_text(s),
					       .width = WIDTH,
					       .height = DASHBOARD_HEIGHT };
	return ret->id != NULL;
}

static bool draws_query(const struct showing *s, struct looker_render *ret)
{
	if (!s->ran || !s->ran->picture)
		return false;
	*ret = (struct looker_render){ .kind = LOOKER_RENDER_QUERY,
				       .id = s->ran->query_id,
				       .width = WIDTH,
				       .height = HEIGHT };
	if (s->ran->n_columns > SLACK_TABLE_COLUMNS_MAX) {
		ret->width = side(s->ran->n_columns, COLUMN_WIDTH, WIDTH);
		ret->height = side(s->ran->n_rows + 3, ROW_HEIGHT, HEIGHT);
	}
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

	/* Below somebody's link the text is enough. */
	if (s->call->in->kind == SLACK_INBOUND_LINKS)
		return NULL;
	if (!draws_merged(s, &wish.what) && !draws_query(s, &wish.what))
		return NULL;
	struct json_object *order = picture_order(s->ctx, &wish);
	picture_say_drawn_soon(m, words);
	return order;
}

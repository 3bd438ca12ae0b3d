/* The list lives in the state table as JSON; no process keeps it in memory between commands. */
#include "bot/titles.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

static char *state_key(TALLOC_CTX *ctx, const struct bot *bot, size_t instance)
{
	return mem_printf(ctx, "titles:%s", looker_name(bot->lookers[instance]));
}

static struct json_object *to_json(TALLOC_CTX *ctx, const struct titles *t)
{
	struct json_object *o = json_new_object(ctx), *list = json_new_array(ctx);

	for (size_t i = 0; i < t->n; i++) {
		struct json_object *item = json_new_object(ctx);
		json_set_bool(item, "dashboard", t->titles[i].is_dashboard);
		json_set_str(item, "id", t->titles[i].id);
		json_set_str(item, "title", t->titles[i].title);
		json_set_str(item, "folder", t->titles[i].folder);
		json_object_array_add(list, json_object_get(item));
	}
	json_set_int(o, "read_ms", t->read_ms);
	json_set(o, "titles", json_object_get(list));
	return o;
}

static void from_json(TALLOC_CTX *ctx, const struct json_object *o, struct titles *ret)
{
	struct json_object *list = json_array_at(o, "titles");

	ret->read_ms = json_int_or(o, "read_ms", 0);
	ret->n = json_len(list);
	ret->titles = mem_array(ctx, struct looker_title, ret->n);
	for (size_t i = 0; i < ret->n; i++) {
		const struct json_object *item = json_item(list, i);
		ret->titles[i] = (struct looker_title){
			.is_dashboard = json_bool_or(item, "dashboard", false),
			.id = json_str_or(item, "id", ""),
			.title = json_str_or(item, "title", ""),
			.folder = json_str_or(item, "folder", ""),
		};
	}
}

static bool read_stored(TALLOC_CTX *ctx, struct bot *bot, size_t instance, struct titles *ret)
{
	struct json_object *o;
	char *text = NULL;
	size_t len;
	struct err e;

	if (!queue_state_get(bot->queue, ctx, state_key(ctx, bot, instance), &text, &len, &e) ||
	    !text || !json_parse(ctx, text, len, &o, &e))
		return false; /* Looker knows better anyway */
	from_json(ctx, o, ret);
	return true;
}

bool titles_get(TALLOC_CTX *ctx, struct bot *bot, size_t instance, int64_t max_age_ms,
		int64_t deadline_ms, struct titles *ret, struct err *e)
{
	struct titles t = { 0 };
	int64_t now_ms = clock_now_ms();

	if (read_stored(ctx, bot, instance, &t) && now_ms - t.read_ms <= max_age_ms) {
		*ret = t;
		return true;
	}
	t.read_ms = now_ms;
	if (!looker_titles(ctx, bot->lookers[instance], deadline_ms, &t.titles, &t.n, e))
		return false;
	const char *text = json_text(to_json(ctx, &t));
	struct err unstored; /* the next `find` reads again: nothing is lost but a call */
	(void)!queue_state_set(bot->queue, state_key(ctx, bot, instance), text, strlen(text),
			       now_ms + TITLES_MAX_AGE_MS, &unstored);
	*ret = t;
	return true;
}

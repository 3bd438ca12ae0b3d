/* The button's key, and the memory of a workspace that takes no files: one line of the state table.
 */
#include "bot/csv_offer.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define REFUSED_KEY "files:refused"
#define REFUSED_MS (3600 * 1000LL)
#define BUTTON_TEXT "All rows (CSV)"

bool csv_offer_files(TALLOC_CTX *ctx, struct bot *bot)
{
	char *value = NULL;
	size_t len;
	struct err e;

	return !queue_state_get(bot->queue, ctx, REFUSED_KEY, &value, &len, &e) || !value;
}

/* When one of these fails, a button too much or too few is there for a while. */

void csv_offer_refused(struct bot *bot)
{
	struct err e;

	(void)!queue_state_set(bot->queue, REFUSED_KEY, "1", 1, clock_now_ms() + REFUSED_MS, &e);
}

void csv_offer_taken(TALLOC_CTX *ctx, struct bot *bot)
{
	struct err e;

	if (!csv_offer_files(ctx, bot))
		(void)!queue_state_set(bot->queue, REFUSED_KEY, NULL, 0, 0, &e);
}

struct json_object *csv_offer_save(TALLOC_CTX *ctx, const struct csv_offer *offer)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "looker", offer->looker);
	json_set_str(o, "query", offer->query_id);
	json_set_str(o, "title", offer->title);
	json_set_str(o, "filters", offer->filters);
	json_set_int(o, "limit", offer->limit);
	json_set_bool(o, "as_shown", offer->as_shown);
	json_set_bool(o, "pivoted", offer->pivoted);
	return o;
}

void csv_offer_add(TALLOC_CTX *ctx, struct bot *bot, struct slack_message *m,
		   const struct csv_offer *offer)
{
	/* No owner: it gives nobody anything but what their own rights give. */
	struct key_meaning meaning = { .kind = CSV_OFFER_KIND, .body = csv_offer_save(ctx, offer) };
	const char *key;
	struct err e;

	if (!csv_offer_files(ctx, bot) || !keys_put(ctx, bot, &meaning, &key, &e))
		return;
	struct slack_button b = { .action_id = CSV_OFFER_KIND, .text = BUTTON_TEXT, .value = key };
	slack_message_add_buttons(m, &b, 1);
}

struct csv_offer csv_offer_load(const struct json_object *body)
{
	return (struct csv_offer){
		.looker = json_str(body, "looker"),
		.query_id = json_str(body, "query"),
		.title = json_str_or(body, "title", "Result"),
		.filters = json_str_or(body, "filters", ""),
		.limit = json_int_or(body, "limit", -1),
		.as_shown = json_bool_or(body, "as_shown", false),
		.pivoted = json_bool_or(body, "pivoted", false),
	};
}

bool csv_offer_read(const struct key_meaning *key, struct csv_offer *ret, struct err *e)
{
	*ret = csv_offer_load(key->body);
	return (ret->looker && ret->query_id) ||
	       err_set(e, ERR_INTERNAL, "the button's meaning cannot be read");
}

/*
 * Values to choose from for a filter. Looker's are kept in the state table for all processes, under
 * the Looker user whose rights they were asked with. Whoever cannot have them in time types.
 */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bot/filters_form.h"
#include "bot/identity.h"

#define KEPT_MS (10 * 60 * 1000LL)

/* Names are Looker's, of any length: a hash of them all. */
static char *state_key(TALLOC_CTX *ctx, const struct identity *who, const struct looker_filter *f)
{
	const char *parts[] = { looker_name(who->lk), who->user_id ? who->user_id : "", f->model,
				f->suggest_explore, f->suggest_field };
	struct json_object *list = json_new_array(ctx);
	unsigned char hash[16];
	char hex[sizeof(hash) * 2 + 1];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		json_object_array_add(list, json_object_new_string(parts[i]));
	const char *text = json_text(list);
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, strlen(text), NULL, 0);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	return mem_printf(ctx, "suggest:%s", hex);
}

static bool kept(TALLOC_CTX *ctx, struct bot *bot, const char *key, const char *const **ret,
		 size_t *ret_n)
{
	struct json_object *list;
	char *value = NULL;
	size_t len;
	struct err e;

	if (!queue_state_get(bot->queue, ctx, key, &value, &len, &e) || !value ||
	    !json_parse(ctx, value, len, &list, &e))
		return false;
	const char **values = mem_array(ctx, const char *, json_len(list));
	for (size_t i = 0; i < json_len(list); i++)
		values[i] = json_object_get_string(json_item(list, i));
	*ret = values;
	*ret_n = json_len(list);
	return true;
}

/* When it cannot be kept, Looker is asked again. */
static void keep(TALLOC_CTX *ctx, struct bot *bot, const char *key, const char *const *values,
		 size_t n)
{
	struct json_object *list = json_new_array(ctx);
	struct err e;

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, json_object_new_string(values[i]));
	const char *text = json_text(list);
	(void)!queue_state_set(bot->queue, key, text, strlen(text), clock_now_ms() + KEPT_MS, &e);
}

void filters_suggest(TALLOC_CTX *ctx, struct bot *bot, const struct identity *who,
		     int64_t deadline_ms, const struct looker_filter *f, const char *const **ret,
		     size_t *ret_n)
{
	struct err e;

	*ret = f->choices;
	*ret_n = f->n_choices;
	if (f->n_choices > 0 || !f->suggest_field[0])
		return;
	const char *key = state_key(ctx, who, f);
	if (kept(ctx, bot, key, ret, ret_n) || clock_left_ms(deadline_ms) == 0)
		return;
	if (looker_suggestions(ctx, who->lk, deadline_ms, f, ret, ret_n, &e))
		keep(ctx, bot, key, *ret, *ret_n);
	else
		log_debug("no_suggestions", LOG_S("filter", f->title), LOG_S("reason", e.text));
}

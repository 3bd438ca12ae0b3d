/* Buttons' keys in the state table. A key is worth nothing without what is stored under it. */
#include "bot/keys.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#define KEY_BYTES 16
#define KEY_MS (30 * 24 * 3600 * 1000LL)

static char *state_key(TALLOC_CTX *ctx, const char *key)
{
	return mem_printf(ctx, "key:%s", key);
}

/* It came in from outside: nothing but a key of ours becomes part of a state's name. */
static bool is_key(const char *key)
{
	return strlen(key) == (size_t)KEY_BYTES * 2 &&
	       strspn(key, "0123456789abcdef") == (size_t)KEY_BYTES * 2;
}

bool keys_put(TALLOC_CTX *ctx, struct bot *bot, const struct key_meaning *meaning, const char **ret,
	      struct err *e)
{
	return keys_put_for(ctx, bot, meaning, KEY_MS, ret, e);
}

bool keys_put_for(TALLOC_CTX *ctx, struct bot *bot, const struct key_meaning *meaning,
		  int64_t life_ms, const char **ret, struct err *e)
{
	unsigned char random[KEY_BYTES];
	char hex[sizeof(random) * 2 + 1];
	struct json_object *o = json_new_object(ctx);

	if (sodium_init() < 0)
		die("libsodium cannot start");
	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(hex, sizeof(hex), random, sizeof(random));
	json_set_str(o, "kind", meaning->kind);
	json_set_str(o, "owner", meaning->owner);
	if (meaning->body)
		json_set(o, "body", json_object_get(meaning->body));
	const char *value = json_text(o);
	if (!queue_state_set(bot->queue, state_key(ctx, hex), value, strlen(value),
			     clock_now_ms() + life_ms, e))
		return false;
	*ret = mem_strdup(ctx, hex);
	return true;
}

bool keys_get(TALLOC_CTX *ctx, struct bot *bot, const char *key, struct key_meaning *ret,
	      struct err *e)
{
	struct json_object *o;
	char *value = NULL;
	size_t len = 0;

	key = mem_strndup(ctx, key, strcspn(key, "."));
	if (!is_key(key))
		return err_set(e, ERR_NOT_FOUND, "not a key of this bot");
	if (!queue_state_get(bot->queue, ctx, state_key(ctx, key), &value, &len, e))
		return false;
	if (!value)
		return err_set(e, ERR_NOT_FOUND, "the key has expired");
	if (!json_parse(ctx, value, len, &o, e))
		return err_wrap(e, "a button's meaning");
	*ret = (struct key_meaning){
		.kind = json_str_or(o, "kind", ""),
		.owner = json_str(o, "owner"),
		.body = json_object_at(o, "body"),
	};
	return true;
}

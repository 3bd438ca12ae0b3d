/*
 * When the command folders are read, and the picture that all share: one JSON text an instance in
 * the state table (catalogue_read.c makes and understands it), and beside it why its last reading
 * failed. The picture is counted by its users, since it is replaced while commands run. It never
 * outlives the bot.
 */
#include "bot/catalogue.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/job.h"

#define STORED_FOR_MS (30 * 24 * 3600 * 1000LL) /* an old picture is better than none */
#define LOOK_EVERY_MS 500			/* for another process's newer picture */
#define FAILURE_KEPT_MS CATALOGUE_MAX_AGE_MS

/* A picture and its users; the cache itself is one of them. */
struct picture {
	struct catalogue catalogue; /* first: catalogue_drop gets back from it */
	atomic_int users;
};

struct catalogue_cache {
	pthread_mutex_t lock;
	struct picture *picture;
	int64_t looked_ms; /* monotonic; when the state table was last asked */
};

const struct catalogue_command *catalogue_find(const struct catalogue *c, const char *key)
{
	for (size_t i = 0; i < c->n_commands; i++) {
		const struct catalogue_command *command = &c->commands[i];
		if (strcmp(command->key, key) == 0 || strcmp(command->tagged_key, key) == 0)
			return command;
	}
	return NULL;
}

const struct catalogue_command *catalogue_twin(const struct catalogue *c,
					       const struct catalogue_command *command,
					       const struct catalogue_command *from)
{
	for (size_t i = from ? (size_t)(from - c->commands) + 1 : 0; i < c->n_commands; i++) {
		const struct catalogue_command *other = &c->commands[i];
		if (other->instance != command->instance && strcmp(other->key, command->key) == 0)
			return other;
	}
	return NULL;
}

/* --- Looker -> state table --- */

/* With the folder: another one in new settings has commands of its own. */
static char *state_key(TALLOC_CTX *ctx, const struct bot *bot, const char *what, size_t instance)
{
	const char *folder = bot->config->lookers[instance].command_folder;

	return mem_printf(ctx, "%s:%s:%s", what, looker_name(bot->lookers[instance]),
			  folder ? folder : "");
}

static char *picture_key(TALLOC_CTX *ctx, const struct bot *bot, size_t instance)
{
	return state_key(ctx, bot, "catalogue", instance);
}

static char *failure_key(TALLOC_CTX *ctx, const struct bot *bot, size_t instance)
{
	return state_key(ctx, bot, "catalogue-failed", instance);
}

/* What ends by itself, and is not worth telling as long as an older picture serves. */
static bool is_passing(enum err_kind kind)
{
	return kind == ERR_TEMPORARY || kind == ERR_RATE_LIMITED || kind == ERR_UNKNOWN;
}

/* For help, and so that nobody tries again at once; NULL: it went well. Losing it does no harm. */
static void keep_failure(TALLOC_CTX *ctx, struct bot *bot, size_t instance, const struct err *why)
{
	struct json_object *o = json_new_object(ctx);
	int64_t now_ms = clock_now_ms();
	struct err lost;

	json_set_int(o, "failed_ms", now_ms);
	json_set_bool(o, "passing", why && is_passing(why->kind));
	json_set_str(o, "problem", why ? why->text : NULL);
	const char *text = why ? json_text(o) : NULL;
	(void)!queue_state_set(bot->queue, failure_key(ctx, bot, instance), text,
			       text ? strlen(text) : 0, now_ms + FAILURE_KEPT_MS, &lost);
}

/* The state table has something new. */
static void look_at_once(struct catalogue_cache *cache)
{
	pthread_mutex_lock(&cache->lock);
	cache->looked_ms = 0;
	pthread_mutex_unlock(&cache->lock);
}

static bool fetch_and_store(TALLOC_CTX *ctx, struct bot *bot, size_t instance, const char *folder,
			    int64_t deadline_ms, struct err *e)
{
	struct json_object *picture;

	if (!catalogue_fetch(ctx, bot->lookers[instance], folder, deadline_ms, &picture, e))
		return false;
	const char *text = json_text(picture);
	return queue_state_set(bot->queue, picture_key(ctx, bot, instance), text, strlen(text),
			       clock_now_ms() + STORED_FOR_MS, e);
}

bool catalogue_read(TALLOC_CTX *ctx, struct bot *bot, size_t instance, int64_t deadline_ms,
		    struct err *e)
{
	const char *folder = bot->config->lookers[instance].command_folder;
	TALLOC_CTX *tmp = mem_ctx(ctx);

	if (!folder)
		return true;
	bool ok = fetch_and_store(tmp, bot, instance, folder, deadline_ms, e);
	keep_failure(tmp, bot, instance, ok ? NULL : e);
	talloc_free(tmp);
	look_at_once(bot->catalogue);
	return ok;
}

static bool is_older(const struct catalogue_folder *f, int64_t max_age_ms)
{
	return clock_is_older(f->read_ms, max_age_ms);
}

/* Whether no instance was ever read, so that a failing one must be tried whenever it is needed. */
static bool knows_nothing(const struct catalogue *c)
{
	for (size_t i = 0; i < c->n_folders; i++)
		if (c->folders[i].read_ms > 0)
			return false;
	return c->n_folders > 0;
}

/* The folders to be read now; returns how many. */
static size_t find_due(const struct catalogue *c, int64_t max_age_ms,
		       const struct catalogue_folder **ret)
{
	bool any = knows_nothing(c);
	size_t n = 0;

	for (size_t i = 0; i < c->n_folders; i++) {
		const struct catalogue_folder *f = &c->folders[i];
		bool may = any || clock_is_older(f->failed_ms, CATALOGUE_FAILED_AGE_MS);
		if (may && is_older(f, max_age_ms))
			ret[n++] = f;
	}
	return n;
}

bool catalogue_read_older(TALLOC_CTX *ctx, struct bot *bot, int64_t max_age_ms, int64_t deadline_ms,
			  struct err *e)
{
	const struct catalogue *c = catalogue_take(bot);
	const struct catalogue_folder **due =
		mem_array(ctx, const struct catalogue_folder *, c->n_folders);
	size_t n = find_due(c, max_age_ms, due), failed = 0;
	int64_t until_ms = clock_deadline_ms(CATALOGUE_WAIT_MS);

	if (until_ms > deadline_ms)
		until_ms = deadline_ms;
	/* Each gets its share of what time is left: a dead one does not use up another's. */
	for (size_t i = 0; i < n; i++) {
		int64_t share_ms = clock_left_ms(until_ms) / (int64_t)(n - i);
		failed +=
			!catalogue_read(ctx, bot, due[i]->instance, clock_deadline_ms(share_ms), e);
	}
	bool nothing = knows_nothing(c) && failed == n;
	catalogue_drop(c);
	if (failed > 0) /* perhaps it only needs more time than somebody waits */
		catalogue_read_later(bot, max_age_ms);
	return !nothing;
}

void catalogue_read_later(struct bot *bot, int64_t max_age_ms)
{
	const struct catalogue *c = catalogue_take(bot);
	TALLOC_CTX *tmp = mem_ctx(NULL);
	struct err e;

	for (size_t i = 0; i < c->n_folders; i++) {
		const struct looker *lk = bot->lookers[c->folders[i].instance];
		const char *name = looker_name(lk);
		struct queue_put put = {
			.kind = JOB_CATALOGUE,
			.keys = { picture_key(tmp, bot, c->folders[i].instance) },
			.key_ttl_ms = CATALOGUE_MISS_AGE_MS,
			.lane = bot_looker_lane(tmp, lk),
			.priority = QUEUE_PRIORITY_DELIVERY,
			.expires_ms = clock_now_ms() + CATALOGUE_MAX_AGE_MS,
			.body = name,
			.body_len = strlen(name),
		};
		/* Best effort: the next use of a command asks again. */
		if (is_older(&c->folders[i], max_age_ms) &&
		    !queue_put(bot->queue, &put, 1, NULL, &e))
			break;
	}
	talloc_free(tmp);
	catalogue_drop(c);
}

/* --- state table -> picture --- */

/* *ret is NULL when there is none, or nonsense: that counts as never read, which the next command
 * mends. False when the state table cannot be read. */
static bool load_state(TALLOC_CTX *ctx, struct bot *bot, const char *key, struct json_object **ret)
{
	char *text = NULL;
	size_t len = 0;
	struct err e;

	*ret = NULL;
	if (!queue_state_get(bot->queue, ctx, key, &text, &len, &e))
		return false;
	if (text && !json_parse(ctx, text, len, ret, &e))
		*ret = NULL;
	return true;
}

static bool load_instance(struct bot *bot, struct picture *p, size_t instance)
{
	struct catalogue *c = &p->catalogue;
	TALLOC_CTX *tmp = mem_ctx(NULL);
	struct json_object *o, *failure;

	bool ok = load_state(tmp, bot, picture_key(tmp, bot, instance), &o);
	ok = load_state(tmp, bot, failure_key(tmp, bot, instance), &failure) && ok;
	catalogue_add(p, c, instance, bot->config->lookers[instance].command_folder, o);
	if (failure) {
		struct catalogue_folder *f = &c->folders[c->n_folders - 1];
		if (f->read_ms == 0 || !json_bool_or(failure, "passing", false))
			f->problem = mem_strdup(p, json_str(failure, "problem"));
		f->failed_ms = json_int_or(failure, "failed_ms", 0);
	}
	talloc_free(tmp);
	return ok;
}

static struct picture *load_picture(struct bot *bot, bool *ret_whole)
{
	struct picture *p = mem_zero(NULL, struct picture);

	atomic_init(&p->users, 1);
	*ret_whole = true;
	for (size_t i = 0; i < bot->n_lookers; i++)
		if (bot->config->lookers[i].command_folder && !load_instance(bot, p, i))
			*ret_whole = false;
	return p;
}

/* --- the cache --- */

struct catalogue_cache *catalogue_cache_new(struct bot *bot)
{
	struct catalogue_cache *cache = mem_zero(bot, struct catalogue_cache);

	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

void catalogue_cache_free(struct catalogue_cache *cache)
{
	if (!cache)
		return;
	if (cache->picture)
		catalogue_drop(&cache->picture->catalogue);
	pthread_mutex_destroy(&cache->lock);
}

/* Whether this caller should look for a newer picture; the others use the old one meanwhile. */
static bool should_look(struct catalogue_cache *cache)
{
	int64_t now_ms = clock_mono_ms();

	pthread_mutex_lock(&cache->lock);
	bool look = !cache->picture || cache->looked_ms == 0 ||
		    now_ms - cache->looked_ms > LOOK_EVERY_MS;
	if (look)
		cache->looked_ms = now_ms;
	pthread_mutex_unlock(&cache->lock);
	return look;
}

const struct catalogue *catalogue_take(struct bot *bot)
{
	struct catalogue_cache *cache = bot->catalogue;
	bool whole = false;
	/* Loaded without the lock, which is never held across I/O. */
	struct picture *spare = should_look(cache) ? load_picture(bot, &whole) : NULL;

	pthread_mutex_lock(&cache->lock);
	if (spare && (whole || !cache->picture)) {
		struct picture *old = cache->picture;
		cache->picture = spare;
		spare = old;
	}
	struct picture *p = cache->picture;
	atomic_fetch_add(&p->users, 1);
	pthread_mutex_unlock(&cache->lock);
	if (spare)
		catalogue_drop(&spare->catalogue);
	return &p->catalogue;
}

void catalogue_drop(const struct catalogue *c)
{
	struct picture *p = (struct picture *)(uintptr_t)c;

	if (atomic_fetch_sub(&p->users, 1) == 1)
		talloc_free(p);
}

/*
 * Two halves: reading folders from Looker into one JSON text an instance in the state table, and
 * building the picture from those texts. The picture is counted by its users, since it is replaced
 * while commands run. It never outlives the bot.
 */
#include "bot/catalogue.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/job.h"

#define STORED_FOR_MS (30 * 24 * 3600 * 1000LL) /* an old picture is better than none */
#define LOOK_EVERY_MS 500			/* for another process's newer picture */
#define HIDDEN "[hidden]"
#define TOP_CATEGORY "Shortcuts"

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

char *catalogue_key(TALLOC_CTX *ctx, const char *text)
{
	char *folded = text_fold(ctx, text);
	char *to = folded;

	for (const char *from = folded; *from; from++) {
		bool blank = *from == ' ' || *from == '\t' || *from == '\n';
		if (!blank)
			*to++ = *from;
		else if (to > folded && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > folded && to[-1] == ' ')
		to--;
	*to = '\0';
	return folded;
}

/* --- Looker -> state table --- */

static char *state_key(TALLOC_CTX *ctx, const struct bot *bot, size_t instance)
{
	return mem_printf(ctx, "catalogue:%s", looker_name(bot->lookers[instance]));
}

static struct json_object *filter_json(TALLOC_CTX *ctx, const struct looker_filter *f)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "name", f->name);
	json_set_str(o, "title", f->title);
	json_set_int(o, "kind", f->kind);
	json_set_str(o, "default", f->default_value);
	json_set_bool(o, "required", f->required);
	return json_object_get(o);
}

static struct json_object *command_json(TALLOC_CTX *ctx, const struct looker_dashboard *d,
					const char *category)
{
	struct json_object *o = json_new_object(ctx);
	struct json_object *filters = json_new_array(ctx);

	for (size_t i = 0; i < d->n_filters; i++)
		json_object_array_add(filters, filter_json(ctx, &d->filters[i]));
	json_set_str(o, "id", d->id);
	json_set_str(o, "title", d->title);
	json_set_str(o, "description", d->description);
	json_set_str(o, "category", category);
	json_set(o, "filters", json_object_get(filters));
	return json_object_get(o);
}

static bool add_folder(TALLOC_CTX *ctx, struct looker *lk, const struct looker_folder *folder,
		       const char *category, int64_t deadline_ms, struct json_object *commands,
		       struct err *e)
{
	struct looker_dashboard *dashboards;
	size_t n;

	if (!looker_folder_dashboards(ctx, lk, deadline_ms, folder->id, &dashboards, &n, e))
		return err_wrap(e, "the command folder “%s”", folder->name);
	for (size_t i = 0; i < n; i++)
		json_object_array_add(commands, command_json(ctx, &dashboards[i], category));
	return true;
}

static bool read_folders(TALLOC_CTX *ctx, struct looker *lk, const char *folder_id,
			 int64_t deadline_ms, struct json_object *picture, struct err *e)
{
	struct json_object *commands = json_new_array(ctx);
	struct looker_folder top, *children;
	size_t n;

	if (!looker_folder_get(ctx, lk, deadline_ms, folder_id, &top, e) ||
	    !looker_folder_children(ctx, lk, deadline_ms, folder_id, &children, &n, e))
		return err_wrap(e, "the command folder %s", folder_id);
	if (!add_folder(ctx, lk, &top, TOP_CATEGORY, deadline_ms, commands, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!add_folder(ctx, lk, &children[i], children[i].name, deadline_ms, commands, e))
			return false;
	json_set_str(picture, "folder", top.name);
	json_set(picture, "commands", json_object_get(commands));
	return true;
}

bool catalogue_read(TALLOC_CTX *ctx, struct bot *bot, size_t instance, int64_t deadline_ms,
		    struct err *e)
{
	const struct config_looker *c = &bot->config->lookers[instance];
	TALLOC_CTX *tmp = mem_ctx(ctx);
	struct json_object *picture = json_new_object(tmp);
	int64_t now_ms = clock_now_ms();

	json_set_int(picture, "read_ms", now_ms);
	bool ok = !c->command_folder || read_folders(tmp, bot->lookers[instance], c->command_folder,
						     deadline_ms, picture, e);
	if (ok) {
		const char *text = json_text(picture);
		ok = queue_state_set(bot->queue, state_key(tmp, bot, instance), text, strlen(text),
				     now_ms + STORED_FOR_MS, e);
	}
	talloc_free(tmp);
	if (ok) {
		pthread_mutex_lock(&bot->catalogue->lock);
		bot->catalogue->looked_ms = 0;
		pthread_mutex_unlock(&bot->catalogue->lock);
	}
	return ok;
}

static bool is_older(const struct catalogue *c, size_t instance, int64_t max_age_ms)
{
	for (size_t i = 0; i < c->n_folders; i++)
		if (c->folders[i].instance == instance)
			return clock_now_ms() - c->folders[i].read_ms > max_age_ms;
	return false; /* it has no command folder */
}

bool catalogue_read_older(TALLOC_CTX *ctx, struct bot *bot, int64_t max_age_ms, int64_t deadline_ms,
			  struct err *e)
{
	const struct catalogue *c = catalogue_take(bot);
	size_t tried = 0, failed = 0;

	for (size_t i = 0; i < bot->n_lookers; i++) {
		if (!is_older(c, i, max_age_ms))
			continue;
		tried++;
		if (!catalogue_read(ctx, bot, i, deadline_ms, e))
			failed++;
	}
	bool nothing = c->n_commands == 0 && failed > 0 && failed == tried;
	catalogue_drop(c);
	return !nothing;
}

void catalogue_read_later(struct bot *bot, int64_t max_age_ms)
{
	const struct catalogue *c = catalogue_take(bot);
	TALLOC_CTX *tmp = mem_ctx(NULL);
	struct err e;

	for (size_t i = 0; i < bot->n_lookers; i++) {
		const char *name = looker_name(bot->lookers[i]);
		struct queue_put put = {
			.kind = JOB_CATALOGUE,
			.keys = { name },
			.key_ttl_ms = CATALOGUE_MISS_AGE_MS,
			.lane = bot_looker_lane(tmp, bot->lookers[i]),
			.priority = QUEUE_PRIORITY_DELIVERY,
			.expires_ms = clock_now_ms() + CATALOGUE_MAX_AGE_MS,
			.body = name,
			.body_len = strlen(name),
		};
		/* Best effort: the next use of a command asks again. */
		if (is_older(c, i, max_age_ms) && !queue_put(bot->queue, &put, 1, NULL, &e))
			break;
	}
	talloc_free(tmp);
	catalogue_drop(c);
}

/* --- state table -> picture --- */

/* `title` without its [hidden], in *ret_hidden whether it had one. */
static char *without_tag(TALLOC_CTX *ctx, const char *title, bool *ret_hidden)
{
	const char *tag = strcasestr(title, HIDDEN);

	*ret_hidden = tag != NULL;
	if (!tag)
		return text_trim(ctx, title);
	return text_trim(
		ctx, mem_printf(ctx, "%.*s%s", (int)(tag - title), title, tag + strlen(HIDDEN)));
}

static void load_filters(TALLOC_CTX *ctx, const struct json_object *filters,
			 struct catalogue_command *c)
{
	c->n_filters = json_len(filters);
	c->filters = mem_array(ctx, struct looker_filter, c->n_filters);
	for (size_t i = 0; i < c->n_filters; i++) {
		const struct json_object *f = json_item(filters, i);
		c->filters[i] = (struct looker_filter){
			.name = mem_strdup(ctx, json_str_or(f, "name", "")),
			.title = mem_strdup(ctx, json_str_or(f, "title", "")),
			.kind = (enum looker_filter_kind)json_int_or(f, "kind", 0),
			.default_value = mem_strdup(ctx, json_str_or(f, "default", "")),
			.required = json_bool_or(f, "required", false),
		};
	}
}

static void load_command(struct picture *p, size_t instance, const struct json_object *o)
{
	struct catalogue *c = &p->catalogue;
	const char *title = json_str_or(o, "title", "");
	bool hidden_title, hidden_category;

	c->commands = mem_grow(p, c->commands, struct catalogue_command, c->n_commands + 1);
	struct catalogue_command *command = &c->commands[c->n_commands];
	*command = (struct catalogue_command){
		.instance = instance,
		.id = mem_strdup(p, json_str_or(o, "id", "")),
		.title = without_tag(p, title, &hidden_title),
		.category =
			without_tag(p, json_str_or(o, "category", TOP_CATEGORY), &hidden_category),
		.description = mem_strdup(p, json_str_or(o, "description", "")),
		.tagged_key = catalogue_key(p, title),
	};
	command->key = catalogue_key(p, command->title);
	command->hidden = hidden_title || hidden_category;
	load_filters(p, json_array_at(o, "filters"), command);
	if (command->key[0] != '\0' && command->id[0] != '\0')
		c->n_commands++;
}

/* False when the state table cannot be read. */
static bool load_instance(struct bot *bot, struct picture *p, size_t instance)
{
	struct catalogue *c = &p->catalogue;
	TALLOC_CTX *tmp = mem_ctx(NULL);
	struct json_object *o = NULL;
	char *text = NULL;
	size_t len = 0;
	struct err e;

	bool ok = queue_state_get(bot->queue, tmp, state_key(tmp, bot, instance), &text, &len, &e);
	/* Nonsense counts as never read, which the next command mends. */
	if (ok && text && !json_parse(tmp, text, len, &o, &e))
		o = NULL;

	c->folders = mem_grow(p, c->folders, struct catalogue_folder, c->n_folders + 1);
	c->folders[c->n_folders++] = (struct catalogue_folder){
		.instance = instance,
		.id = bot->config->lookers[instance].command_folder,
		.name = mem_strdup(p, json_str_or(o, "folder", "")),
		.read_ms = json_int_or(o, "read_ms", 0),
	};
	struct json_object *commands = json_array_at(o, "commands");
	for (size_t i = 0; i < json_len(commands); i++)
		load_command(p, instance, json_item(commands, i));
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

/*
 * The custom commands: dashboards in each instance's command folder and its child folders. Looker
 * is read once for all processes (the state table carries it), at most once an hour, and a minute
 * after somebody looked for a command that is not there, since Looker meters calls.
 */
#ifndef BOT_CATALOGUE_H
#define BOT_CATALOGUE_H

#include "bot/bot.h"

#define CATALOGUE_MAX_AGE_MS (3600 * 1000LL)
#define CATALOGUE_MISS_AGE_MS (60 * 1000LL)

struct catalogue_command {
	size_t instance;	/* index into bot->lookers */
	const char *id;		/* the dashboard's */
	const char *title;	/* as shown, without [hidden] */
	const char *key;	/* title, folded: what a person's words are compared with */
	const char *tagged_key; /* with its [hidden], as the original bot wanted it; or equal key */
	const char *category;	/* child folder's name, or "Shortcuts" */
	const char *description; /* "" when it has none */
	bool hidden;		 /* not in help */
	struct looker_filter *filters;
	size_t n_filters;
};

struct catalogue_folder {
	size_t instance;
	const char *id, *name;
	int64_t read_ms; /* unix time of the reading; 0 = never read */
};

/* One picture of all commands; immutable. */
struct catalogue {
	struct catalogue_command *commands; /* instances in order, then categories, then titles */
	size_t n_commands;
	struct catalogue_folder *folders; /* one for each instance that has a command folder */
	size_t n_folders;
};

struct catalogue_cache *catalogue_cache_new(struct bot *bot);
void catalogue_cache_free(struct catalogue_cache *cache);

/* The newest picture that any process has stored; asks the database, never Looker. Never NULL;
 * give it back with catalogue_drop. */
const struct catalogue *catalogue_take(struct bot *bot);
void catalogue_drop(const struct catalogue *c);

/* Reads one instance's folders from Looker and stores the picture for all processes. */
bool catalogue_read(TALLOC_CTX *ctx, struct bot *bot, size_t instance, int64_t deadline_ms,
		    struct err *e) ERR_MUST_CHECK;

/* Reads every instance whose picture is older than max_age_ms; one that fails is skipped, its
 * error is returned only when nothing could be read at all. */
bool catalogue_read_older(TALLOC_CTX *ctx, struct bot *bot, int64_t max_age_ms, int64_t deadline_ms,
			  struct err *e) ERR_MUST_CHECK;

/* Queues a reading of every instance whose picture is older than max_age_ms: nobody waits. */
void catalogue_read_later(struct bot *bot, int64_t max_age_ms);

/* Folded, blanks collapsed: how titles and a person's words are compared. */
char *catalogue_key(TALLOC_CTX *ctx, const char *text);

#endif

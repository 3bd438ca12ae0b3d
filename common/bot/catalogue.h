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
#define CATALOGUE_FAILED_AGE_MS (60 * 1000LL)
#define CATALOGUE_WAIT_MS 5000 /* how long somebody waits for a guess */

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
	const char *id, *name; /* the name is "" as long as it was never read */
	int64_t read_ms;       /* unix time of the reading; 0 = never read */
	const char *problem;   /* why it, or one of its child folders, could not be read; or NULL */
	int64_t failed_ms;     /* unix time of the last reading when that failed, else 0 */
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

/* Reads every instance whose picture is older than max_age_ms, all within CATALOGUE_WAIT_MS; one
 * that failed is left alone for CATALOGUE_FAILED_AGE_MS. Its error is returned only when nothing is
 * known of any instance. */
bool catalogue_read_older(TALLOC_CTX *ctx, struct bot *bot, int64_t max_age_ms, int64_t deadline_ms,
			  struct err *e) ERR_MUST_CHECK;

/* Queues a reading of every instance whose picture is older than max_age_ms: nobody waits. */
void catalogue_read_later(struct bot *bot, int64_t max_age_ms);

/* The first command with that key (catalogue_key), or NULL. */
const struct catalogue_command *catalogue_find(const struct catalogue *c, const char *key);

/* The first command after `from` (from the start when NULL) that has the same title as `command`
 * and is another instance's; NULL when there is none. */
const struct catalogue_command *catalogue_twin(const struct catalogue *c,
					       const struct catalogue_command *command,
					       const struct catalogue_command *from);

/* What a reading is made of, for `lookerbot check` too: one instance's folders as JSON, and their
 * commands appended to *c. A NULL picture is an instance that was never read. */
bool catalogue_fetch(TALLOC_CTX *ctx, struct looker *lk, const char *folder_id, int64_t deadline_ms,
		     struct json_object **ret, struct err *e) ERR_MUST_CHECK;
void catalogue_add(TALLOC_CTX *ctx, struct catalogue *c, size_t instance, const char *folder_id,
		   const struct json_object *picture);

/* Folded, blanks collapsed: how titles and a person's words are compared. */
char *catalogue_key(TALLOC_CTX *ctx, const char *text);

#endif

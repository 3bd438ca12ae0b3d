/*
 * The titles of all Looks and dashboards of an instance that somebody may see, for `find` and
 * `show`: read from Looker at most once an hour for all processes (with an asker's own rights:
 * every ten minutes, for that person), and again after a minute when nothing fitted.
 */
#ifndef BOT_TITLES_H
#define BOT_TITLES_H

#include "base/fuzzy.h"
#include "bot/identity.h"

/* What a person looks for: "[look|dashboard] [instance] WORDS". */
struct titles_wanted {
	bool looks, dashboards;
	size_t instance; /* the first one when none is named */
	const char *words;
};

struct titles_wanted titles_wanted_read(TALLOC_CTX *ctx, const struct bot *bot, const char *text);

/* "Looks and dashboards", or what of it is wanted. */
const char *titles_wanted_word(const struct titles_wanted *w);

struct titles {
	struct looker_title *titles;
	size_t n;
	int64_t read_ms; /* unix time */
};

/* The best `max` titles for the words that `who` (of the wanted instance) may see, best first.
 * Errors are Looker's. */
bool titles_find(TALLOC_CTX *ctx, struct bot *bot, const struct identity *who,
		 const struct titles_wanted *w, int64_t deadline_ms, struct titles *ret,
		 struct fuzzy_hit *ret_hits, size_t max, size_t *ret_n,
		 struct err *e) ERR_MUST_CHECK;

/* Appends one line of mrkdwn, with the line break before it: a link, what it is, its folder. */
void titles_add_line(char **mrkdwn, const struct looker *lk, const struct looker_title *t);

#endif

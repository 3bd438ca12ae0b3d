/*
 * The titles of all Looks and dashboards of an instance, for `find`: read from Looker at most once
 * an hour for all processes, and again after a minute when nothing fitted.
 */
#ifndef BOT_TITLES_H
#define BOT_TITLES_H

#include "bot/bot.h"

#define TITLES_MAX_AGE_MS (3600 * 1000LL)
#define TITLES_MISS_AGE_MS (60 * 1000LL)

struct titles {
	struct looker_title *titles;
	size_t n;
	int64_t read_ms; /* unix time */
};

bool titles_get(TALLOC_CTX *ctx, struct bot *bot, size_t instance, int64_t max_age_ms,
		int64_t deadline_ms, struct titles *ret, struct err *e) ERR_MUST_CHECK;

#endif

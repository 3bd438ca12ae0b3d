/* The process's counters. Each is independent, so relaxed order is enough. */
#include "base/stats.h"

#include <stdatomic.h>
#include <stddef.h>

static _Atomic int64_t counters[STATS_COUNTERS];

static const char *const names[] = {
	[STATS_REQUESTS] = "requests",
	[STATS_REFUSED] = "refused",
	[STATS_ACCEPTED] = "accepted",
	[STATS_DUPLICATES] = "duplicates",
	[STATS_IGNORED] = "ignored",
	[STATS_JOBS_DONE] = "jobs_done",
	[STATS_JOBS_RETRIED] = "jobs_retried",
	[STATS_JOBS_DEAD] = "jobs_dead",
	[STATS_BLOCKS_REFUSED] = "blocks_refused",
	[STATS_FORMS_LOWERED] = "forms_lowered",
	[STATS_LOADING_SHOWN] = "loading_shown",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == STATS_COUNTERS, "name every counter");

void stats_add(enum stats_counter counter)
{
	atomic_fetch_add_explicit(&counters[counter], 1, memory_order_relaxed);
}

int64_t stats_get(enum stats_counter counter)
{
	return atomic_load_explicit(&counters[counter], memory_order_relaxed);
}

const char *stats_name(enum stats_counter counter)
{
	return names[counter];
}

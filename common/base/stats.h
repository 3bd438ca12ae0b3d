/* Counters of this process: relaxed atomics, named once; written to the log when it ends. */
#ifndef BASE_STATS_H
#define BASE_STATS_H

#include <stdint.h>

enum stats_counter {
	STATS_REQUESTS,
	STATS_REFUSED,
	STATS_ACCEPTED,
	STATS_DUPLICATES,
	STATS_IGNORED, /* events that are not for us */
	STATS_JOBS_DONE,
	STATS_JOBS_RETRIED,
	STATS_JOBS_DEAD,
	STATS_BLOCKS_REFUSED,
	STATS_FORMS_LOWERED,
	STATS_LOADING_SHOWN,
	STATS_COUNTERS /* how many there are */
};

void stats_add(enum stats_counter counter);
int64_t stats_get(enum stats_counter counter);
const char *stats_name(enum stats_counter counter);

#endif

/* What the bench's programs share: microseconds that mean the same in each of them. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC, so that a time taken by one program can be subtracted from another's. */
static inline int64_t bench_now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

#endif

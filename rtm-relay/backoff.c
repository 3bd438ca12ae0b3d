/* Doubling with jitter. Refusals for good and Retry-After are the relay's business. */
#include "rtm-relay/backoff.h"

#define FIRST_MS 1000
#define MAX_MS 60000
#define DOUBLINGS_MAX 6
#define LIVED_MS 5000
#define FLAP 2 /* 1 to 2 s: Slack allows some 50 connections a minute */

int64_t backoff_ms(unsigned failures, uint32_t random)
{
	if (failures == 0)
		return 0;
	unsigned doublings = failures - 1 < DOUBLINGS_MAX ? failures - 1 : DOUBLINGS_MAX;
	int64_t ms = (int64_t)FIRST_MS << doublings;
	if (ms > MAX_MS)
		ms = MAX_MS;
	return ms / 2 + random % (ms / 2 + 1);
}

unsigned backoff_count(unsigned failures, bool was_open, int64_t lived_ms)
{
	if (!was_open)
		return failures + 1 > failures ? failures + 1 : failures;
	return lived_ms >= LIVED_MS ? 0 : FLAP;
}

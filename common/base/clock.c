/*
 * The two clocks and the only sleep. Wall time is for what is stored and shown, monotonic time for
 * deadlines; nothing here converts one into the other.
 */
#include "base/clock.h"

#include <errno.h>

#include "base/mem.h"

#define AHEAD_MS 1000 /* another thread may have stored it just now */

static int64_t read_ms(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t clock_booted_ms(void)
{
	return read_ms(CLOCK_REALTIME) - read_ms(CLOCK_BOOTTIME);
}

bool clock_is_older(int64_t stored_ms, int64_t max_ms)
{
	int64_t age_ms = clock_now_ms() - stored_ms;
	return age_ms > max_ms || age_ms < -AHEAD_MS;
}

int64_t clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_deadline_ms(int64_t ms)
{
	return clock_mono_ms() + ms;
}

int64_t clock_left_ms(int64_t deadline_ms)
{
	int64_t left = deadline_ms - clock_mono_ms();
	return left > 0 ? left : 0;
}

struct timespec clock_timespec(int64_t mono_ms)
{
	if (mono_ms < 0)
		mono_ms = 0;
	return (struct timespec){
		.tv_sec = (time_t)(mono_ms / 1000),
		.tv_nsec = (long)(mono_ms % 1000) * 1000000,
	};
}

void clock_sleep_until(int64_t mono_ms)
{
	struct timespec t = clock_timespec(mono_ms);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

char *clock_text(TALLOC_CTX *ctx, int64_t unix_ms)
{
	int64_t seconds = unix_ms / 1000;
	if (unix_ms % 1000 < 0)
		seconds--;
	time_t t = (time_t)seconds;
	struct tm tm;
	char text[64];
	if (!gmtime_r(&t, &tm) || strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm) == 0)
		return mem_printf(ctx, "%lld ms", (long long)unix_ms);
	return mem_strdup(ctx, text);
}

/* Time, in one place: unix milliseconds for what is stored, monotonic milliseconds for deadlines.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>
#include <time.h>

/* Unix time in milliseconds. */
int64_t clock_now_ms(void);

/* The wall time at which the machine was booted, by the wall clock of now: it changes when that
 * clock is set, and with nothing else but its small corrections. */
int64_t clock_booted_ms(void);

/* Whether something that was stored with clock_now_ms is older than max_ms; also when it lies
 * ahead: the clock was set back since. */
bool clock_is_older(int64_t stored_ms, int64_t max_ms);

/* Monotonic milliseconds: the only base for deadlines. */
int64_t clock_mono_ms(void);

/* The monotonic time `ms` from now. */
int64_t clock_deadline_ms(int64_t ms);

/* Milliseconds until a monotonic deadline, never below 0. */
int64_t clock_left_ms(int64_t deadline_ms);

/* The only sleep of the project: until a monotonic time; interrupted by signals, then goes on. */
void clock_sleep_until(int64_t mono_ms);

/* The deadline as the CLOCK_MONOTONIC timespec that pthread_cond_timedwait wants. */
struct timespec clock_timespec(int64_t mono_ms);

/* "2026-11-24 07:42 UTC". */
char *clock_text(TALLOC_CTX *ctx, int64_t unix_ms);

#endif

/*
 * logfmt lines on standard error, one write(2) a line, so that threads and processes do not mix.
 * Programs and bot/worker.c log; common/ below them does not (debug apart).
 *
 *	log_info("job_done", LOG_I("job", id), LOG_S("kind", kind));
 *	-> ts=2026-11-24T07:42:11.123Z level=info program=lookerbot-fcgi event=job_done job=7
 *kind=command
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log_field {
	const char *key;
	const char *text; /* NULL: `number` counts */
	long long number;
};

/* A function, so that arrays may be given too (compilers mock `array ? array : ""`). */
static inline struct log_field log_field_text(const char *key, const char *text)
{
	return (struct log_field){ .key = key, .text = text ? text : "" };
}

#define LOG_S(k, v) log_field_text((k), (v))
#define LOG_I(k, v) ((struct log_field){ .key = (k), .number = (long long)(v) })

#define LOG_FIELDS(...) ((struct log_field[]){ __VA_ARGS__ })
#define LOG_WRITE(level, event, ...)                                                               \
	log_write((level), (event), LOG_FIELDS(__VA_ARGS__),                                       \
		  sizeof(LOG_FIELDS(__VA_ARGS__)) / sizeof(struct log_field))

#define log_error(event, ...) LOG_WRITE(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warning(event, ...) LOG_WRITE(LOG_LEVEL_WARNING, event, __VA_ARGS__)
#define log_info(event, ...) LOG_WRITE(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...) LOG_WRITE(LOG_LEVEL_DEBUG, event, __VA_ARGS__)

/* Before the first line and before any thread: the program's name, and whether debug is shown. */
void log_init(const char *program, bool debug);

/* Whether debug is shown from now on; in any thread. */
void log_set_debug(bool debug);

/* From now on `secret` (copied; ignored below 6 bytes) is written as "***" wherever it occurs. */
void log_hide(const char *secret);

/* Use the macros. Values are quoted when they need it, control bytes escaped, cut at 2,000 bytes.
 */
void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n);

#endif

/*
 * What is stored is wall time, and the wall clock can be set. Whoever writes first after that moves
 * all times that count towards something (due, expiry, a lane's turn) by as much, so that nothing
 * is due an hour too late or expired an hour too early. How far the clock is from the time since
 * boot, which nobody sets, is kept in the state table: one process does it, for all, and a process
 * that starts later finds out too. When something was made or has ended is not touched.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/sqlite.h"

#define JUMP_MS 2000 /* less is no harm; NTP corrects less without a jump */
#define KEPT_MS (10 * 365 * 24 * 3600 * 1000LL) /* longer than any machine is up */
#define BOOT_ID_CHARS 36

/* A machine that was restarted has another one, and its clock may differ for good reasons. */
static char *state_key(TALLOC_CTX *ctx)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char id[BOOT_ID_CHARS + 1] = "";
	ssize_t n = fd >= 0 ? read(fd, id, BOOT_ID_CHARS) : 0;

	if (fd >= 0)
		close(fd);
	return n == BOOT_ID_CHARS ? mem_printf(ctx, "queue:clock:%s", id) : NULL;
}

static bool load(struct queue_sqlite *s, const char *key, int64_t otherwise, int64_t *ret,
		 struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_STATE_GET);

	queue_run_text(&r, key);
	queue_run_int(&r, 0);
	return queue_run_number(&r, otherwise, ret, e);
}

static bool store(struct queue_sqlite *s, const char *key, int64_t booted_ms, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_STATE_SET);
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)booted_ms);

	queue_run_text(&r, key);
	queue_run_blob(&r, text, (size_t)len);
	queue_run_int(&r, clock_now_ms() + KEPT_MS);
	return queue_run_end(&r, e);
}

static bool shift(TALLOC_CTX *ctx, struct queue_sqlite *s, int64_t by_ms, struct err *e)
{
	long long by = by_ms;

	return queue_db_exec(&s->write_db,
			     mem_printf(ctx,
					"UPDATE jobs SET not_before_ms = not_before_ms + %lld,"
					" expires_ms = expires_ms + %lld WHERE state IN (0, 1);"
					"UPDATE heads SET not_before_ms = not_before_ms + %lld;"
					"UPDATE lanes SET next_ms = next_ms + %lld,"
					" paused_until_ms = paused_until_ms + %lld;"
					"UPDATE keys SET expires_ms = expires_ms + %lld;"
					"UPDATE states SET expires_ms = expires_ms + %lld",
					by, by, by, by, by, by, by),
			     e);
}

static bool is_jump(int64_t by_ms)
{
	return by_ms >= JUMP_MS || by_ms <= -JUMP_MS;
}

bool queue_clock_jumped(struct queue_sqlite *s)
{
	return is_jump(clock_booted_ms() - atomic_load(&s->booted_ms));
}

bool queue_clock_follow(struct queue_sqlite *s, int64_t *ret_booted_ms, struct err *e)
{
	int64_t booted_ms = clock_booted_ms(), before_ms = atomic_load(&s->booted_ms);
	TALLOC_CTX *ctx = mem_ctx(NULL);
	bool ok = true;

	if (is_jump(booted_ms - before_ms)) {
		const char *key = state_key(ctx);

		if (before_ms == 0) /* the first write of this process */
			before_ms = booted_ms;
		ok = !key || load(s, key, before_ms, &before_ms, e);
		if (ok && is_jump(booted_ms - before_ms))
			ok = shift(ctx, s, booted_ms - before_ms, e);
		ok = ok && (!key || store(s, key, booted_ms, e));
		before_ms = booted_ms;
	}
	if (ok)
		*ret_booted_ms = before_ms;
	talloc_free(ctx);
	return ok;
}

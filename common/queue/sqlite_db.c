/*
 * SQLite connections: opening, pragmas, statements, the busy handler, error texts. It knows nothing
 * about jobs and never retries: that is for whoever asked.
 */
#include "queue/sqlite_db.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define BUSY_PAUSE_MIN_US 200
#define BUSY_PAUSE_SPREAD_US 800

/* SQLite's own handler backs off up to 100 ms and so starves one of two busy processes; short
 * random waits share the lock fairly. Below a millisecond, hence not clock_sleep_until. */
static int wait_for_others(void *arg, int n_tries)
{
	struct queue_db *db = arg;
	struct timespec pause = { 0 };

	if (n_tries == 0)
		db->busy_until_ms = clock_deadline_ms(db->patience_ms);
	if (clock_left_ms(db->busy_until_ms) == 0)
		return 0;
	pause.tv_nsec = (BUSY_PAUSE_MIN_US + randombytes_uniform(BUSY_PAUSE_SPREAD_US)) * 1000L;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	return 1;
}

static bool is_full(int rc, int os_errno)
{
	if ((rc & 0xff) == SQLITE_FULL)
		return true;
	return (rc & 0xff) == SQLITE_IOERR &&
	       (os_errno == ENOSPC || os_errno == EDQUOT || os_errno == EFBIG);
}

/* Call right after the failure. Of a failed COMMIT SQLite does not keep the errno. */
static int os_error(const struct queue_db *db)
{
	int now = errno, kept = db->db ? sqlite3_system_errno(db->db) : 0;

	return kept ? kept : now;
}

bool queue_db_fail(struct queue_db *db, int rc, struct err *e)
{
	int os_errno = os_error(db);
	const char *text = db->db ? sqlite3_errmsg(db->db) : sqlite3_errstr(rc);
	const char *path = db->path;

	if (is_full(rc, os_errno))
		return err_set(e, ERR_TEMPORARY,
			       "the disk that holds %s is full: free some space there", path);
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		die("out of memory in %s", path);
	case SQLITE_IOERR:
		return err_set(e, ERR_TEMPORARY, "the disk that holds %s fails (%s): look into it",
			       path, os_errno ? strerror(os_errno) : text);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return err_set(e, ERR_TEMPORARY,
			       "%s cannot be written (%s): check its owner, mode and mount", path,
			       os_errno ? strerror(os_errno) : text);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ERR_TEMPORARY, "%s is locked by another process", path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(e, ERR_INTERNAL, "%s is damaged (%s): move it away and start again",
			       path, text);
	default:
		return err_set(e, ERR_INTERNAL, "%s: %s", path, text);
	}
}

bool queue_db_exec(struct queue_db *db, const char *sql, struct err *e)
{
	int rc;

	errno = 0;
	rc = sqlite3_exec(db->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK || queue_db_fail(db, rc, e);
}

/* SQLite would create the file with 0644. Never opened here when it exists: closing any descriptor
 * of a file drops the process's POSIX locks on it, and with them SQLite's. */
static bool create_private(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		return err_set(e, ERR_TEMPORARY, "cannot create %s: %s", path, strerror(errno));
	return true;
}

/* Changing to WAL needs the file alone, and SQLite does not call the busy handler for that. */
static bool set_wal(struct queue_db *db, struct err *e)
{
	int rc;

	for (int i = 0;; i++) {
		rc = sqlite3_exec(db->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if ((rc & 0xff) != SQLITE_BUSY || !wait_for_others(db, i))
			break;
	}
	return rc == SQLITE_OK || queue_db_fail(db, rc, e);
}

static bool set_pragmas(struct queue_db *db, int cache_kib, struct err *e)
{
	static const char pragmas[] = "PRAGMA synchronous = FULL;"
				      "PRAGMA wal_autocheckpoint = 0;"
				      "PRAGMA journal_size_limit = 16777216;"
				      "PRAGMA mmap_size = 0;"
				      "PRAGMA temp_store = MEMORY;"
				      "PRAGMA trusted_schema = OFF;"
				      "PRAGMA foreign_keys = OFF;";
	char cache[64];

	snprintf(cache, sizeof(cache), "PRAGMA cache_size = -%d", cache_kib);
	return queue_db_exec(db, pragmas, e) && queue_db_exec(db, cache, e) && set_wal(db, e);
}

bool queue_db_open(struct queue_db *db, const char *path, int cache_kib, struct err *e)
{
	/* No mutex: each connection is used by one thread at a time. */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int rc;

	*db = (struct queue_db){ .path = path, .patience_ms = QUEUE_DB_PATIENCE_MS };
	if (!create_private(path, e))
		return false;
	rc = sqlite3_open_v2(path, &db->db, flags, NULL);
	if (rc != SQLITE_OK) {
		queue_db_fail(db, rc, e);
		queue_db_close(db);
		return false;
	}
	sqlite3_busy_handler(db->db, wait_for_others, db);
	if (set_pragmas(db, cache_kib, e))
		return true;
	queue_db_close(db);
	return false;
}

void queue_db_close(struct queue_db *db)
{
	for (size_t i = 0; i < QUEUE_SQL_STATEMENTS; i++) {
		sqlite3_finalize(db->statements[i]);
		db->statements[i] = NULL;
	}
	sqlite3_close(db->db);
	db->db = NULL;
}

struct queue_run queue_run_start(struct queue_db *db, enum queue_sql which)
{
	struct queue_run r = { .db = db, .rc = SQLITE_OK };

	if (!db->statements[which])
		r.rc = sqlite3_prepare_v3(db->db, queue_sql_text[which], -1,
					  SQLITE_PREPARE_PERSISTENT, &db->statements[which], NULL);
	r.st = db->statements[which];
	return r;
}

void queue_run_int(struct queue_run *r, int64_t value)
{
	if (r->rc == SQLITE_OK)
		r->rc = sqlite3_bind_int64(r->st, ++r->n_bound, value);
}

void queue_run_text(struct queue_run *r, const char *text)
{
	if (r->rc == SQLITE_OK)
		r->rc = sqlite3_bind_text(r->st, ++r->n_bound, text, -1, SQLITE_STATIC);
}

void queue_run_blob(struct queue_run *r, const void *bytes, size_t len)
{
	/* A NULL pointer would be bound as NULL even with length 0. */
	if (r->rc == SQLITE_OK)
		r->rc = sqlite3_bind_blob64(r->st, ++r->n_bound, len ? bytes : "", len,
					    SQLITE_STATIC);
}

bool queue_run_row(struct queue_run *r)
{
	if (r->rc == SQLITE_OK || r->rc == SQLITE_ROW) {
		errno = 0;
		r->rc = sqlite3_step(r->st);
	}
	return r->rc == SQLITE_ROW;
}

bool queue_run_end(struct queue_run *r, struct err *e)
{
	bool ok;

	while (queue_run_row(r))
		;
	ok = r->rc == SQLITE_DONE || queue_db_fail(r->db, r->rc, e);
	if (r->st) {
		sqlite3_reset(r->st);
		sqlite3_clear_bindings(r->st);
	}
	return ok;
}

bool queue_run_number(struct queue_run *r, int64_t otherwise, int64_t *ret, struct err *e)
{
	int64_t number = otherwise;

	if (queue_run_row(r) && sqlite3_column_type(r->st, 0) != SQLITE_NULL)
		number = sqlite3_column_int64(r->st, 0);
	if (!queue_run_end(r, e))
		return false;
	*ret = number;
	return true;
}

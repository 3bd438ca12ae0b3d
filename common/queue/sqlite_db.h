/*
 * One SQLite connection, for one thread at a time: its pragmas, its kept prepared statements, its
 * patience with other processes, and what its errors mean to a person. The statements themselves
 * stand in sqlite_sql.c, as a table.
 */
#ifndef QUEUE_SQLITE_DB_H
#define QUEUE_SQLITE_DB_H

#include <sqlite3.h>

#include "base/err.h"
#include "queue/sqlite_sql.h"

#define QUEUE_DB_PATIENCE_MS 5000 /* for another process's write */

struct queue_db {
	sqlite3 *db;
	const char *path; /* the opener's */
	sqlite3_stmt *statements[QUEUE_SQL_STATEMENTS];
	int64_t patience_ms;
	int64_t busy_until_ms; /* monotonic; while waiting */
};

/* Opens the file (created 0600 when missing) with a page cache of at most cache_kib. */
bool queue_db_open(struct queue_db *db, const char *path, int cache_kib,
		   struct err *e) ERR_MUST_CHECK;
void queue_db_close(struct queue_db *db);

/* Runs statements without parameters that are not in the table (schema, pragmas). */
bool queue_db_exec(struct queue_db *db, const char *sql, struct err *e) ERR_MUST_CHECK;

/* Fills `e` from the connection's last error, naming file and remedy; returns false. */
bool queue_db_fail(struct queue_db *db, int rc, struct err *e);

/*
 * A statement of the table at work. Parameters are bound in order; texts and blobs must live until
 * the end. The first failure sticks and is reported by queue_run_end:
 *
 *	struct queue_run r = queue_run_start(db, QUEUE_SQL_...);
 *	queue_run_int(&r, id);
 *	while (queue_run_row(&r))
 *		... sqlite3_column_int64(r.st, 0) ...
 *	return queue_run_end(&r, e);
 */
struct queue_run {
	struct queue_db *db;
	sqlite3_stmt *st;
	int n_bound;
	int rc;
};

struct queue_run queue_run_start(struct queue_db *db, enum queue_sql which);
void queue_run_int(struct queue_run *r, int64_t value);
void queue_run_text(struct queue_run *r, const char *text); /* NULL is NULL */
void queue_run_blob(struct queue_run *r, const void *bytes, size_t len);
bool queue_run_row(struct queue_run *r);
/* Carries out what is left of the statement, the whole one when no row was asked for. */
bool queue_run_end(struct queue_run *r, struct err *e) ERR_MUST_CHECK;

/* For statements that give one number: *ret is `otherwise` when there is no row or it is NULL. */
bool queue_run_number(struct queue_run *r, int64_t otherwise, int64_t *ret,
		      struct err *e) ERR_MUST_CHECK;

#endif

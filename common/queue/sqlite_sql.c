/*
 * The SQL of the SQLite backend: schema, statements. Numbers that stand for an enum (state 0
 * pending, 1 leased, 2 done, 3 dead) are those of queue.h; they are on disk and never change.
 *
 * heads holds the first pending job of each lane and priority (suspects apart): a lease looks
 * through heads, in order, for the first whose lane has room, and so never visits the other jobs
 * of a lane. heads, lanes.pending and lanes.in_flight follow from jobs and change in the
 * transaction that changes the jobs (sqlite_lane.c). A small body stands in its job's row, a larger
 * one in parts; a part's rowid is job * 4096 + its number.
 */
#include "queue/sqlite_sql.h"

const char *const queue_sql_migrations[QUEUE_SCHEMA_VERSION] = {
	"CREATE TABLE jobs ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" kind TEXT NOT NULL,"
	" lane TEXT NOT NULL,"
	" priority INTEGER NOT NULL,"
	" state INTEGER NOT NULL,"
	" suspect INTEGER NOT NULL DEFAULT 0,"
	" created_ms INTEGER NOT NULL,"
	" not_before_ms INTEGER NOT NULL,"
	" expires_ms INTEGER NOT NULL,"
	" ended_ms INTEGER,"
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" deaths INTEGER NOT NULL DEFAULT 0,"
	" owner TEXT,"
	" reason TEXT,"
	" body_bytes INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX jobs_due ON jobs (suspect, lane, priority, not_before_ms, id)"
	" WHERE state = 0;"
	"CREATE INDEX jobs_held ON jobs (owner) WHERE state = 1;"
	"CREATE INDEX jobs_ended ON jobs (state, ended_ms) WHERE state >= 2;"
	"CREATE TABLE parts (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE progress (job INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE keys ("
	" kind TEXT NOT NULL, key TEXT NOT NULL, expires_ms INTEGER NOT NULL,"
	" PRIMARY KEY (kind, key)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX keys_expiry ON keys (expires_ms);"
	"CREATE TABLE lanes ("
	" name TEXT PRIMARY KEY,"
	" pending INTEGER NOT NULL,"
	" in_flight INTEGER NOT NULL,"
	" max_in_flight INTEGER NOT NULL,"
	" gap_ms INTEGER NOT NULL,"
	" next_ms INTEGER NOT NULL DEFAULT 0,"
	" paused_until_ms INTEGER NOT NULL DEFAULT 0"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE heads ("
	" suspect INTEGER NOT NULL, lane TEXT NOT NULL, priority INTEGER NOT NULL,"
	" not_before_ms INTEGER NOT NULL, id INTEGER NOT NULL,"
	" PRIMARY KEY (suspect, lane, priority)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX heads_due ON heads (suspect, priority, not_before_ms, id);"
	"CREATE TABLE states ("
	" key TEXT PRIMARY KEY, value BLOB NOT NULL, expires_ms INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX states_expiry ON states (expires_ms);"
	"PRAGMA user_version = 1;",

	/* Small bodies in the row, and no AUTOINCREMENT: each cost every put a page. Ids still only
	 * grow, because the newest job is never deleted. */
	"CREATE TABLE jobs2 ("
	" id INTEGER PRIMARY KEY,"
	" kind TEXT NOT NULL,"
	" lane TEXT NOT NULL,"
	" priority INTEGER NOT NULL,"
	" state INTEGER NOT NULL,"
	" suspect INTEGER NOT NULL DEFAULT 0,"
	" created_ms INTEGER NOT NULL,"
	" not_before_ms INTEGER NOT NULL,"
	" expires_ms INTEGER NOT NULL,"
	" ended_ms INTEGER,"
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" deaths INTEGER NOT NULL DEFAULT 0,"
	" owner TEXT,"
	" reason TEXT,"
	" body_bytes INTEGER NOT NULL,"
	" body BLOB" /* NULL: in parts; last, so that nobody who does not want it reads over it */
	") STRICT;"
	"INSERT INTO jobs2 SELECT *, NULL FROM jobs;"
	"DROP TABLE jobs;" /* and its indexes */
	"ALTER TABLE jobs2 RENAME TO jobs;"
	"CREATE INDEX jobs_due ON jobs (suspect, lane, priority, not_before_ms, id)"
	" WHERE state = 0;"
	"CREATE INDEX jobs_held ON jobs (owner) WHERE state = 1;"
	"CREATE INDEX jobs_ended ON jobs (state, ended_ms) WHERE state >= 2;"
	"PRAGMA user_version = 2;",

	/* What lists tell people; of ended jobs two lists, since they are kept for different times.
	 */
	"ALTER TABLE jobs ADD COLUMN about TEXT;"
	"ALTER TABLE jobs ADD COLUMN whose TEXT;"
	"DROP INDEX jobs_ended;"
	"CREATE INDEX jobs_ended ON jobs (state, ended_ms) WHERE state >= 2 AND about IS NULL;"
	"CREATE INDEX jobs_ended_about ON jobs (state, ended_ms)"
	" WHERE state >= 2 AND about IS NOT NULL;"
	"CREATE INDEX jobs_about ON jobs (id) WHERE about IS NOT NULL;"
	"CREATE INDEX jobs_whose ON jobs (whose) WHERE whose IS NOT NULL;"
	"PRAGMA user_version = 3;",
};

#define JOB_COLUMNS_WITH(progress)                                                                 \
	"id, kind, lane, priority, state, created_ms, not_before_ms, expires_ms, attempts,"        \
	" deaths, reason, body_bytes, " progress ", ended_ms, about, whose"

#define JOB_COLUMNS JOB_COLUMNS_WITH("(SELECT bytes FROM progress WHERE job = jobs.id)")
#define LIST_COLUMNS JOB_COLUMNS_WITH("NULL") /* progress may hold a whole message */

const char *const queue_sql_text[QUEUE_SQL_STATEMENTS] = {
	[QUEUE_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[QUEUE_SQL_COMMIT] = "COMMIT",
	[QUEUE_SQL_ROLLBACK] = "ROLLBACK",
	[QUEUE_SQL_SCHEMA_VERSION] = "PRAGMA user_version",

	[QUEUE_SQL_BYTES] =
		"SELECT (p.page_count - f.freelist_count) * s.page_size"
		" FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s",
	[QUEUE_SQL_KEY_KNOWN] =
		"SELECT 1 FROM keys WHERE kind = ?1 AND key = ?2 AND expires_ms > ?3",
	[QUEUE_SQL_KEY_ADD] =
		"INSERT OR REPLACE INTO keys (kind, key, expires_ms) VALUES (?1, ?2, ?3)",
	[QUEUE_SQL_JOB_ADD] =
		"INSERT INTO jobs (kind, lane, priority, state, created_ms, not_before_ms,"
		" expires_ms, body_bytes, about, whose, body)"
		" VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[QUEUE_SQL_PART_ADD] = "INSERT INTO parts (id, bytes) VALUES (?1, ?2)",

	[QUEUE_SQL_LANE_CHANGE] =
		"INSERT INTO lanes (name, pending, in_flight, max_in_flight, gap_ms, next_ms)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		" ON CONFLICT (name) DO UPDATE SET pending = pending + ?2,"
		" in_flight = in_flight + ?3, max_in_flight = ?4, gap_ms = ?5,"
		" next_ms = max(next_ms, ?6) RETURNING pending",
	[QUEUE_SQL_HEAD_OFFER] =
		"INSERT INTO heads (suspect, lane, priority, not_before_ms, id)"
		" VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (suspect, lane, priority) DO UPDATE"
		"  SET not_before_ms = excluded.not_before_ms, id = excluded.id"
		"  WHERE (excluded.not_before_ms, excluded.id) < (not_before_ms, id)",
	[QUEUE_SQL_HEAD_DELETE] =
		"DELETE FROM heads WHERE suspect = ?1 AND lane = ?2 AND priority = ?3"
		" AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 0 AND suspect = ?1"
		"  AND lane = ?2 AND priority = ?3)",
	[QUEUE_SQL_HEAD_SET] =
		"INSERT INTO heads (suspect, lane, priority, not_before_ms, id)"
		" SELECT suspect, lane, priority, not_before_ms, id FROM jobs"
		"  WHERE state = 0 AND suspect = ?1 AND lane = ?2 AND priority = ?3"
		"  ORDER BY not_before_ms, id LIMIT 1"
		" ON CONFLICT (suspect, lane, priority) DO UPDATE"
		"  SET not_before_ms = excluded.not_before_ms, id = excluded.id"
		"  WHERE id <> excluded.id OR not_before_ms <> excluded.not_before_ms",
	[QUEUE_SQL_LANE_RULE] = "UPDATE lanes SET max_in_flight = ?2, gap_ms = ?3"
				" WHERE name = ?1 AND (max_in_flight <> ?2 OR gap_ms <> ?3)",
	[QUEUE_SQL_LANE_NAMES] = "SELECT name FROM lanes",
	[QUEUE_SQL_LANE_ROOM] =
		"SELECT in_flight < max_in_flight AND max(next_ms, paused_until_ms) <= ?2"
		" FROM lanes WHERE name = ?1",
	[QUEUE_SQL_LANE_PAUSE] =
		"INSERT INTO lanes (name, pending, in_flight, max_in_flight, gap_ms,"
		" paused_until_ms) VALUES (?1, 0, 0, ?2, ?3, ?4)"
		" ON CONFLICT (name) DO UPDATE SET"
		" paused_until_ms = max(paused_until_ms, ?4)",
	[QUEUE_SQL_LANE_HOLD] = "UPDATE lanes SET next_ms = max(next_ms, ?2) WHERE name = ?1",
	[QUEUE_SQL_LANE_RESUME] =
		"UPDATE lanes SET next_ms = min(next_ms, ?2 + gap_ms) WHERE name = ?1",
	[QUEUE_SQL_LANE_WAIT] =
		"SELECT (pending + in_flight) * gap_ms + max(next_ms - ?2, paused_until_ms - ?2, 0)"
		" FROM lanes WHERE name = ?1",

	[QUEUE_SQL_PICK] = "SELECT h.id FROM heads h CROSS JOIN lanes l ON l.name = h.lane"
			   " WHERE h.suspect = ?1 AND h.priority = ?2 AND h.not_before_ms <= ?3"
			   " AND l.in_flight < l.max_in_flight"
			   " AND l.next_ms <= ?3 AND l.paused_until_ms <= ?3"
			   " ORDER BY h.not_before_ms, h.id LIMIT 1",
	/* When the next lease is possible; NULL: not before ?3, unless somebody acts. */
	[QUEUE_SQL_NEXT_DUE] = "SELECT min(max(h.not_before_ms, l.next_ms, l.paused_until_ms))"
			       " FROM heads h CROSS JOIN lanes l ON l.name = h.lane"
			       " WHERE h.suspect = ?1 AND h.priority = ?2 AND h.not_before_ms <= ?3"
			       " AND l.in_flight < l.max_in_flight",
	[QUEUE_SQL_LEASE] = "UPDATE jobs SET state = 1, owner = ?2, attempts = attempts + 1"
			    " WHERE id = ?1 RETURNING " JOB_COLUMNS ", body",
	[QUEUE_SQL_PARTS] = "SELECT bytes FROM parts WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
	[QUEUE_SQL_PART] = "SELECT bytes FROM parts WHERE id = ?1",

	[QUEUE_SQL_HELD] = "SELECT lane, priority, suspect FROM jobs"
			   " WHERE id = ?1 AND state = 1 AND owner = ?2",
	[QUEUE_SQL_PROGRESS_SET] = "INSERT OR REPLACE INTO progress (job, bytes) VALUES (?1, ?2)",
	[QUEUE_SQL_JOB_MOVE] = "UPDATE jobs SET lane = ?2, state = ?3, owner = ?4 WHERE id = ?1",
	[QUEUE_SQL_JOB_RETRY] =
		"UPDATE jobs SET state = 0, owner = NULL, not_before_ms = ?2, reason = ?3"
		" WHERE id = ?1",
	[QUEUE_SQL_JOB_HOLD] = "UPDATE jobs SET state = 0, owner = NULL, reason = ?2 WHERE id = ?1",
	[QUEUE_SQL_JOB_END] =
		"UPDATE jobs SET state = ?2, owner = NULL, ended_ms = ?3,"
		" reason = coalesce(?4, reason), body_bytes = iif(?2 = 2, 0, body_bytes),"
		" body = iif(?2 = 2, NULL, body)"
		" WHERE id = ?1",
	[QUEUE_SQL_PARTS_DELETE] = "DELETE FROM parts WHERE id BETWEEN ?1 AND ?2",
	[QUEUE_SQL_PROGRESS_DELETE] = "DELETE FROM progress WHERE job = ?1",

	[QUEUE_SQL_HOLDERS] = "SELECT DISTINCT owner FROM jobs WHERE state = 1",
	[QUEUE_SQL_HELD_BY] = "SELECT id FROM jobs WHERE state = 1 AND owner = ?1 LIMIT 1",
	[QUEUE_SQL_GIVE_BACK] = "UPDATE jobs SET state = 0, owner = NULL, deaths = deaths + ?2,"
				" suspect = deaths + ?2 >= ?3 AND deaths + ?2 < ?4"
				" WHERE id = ?1 RETURNING lane, priority, suspect",
	[QUEUE_SQL_SUSPECTS] =
		"SELECT count(*) FROM jobs j CROSS JOIN lanes l ON l.name = j.lane"
		" WHERE j.state = 0 AND j.suspect = 1 AND j.not_before_ms <= ?1"
		" AND l.in_flight < l.max_in_flight AND max(l.next_ms, l.paused_until_ms) <= ?1",

	[QUEUE_SQL_CLEAN_KEYS] = "DELETE FROM keys WHERE (kind, key) IN"
				 " (SELECT kind, key FROM keys WHERE expires_ms <= ?1 LIMIT ?2)",
	[QUEUE_SQL_CLEAN_STATES] = "DELETE FROM states WHERE rowid IN"
				   " (SELECT rowid FROM states WHERE expires_ms <= ?1 LIMIT ?2)",
	[QUEUE_SQL_CLEAN_LANES] =
		"DELETE FROM lanes WHERE name IN (SELECT name FROM lanes WHERE pending = 0"
		" AND in_flight = 0 AND max(next_ms, paused_until_ms) <= ?1 LIMIT ?2)",
	[QUEUE_SQL_ENDED] = "SELECT id FROM jobs WHERE state = ?1 AND state >= 2 AND about IS NULL"
			    " AND ended_ms <= ?2"
			    " AND id < (SELECT max(id) FROM jobs) ORDER BY ended_ms LIMIT ?3",
	[QUEUE_SQL_ENDED_ABOUT] =
		"SELECT id FROM jobs WHERE state = ?1 AND state >= 2 AND about IS NOT NULL"
		" AND ended_ms <= ?2"
		" AND id < (SELECT max(id) FROM jobs) ORDER BY ended_ms LIMIT ?3",
	[QUEUE_SQL_DEAD_BODIES] =
		"SELECT id FROM jobs WHERE state = ?1 AND state >= 2 AND about IS NOT NULL"
		" AND ended_ms <= ?2 AND body_bytes > 0 ORDER BY ended_ms LIMIT ?3",
	[QUEUE_SQL_BODY_DELETE] = "UPDATE jobs SET body = NULL, body_bytes = 0 WHERE id = ?1",
	[QUEUE_SQL_JOB_DELETE] = "DELETE FROM jobs WHERE id = ?1",

	[QUEUE_SQL_LIST] = "SELECT " LIST_COLUMNS " FROM jobs ORDER BY id DESC LIMIT ?1",
	[QUEUE_SQL_LIST_STATE] =
		"SELECT " LIST_COLUMNS " FROM jobs WHERE state = ?2 ORDER BY id DESC LIMIT ?1",
	[QUEUE_SQL_LIST_ABOUT] =
		"SELECT " LIST_COLUMNS " FROM jobs INDEXED BY jobs_about WHERE about IS NOT NULL"
		" AND (?2 < 0 OR state = ?2) ORDER BY id DESC LIMIT ?1",
	[QUEUE_SQL_LIST_WHOSE] =
		"SELECT " LIST_COLUMNS " FROM jobs INDEXED BY jobs_whose WHERE whose = ?3"
		" AND (?2 < 0 OR state = ?2) ORDER BY id DESC LIMIT ?1",
	[QUEUE_SQL_GET] = "SELECT " JOB_COLUMNS " FROM jobs WHERE id = ?1",
	[QUEUE_SQL_JOB_STATE] = "SELECT state, reason FROM jobs WHERE id = ?1",
	[QUEUE_SQL_DEPTH] =
		"SELECT (SELECT count(*) FROM jobs WHERE state = 0),"
		" (SELECT count(*) FROM jobs WHERE state = 1),"
		" (SELECT count(*) FROM jobs WHERE state = 3 AND state >= 2 AND about IS NULL)"
		" + (SELECT count(*) FROM jobs WHERE state = 3 AND state >= 2"
		"  AND about IS NOT NULL),"
		" (SELECT min(not_before_ms) FROM jobs WHERE state = 0)",

	[QUEUE_SQL_WHOSE_SET] = "UPDATE jobs SET whose = ?2 WHERE id = ?1 AND about IS NOT NULL",
	[QUEUE_SQL_FIND] = "SELECT state, lane, priority, suspect, not_before_ms, body_bytes,"
			   " about IS NOT NULL FROM jobs WHERE id = ?1",
	[QUEUE_SQL_JOB_DUE] = "UPDATE jobs SET not_before_ms = ?2 WHERE id = ?1",
	[QUEUE_SQL_JOB_ANEW] =
		"UPDATE jobs SET state = 0, lane = '', suspect = 0, not_before_ms = ?2,"
		" expires_ms = ?3, ended_ms = NULL, attempts = 0, deaths = 0, reason = NULL"
		" WHERE id = ?1",

	[QUEUE_SQL_STATE_SET] = "INSERT INTO states (key, value, expires_ms) VALUES (?1, ?2, ?3)"
				" ON CONFLICT (key) DO UPDATE SET value = ?2, expires_ms = ?3",
	[QUEUE_SQL_STATE_DELETE] = "DELETE FROM states WHERE key = ?1",
	[QUEUE_SQL_STATE_GET] = "SELECT value FROM states WHERE key = ?1 AND expires_ms > ?2",
};

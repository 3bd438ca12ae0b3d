/*
 * The SQLite backend: its entry in the table of backends, opening and closing. Connections are in
 * sqlite_db.c, statements in sqlite_sql.c, what writes in sqlite_put.c, sqlite_lease.c and
 * sqlite_ops.c (run by sqlite_writer.c), what only reads in sqlite_read.c.
 */
#include "queue/sqlite.h"

#include <unistd.h>

#include "base/mem.h"

#define WRITE_CACHE_KIB 512
#define READ_CACHE_KIB 256
#define CHECKPOINT_CACHE_KIB 64

static bool schema_version(struct queue_db *db, int64_t *ret, struct err *e)
{
	struct queue_run r = queue_run_start(db, QUEUE_SQL_SCHEMA_VERSION);

	return queue_run_number(&r, 0, ret, e);
}

static bool run_migrations(struct queue_db *db, struct err *e)
{
	int64_t version;

	/* Read inside the transaction: two processes may open a new file at once. A newer version
	 * is refused by the first write, with the reason. */
	if (!schema_version(db, &version, e))
		return false;
	for (; version < QUEUE_SCHEMA_VERSION; version++) {
		if (!queue_db_exec(db, queue_sql_migrations[version], e))
			return false;
	}
	return true;
}

static bool migrate(struct queue_db *db, struct err *e)
{
	int64_t version;
	struct err ignored;

	if (!schema_version(db, &version, e))
		return false;
	if (version >= QUEUE_SCHEMA_VERSION)
		return true;
	if (!queue_db_exec(db, "BEGIN IMMEDIATE", e))
		return false;
	if (run_migrations(db, e) && queue_db_exec(db, "COMMIT", e))
		return true;
	if (!sqlite3_get_autocommit(db->db) && !queue_db_exec(db, "ROLLBACK", &ignored))
		return false; /* the first error tells more */
	return false;
}

static void close_store(struct queue *q)
{
	struct queue_sqlite *s = q->store;
	struct queue_db *db;

	if (!s)
		return;
	queue_writer_stop(s);
	queue_checkpointer_stop(s);
	queue_db_close(&s->read_db);
	queue_db_close(&s->checkpoint_db);
	db = &s->write_db;
	if (db->db) {
		/* Best effort: what is not moved now stays in the log, just as durable. */
		db->patience_ms = 0;
		sqlite3_wal_checkpoint_v2(db->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	}
	queue_db_close(db);
	pthread_mutex_destroy(&s->read_lock);
	talloc_free(s);
	q->store = NULL;
}

/* What a visitor finds must be there, and ours to understand. */
static bool check_visit(struct queue_db *db, struct err *e)
{
	int64_t version;

	if (!schema_version(db, &version, e))
		return false;
	if (version == QUEUE_SCHEMA_VERSION)
		return true;
	return err_set(e, ERR_BAD_INPUT,
		       "%s has schema %lld, this program knows %d: they are of different versions; "
		       "upgrade both, and start the bot again",
		       db->path, (long long)version, QUEUE_SCHEMA_VERSION);
}

static bool prepare(struct queue_sqlite *s, struct err *e)
{
	return s->q->visitor ? check_visit(&s->write_db, e) : migrate(&s->write_db, e);
}

static bool set_limits(struct queue_sqlite *s, struct err *e)
{
	return s->q->visitor || queue_writer_run(s, queue_lane_apply_rules, NULL, e);
}

static bool open_parts(struct queue_sqlite *s, struct err *e)
{
	if (s->q->visitor && access(s->path, F_OK) != 0)
		return err_set(e, ERR_NOT_FOUND, "there is no queue at %s: the bot has not run yet",
			       s->path);
	return queue_db_open(&s->write_db, s->path, WRITE_CACHE_KIB, e) && prepare(s, e) &&
	       queue_db_open(&s->read_db, s->path, READ_CACHE_KIB, e) &&
	       queue_db_open(&s->checkpoint_db, s->path, CHECKPOINT_CACHE_KIB, e) &&
	       queue_checkpointer_start(s, e) && queue_writer_start(s, e) && set_limits(s, e);
}

/* SQLite counts the bytes it has allocated, under a lock. Nobody asks for them. */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused when SQLite runs already */
}

static bool open_store(struct queue *q, const char *address, struct err *e)
{
	static pthread_once_t configured = PTHREAD_ONCE_INIT;
	struct queue_sqlite *s;

	if (address[0] != '/')
		return err_set(e, ERR_BAD_INPUT,
			       "the queue's URL must be sqlite:/absolute/path, not sqlite:%s",
			       address);
	pthread_once(&configured, configure);
	s = mem_zero(q, struct queue_sqlite);
	s->q = q;
	s->path = mem_strdup(s, address);
	pthread_mutex_init(&s->read_lock, NULL);
	q->store = s;
	if (open_parts(s, e))
		return true;
	close_store(q);
	return false;
}

const struct queue_backend queue_sqlite = {
	.scheme = "sqlite:",
	.open = open_store,
	.close = close_store,
	.put = queue_sqlite_put,
	.lease = queue_sqlite_lease,
	.body_part = queue_sqlite_body_part,
	.progress = queue_sqlite_progress,
	.done = queue_sqlite_done,
	.retry_at = queue_sqlite_retry_at,
	.hold = queue_sqlite_hold,
	.dead = queue_sqlite_dead,
	.lane_pause = queue_sqlite_lane_pause,
	.lane_take = queue_sqlite_lane_take,
	.lane_wait = queue_sqlite_lane_wait,
	.holders = queue_sqlite_holders,
	.give_back = queue_sqlite_give_back,
	.suspects = queue_sqlite_suspects,
	.clean = queue_sqlite_clean,
	.list = queue_sqlite_list,
	.list_about = queue_sqlite_list_about,
	.get = queue_sqlite_get,
	.state = queue_sqlite_state,
	.set_whose = queue_sqlite_set_whose,
	.again = queue_sqlite_again,
	.cancel = queue_sqlite_cancel,
	.depth = queue_sqlite_depth,
	.state_set = queue_sqlite_state_set,
	.state_get = queue_sqlite_state_get,
};

/*
 * The writer thread: takes every operation that waits, runs them in one transaction, commits, and
 * only then lets their callers go on. With synchronous=FULL the COMMIT returns after the fdatasync
 * of the log, so a caller that was told "true" may tell the world. One slow disk thus costs all
 * waiting callers one sync together instead of one each. There are no savepoints (each would copy
 * every page that its operation touches): when an operation fails after its first change, which
 * hardly ever happens, all is rolled back, and each operation gets a transaction of its own.
 */
#include "queue/sqlite.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>

#define THREAD_STACK_BYTES ((size_t)512 * 1024)

struct queue_op {
	queue_op_fn *run;
	void *arg;
	struct err *e; /* the caller's */
	bool ok;
	sem_t done; /* a semaphore: whoever is woken has no lock to wait for */
	struct queue_op *next;
};

bool queue_thread_start(pthread_t *ret, void *(*main)(void *), void *arg, struct err *e)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(ret, &attr, main, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return rc == 0 ||
	       err_set(e, ERR_TEMPORARY, "cannot start a thread of the queue: %s", strerror(rc));
}

static bool run_simple(struct queue_db *db, enum queue_sql which, struct err *e)
{
	struct queue_run r = queue_run_start(db, which);

	return queue_run_end(&r, e);
}

static bool check_schema(struct queue_db *db, struct err *e)
{
	struct queue_run r = queue_run_start(db, QUEUE_SQL_SCHEMA_VERSION);
	int64_t version;

	if (!queue_run_number(&r, 0, &version, e))
		return false;
	if (version == QUEUE_SCHEMA_VERSION)
		return true;
	return err_set(e, ERR_INTERNAL,
		       "%s has schema %lld, this program knows %d: upgrade it, or restart it when "
		       "it was upgraded just now",
		       db->path, (long long)version, QUEUE_SCHEMA_VERSION);
}

static bool in_transaction(const struct queue_db *db)
{
	return !sqlite3_get_autocommit(db->db);
}

/* False: it failed and has changed something, or the disk failed: the group cannot go on. */
static bool run_op(struct queue_sqlite *s, struct queue_op *op, struct err *e)
{
	struct queue_db *db = &s->write_db;
	sqlite3_int64 before = sqlite3_total_changes64(db->db);

	op->ok = op->run(s, op->arg, op->e);
	if (op->ok || (op->e->kind != ERR_TEMPORARY && in_transaction(db) &&
		       sqlite3_total_changes64(db->db) == before))
		return true;
	*e = *op->e;
	return false;
}

static bool run_transaction(struct queue_sqlite *s, struct queue_op *group, struct err *e)
{
	struct queue_db *db = &s->write_db;
	int64_t booted_ms;

	if (!run_simple(db, QUEUE_SQL_BEGIN, e) || !check_schema(db, e) ||
	    !queue_clock_follow(s, &booted_ms, e))
		return false;
	for (struct queue_op *op = group; op; op = op->next) {
		if (!run_op(s, op, e))
			return false;
	}
	if (!run_simple(db, QUEUE_SQL_COMMIT, e))
		return false;
	atomic_store(&s->booted_ms, booted_ms);
	return true;
}

static bool try_group(struct queue_sqlite *s, struct queue_op *group, struct err *e)
{
	struct err ignored;

	if (run_transaction(s, group, e))
		return true;
	/* Should this fail too, BEGIN fails for the next group, and we are here again. */
	if (in_transaction(&s->write_db))
		(void)!run_simple(&s->write_db, QUEUE_SQL_ROLLBACK, &ignored);
	for (struct queue_op *op = group; op; op = op->next) {
		op->ok = false;
		*op->e = *e;
	}
	/* A full disk may have room again once the log can start anew. */
	queue_checkpointer_want(s);
	return false;
}

/* One operation's own fault must not harm its neighbours; the disk's is everybody's. */
static void run_group(struct queue_sqlite *s, struct queue_op *group)
{
	struct queue_op *next;
	struct err e;

	if (try_group(s, group, &e) || e.kind == ERR_TEMPORARY || !group->next)
		return;
	for (struct queue_op *op = group; op; op = next) {
		next = op->next;
		op->next = NULL;
		try_group(s, op, &e);
		op->next = next;
	}
}

static void finish_group(struct queue_op *group)
{
	struct queue_op *next;

	for (struct queue_op *op = group; op; op = next) {
		next = op->next;
		sem_post(&op->done); /* from here on it is the caller's again, who drops it */
	}
}

static void *writer_main(void *arg)
{
	struct queue_sqlite *s = arg;
	struct queue_writer *w = &s->writer;
	struct queue_op *group;

	pthread_mutex_lock(&w->lock);
	while (w->first || !w->stopping) {
		if (!w->first) {
			pthread_cond_wait(&w->work, &w->lock);
			continue;
		}
		group = w->first;
		w->first = NULL;
		w->last = &w->first;
		pthread_mutex_unlock(&w->lock);
		run_group(s, group);
		finish_group(group);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static int note_wal_size(void *arg, sqlite3 *db, const char *name, int n_pages)
{
	(void)db;
	(void)name;
	queue_checkpointer_grown(arg, n_pages);
	return SQLITE_OK;
}

bool queue_writer_start(struct queue_sqlite *s, struct err *e)
{
	struct queue_writer *w = &s->writer;

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	w->last = &w->first;
	sqlite3_wal_hook(s->write_db.db, note_wal_size, s);
	w->running = queue_thread_start(&w->thread, writer_main, s, e);
	return w->running;
}

void queue_writer_stop(struct queue_sqlite *s)
{
	struct queue_writer *w = &s->writer;

	if (!w->running)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	w->running = false;
}

bool queue_writer_run(struct queue_sqlite *s, queue_op_fn *run, void *arg, struct err *e)
{
	struct queue_writer *w = &s->writer;
	struct queue_op op = { .run = run, .arg = arg, .e = e };
	bool first;

	sem_init(&op.done, 0, 0);
	pthread_mutex_lock(&w->lock);
	first = w->first == NULL; /* else the writer is on its way */
	*w->last = &op;
	w->last = &op.next;
	pthread_mutex_unlock(&w->lock);
	if (first)
		pthread_cond_signal(&w->work);
	/* No deadline: the writer gives up by itself, on a lock after QUEUE_DB_PATIENCE_MS. */
	while (sem_wait(&op.done) != 0)
		; /* a signal */
	sem_destroy(&op.done);
	return op.ok;
}

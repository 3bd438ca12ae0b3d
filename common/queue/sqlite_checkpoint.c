/*
 * The checkpoint thread: moves the log (WAL) into the database, beside the writer and not in its
 * way. PASSIVE takes no lock that a writer waits for. TRUNCATE does, so it only follows a PASSIVE
 * that left it nothing to do but the cutting, and gives up at once when somebody is in the way.
 */
#include "queue/sqlite.h"

#define WAL_PAGES_BIG 16384 /* 64 MiB: without a pause in the traffic the log never starts anew */
#define TRUNCATE_PATIENCE_MS 20

static void checkpoint_once(struct queue_sqlite *s)
{
	sqlite3 *db = s->checkpoint_db.db;
	int n_pages = 0, n_moved = 0;

	/* A failure loses nothing: the pages stay in the log, and the next commit asks again. */
	if (sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &n_pages, &n_moved) !=
	    SQLITE_OK)
		return;
	if (n_pages > WAL_PAGES_BIG)
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static void *checkpointer_main(void *arg)
{
	struct queue_sqlite *s = arg;
	struct queue_checkpointer *c = &s->checkpointer;

	pthread_mutex_lock(&c->lock);
	while (!c->stopping) {
		if (!c->wanted) {
			pthread_cond_wait(&c->work, &c->lock);
			continue;
		}
		c->wanted = false;
		pthread_mutex_unlock(&c->lock);
		checkpoint_once(s);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

bool queue_checkpointer_start(struct queue_sqlite *s, struct err *e)
{
	struct queue_checkpointer *c = &s->checkpointer;

	s->checkpoint_db.patience_ms = TRUNCATE_PATIENCE_MS;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->work, NULL);
	c->running = queue_thread_start(&c->thread, checkpointer_main, s, e);
	return c->running;
}

void queue_checkpointer_stop(struct queue_sqlite *s)
{
	struct queue_checkpointer *c = &s->checkpointer;

	if (!c->running)
		return;
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->work);
	pthread_mutex_destroy(&c->lock);
	c->running = false;
}

void queue_checkpointer_want(struct queue_sqlite *s)
{
	struct queue_checkpointer *c = &s->checkpointer;

	pthread_mutex_lock(&c->lock);
	c->wanted = true;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
}

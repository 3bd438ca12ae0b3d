/*
 * The checkpoint thread: moves the log (WAL) into the database, beside the writer and not in its
 * way. PASSIVE takes no lock that a writer waits for, and where traffic pauses the log then starts
 * anew by itself. Else RESTART makes it: writers wait for that, so it only follows a PASSIVE that
 * left it little to move, and gives up at once when somebody is in the way. The file keeps its
 * size: a commit that need not make it longer costs about half.
 */
#include "queue/sqlite.h"

#define WAL_PAGES_LONG 2000
#define RESTART_PATIENCE_MS 20

static void checkpoint_once(struct queue_sqlite *s)
{
	sqlite3 *db = s->checkpoint_db.db;
	int n_pages = 0, n_moved = 0;

	/* A failure loses nothing: the pages stay in the log, and the next commit asks again. */
	if (sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &n_pages, &n_moved) !=
	    SQLITE_OK)
		return;
	if (n_pages > WAL_PAGES_LONG &&
	    sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL) == SQLITE_OK)
		n_moved = 0;
	pthread_mutex_lock(&s->checkpointer.lock);
	s->checkpointer.n_moved = n_moved;
	pthread_mutex_unlock(&s->checkpointer.lock);
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

	s->checkpoint_db.patience_ms = RESTART_PATIENCE_MS;
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

void queue_checkpointer_grown(struct queue_sqlite *s, int n_pages)
{
	struct queue_checkpointer *c = &s->checkpointer;

	pthread_mutex_lock(&c->lock);
	if (n_pages < c->n_moved)
		c->n_moved = 0; /* it has started anew */
	if (n_pages - c->n_moved > QUEUE_WAL_PAGES && !c->wanted) {
		c->wanted = true;
		pthread_cond_signal(&c->work);
	}
	pthread_mutex_unlock(&c->lock);
}

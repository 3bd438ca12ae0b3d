/*
 * Durable puts by several threads through common/queue, beside single INSERTs, each with its own
 * commit, into a plain SQLite database in the same folder (WAL, synchronous=FULL, as the queue).
 * The two take turns, so that a moody disk meets both. Prints one line of JSON.
 *
 *     puts FOLDER SECONDS ROUNDS THREADS
 */
#include <pthread.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bench.h"
#include "queue/queue.h"

#define THREADS_MAX 64
#define ROUNDS_MAX 32
#define BODY_BYTES 400 /* about what a slash command's job has */

struct bench {
	TALLOC_CTX *ctx;
	const char *folder;
	int64_t seconds, rounds, threads;
	struct queue *queue;
	sqlite3 *plain;
	char body[BODY_BYTES + 1];
	int64_t stop_us;
	atomic_llong number; /* makes keys */
};

struct putter {
	struct bench *bench;
	pthread_t thread;
	int64_t count;
};

static void open_queue(struct bench *b)
{
	const struct queue_options options = {
		.url = mem_printf(b->ctx, "sqlite:%s/queue.db", b->folder),
		.state_dir = b->folder,
		.max_bytes = INT64_C(2) << 30,
	};
	struct err e;

	if (!queue_open(b->ctx, &options, &b->queue, &e))
		die("%s", e.text);
}

static void plain_do(struct bench *b, const char *sql)
{
	if (sqlite3_exec(b->plain, sql, NULL, NULL, NULL) != SQLITE_OK)
		die("%s: %s", sql, sqlite3_errmsg(b->plain));
}

static void open_plain(struct bench *b)
{
	if (sqlite3_open(mem_printf(b->ctx, "%s/plain.db", b->folder), &b->plain) != SQLITE_OK)
		die("plain.db does not open");
	plain_do(b, "PRAGMA journal_mode = WAL");
	plain_do(b, "PRAGMA synchronous = FULL");
	plain_do(b, "CREATE TABLE jobs (id INTEGER PRIMARY KEY, kind TEXT, key TEXT, lane TEXT,"
		    " priority INTEGER, created_ms INTEGER, expires_ms INTEGER, body BLOB)");
}

static void *put_many(void *arg)
{
	struct putter *p = arg;
	struct bench *b = p->bench;
	struct err e;
	char key[64];

	while (bench_now_us() < b->stop_us) {
		(void)snprintf(key, sizeof(key), "%lld.bench", atomic_fetch_add(&b->number, 1));
		struct queue_put put = {
			.kind = "command",
			.keys = { key },
			.lane = "looker:bench",
			.priority = QUEUE_PRIORITY_COMMAND,
			.expires_ms = clock_now_ms() + 1800000,
			.body = b->body,
			.body_len = BODY_BYTES,
		};
		if (!queue_put(b->queue, &put, 1, NULL, &e))
			die("%s", e.text);
		p->count++;
	}
	return NULL;
}

/* Puts a second by that many threads. */
static double round_of_puts(struct bench *b, int64_t threads)
{
	struct putter putters[THREADS_MAX];
	int64_t begin_us = bench_now_us(), count = 0;

	b->stop_us = begin_us + b->seconds * 1000000;
	for (int64_t i = 0; i < threads; i++) {
		putters[i] = (struct putter){ .bench = b };
		if (pthread_create(&putters[i].thread, NULL, put_many, &putters[i]) != 0)
			die("threads");
	}
	for (int64_t i = 0; i < threads; i++) {
		pthread_join(putters[i].thread, NULL);
		count += putters[i].count;
	}
	return (double)count * 1e6 / (double)(bench_now_us() - begin_us);
}

static void insert(struct bench *b, sqlite3_stmt *statement)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "%lld.bench", atomic_fetch_add(&b->number, 1));
	sqlite3_bind_text(statement, 1, key, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, clock_now_ms());
	sqlite3_bind_blob(statement, 3, b->body, BODY_BYTES, SQLITE_STATIC);
	if (sqlite3_step(statement) != SQLITE_DONE)
		die("INSERT: %s", sqlite3_errmsg(b->plain));
	sqlite3_reset(statement);
}

static double round_of_inserts(struct bench *b)
{
	int64_t begin_us = bench_now_us(), count = 0;
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(b->plain,
			       "INSERT INTO jobs (kind, key, lane, priority, created_ms,"
			       " expires_ms, body) VALUES ('command', ?1, 'looker:bench', 1, ?2,"
			       " ?2 + 1800000, ?3)",
			       -1, &statement, NULL) != SQLITE_OK)
		die("INSERT: %s", sqlite3_errmsg(b->plain));
	for (; bench_now_us() < begin_us + b->seconds * 1000000; count++)
		insert(b, statement);
	sqlite3_finalize(statement);
	return (double)count * 1e6 / (double)(bench_now_us() - begin_us);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, int64_t n)
{
	qsort(values, (size_t)n, sizeof(*values), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void measure(struct bench *b)
{
	double puts[ROUNDS_MAX], alone[ROUNDS_MAX], inserts[ROUNDS_MAX], ratios[ROUNDS_MAX];

	for (int64_t i = 0; i < b->rounds; i++) {
		inserts[i] = round_of_inserts(b);
		puts[i] = round_of_puts(b, b->threads);
		alone[i] = round_of_puts(b, 1);
		ratios[i] = puts[i] / inserts[i];
	}
	double ratio = median(ratios, b->rounds);
	(void)printf("{\"puts_per_s\":%.0f,\"one_thread_per_s\":%.0f,\"inserts_per_s\":%.0f,"
		     "\"ratio\":%.3f,\"ratio_least\":%.3f,\"ratio_most\":%.3f}\n",
		     median(puts, b->rounds), median(alone, b->rounds), median(inserts, b->rounds),
		     ratio, ratios[0], ratios[b->rounds - 1]);
}

int main(int argc, char **argv)
{
	struct bench b = { .ctx = mem_ctx(NULL) };

	if (argc != 5 || sodium_init() < 0)
		die("usage: puts FOLDER SECONDS ROUNDS THREADS");
	b.folder = argv[1];
	b.seconds = strtol(argv[2], NULL, 10);
	b.rounds = strtol(argv[3], NULL, 10);
	b.threads = strtol(argv[4], NULL, 10);
	if (b.seconds < 1 || b.rounds < 1 || b.rounds > ROUNDS_MAX || b.threads < 1 ||
	    b.threads > THREADS_MAX)
		die("a number is out of range");
	memset(b.body, 'x', BODY_BYTES);
	atomic_init(&b.number, 1);
	open_queue(&b);
	open_plain(&b);
	measure(&b);
	sqlite3_close(b.plain);
	queue_close(b.queue);
	talloc_free(b.ctx);
	return 0;
}

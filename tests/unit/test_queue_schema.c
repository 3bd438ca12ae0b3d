/* Older databases: what they hold lives on in today's schema. */
#include "test_queue.h"

#include <sys/wait.h>

#include "queue/sqlite_sql.h"

/* As a bot of the first version left it: a job that waits, one that its process held when it ended,
 * one that was done, a dead one; bodies in parts. */
static const char version_1[] =
	"INSERT INTO jobs (id, kind, lane, priority, state, created_ms, not_before_ms, expires_ms,"
	" ended_ms, attempts, owner, reason, body_bytes) VALUES"
	" (11, 'command', 'two:a', 1, 0, 1, 1, 9999999999999, NULL, 2, NULL, 'later', 100),"
	" (12, 'command', 'two:a', 1, 1, 2, 2, 9999999999999, NULL, 1,"
	"  '0123456789abcdef0123456789abcdef', NULL, 5),"
	" (13, 'command', '', 1, 2, 3, 3, 9999999999999, 9999999999999, 1, NULL, NULL, 0),"
	" (14, 'command', '', 1, 3, 4, 4, 9999999999999, 9999999999999, 1, NULL, 'why', 4);"
	"INSERT INTO parts VALUES (11 * 4096, CAST(substr(hex(zeroblob(40)), 1, 60) AS BLOB)),"
	" (11 * 4096 + 1, CAST(substr(hex(zeroblob(40)), 1, 40) AS BLOB)),"
	" (12 * 4096, CAST('hello' AS BLOB)), (14 * 4096, CAST('dead' AS BLOB));"
	"INSERT INTO progress VALUES (11, CAST('half way' AS BLOB));"
	"INSERT INTO keys VALUES ('command', 'known', 9999999999999);"
	"INSERT INTO lanes (name, pending, in_flight, max_in_flight, gap_ms) VALUES"
	" ('two:a', 1, 1, 2, 0);"
	"INSERT INTO heads VALUES (0, 'two:a', 1, 1, 11);";

static int setup(void **state)
{
	struct test_queue *t;
	sqlite3 *db = NULL;

	if (test_queue_setup_dir(state) != 0)
		return -1;
	t = *state;
	if (sqlite3_open(t->db, &db) != SQLITE_OK ||
	    sqlite3_exec(db, queue_sql_migrations[0], NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(db, version_1, NULL, NULL, NULL) != SQLITE_OK)
		return -1;
	return sqlite3_close(db);
}

static void test_jobs_survive(void **state)
{
	struct test_queue *t = *state;
	struct queue_job *waited, *held;
	int64_t suspects;
	struct err e;

	assert_int_equal(test_number(t, "PRAGMA user_version"), 1);
	assert_ok(test_queue_open(t, &t->q, &e), e);
	assert_int_equal(test_number(t, "PRAGMA user_version"), QUEUE_SCHEMA_VERSION);
	test_check_lanes(t);
	assert_ok(queue_recover(t->q, &suspects, &e), e);

	waited = test_lease(t, t->q);
	assert_non_null(waited);
	assert_int_equal(waited->id, 11);
	assert_int_equal(waited->attempts, 3);
	assert_string_equal(waited->reason, "later");
	assert_string_equal(waited->progress, "half way");
	assert_int_equal(waited->body_len, 100);
	assert_int_equal(strspn(waited->body, "0"), 100);
	held = test_lease(t, t->q);
	assert_non_null(held);
	assert_int_equal(held->id, 12);
	assert_int_equal(held->deaths, 1);
	assert_string_equal(held->body, "hello");
	assert_null(test_lease(t, t->q));
	assert_ok(queue_done(t->q, 11, &e), e);
	assert_ok(queue_done(t->q, 12, &e), e);
	assert_int_equal(test_number(t, "SELECT sum(id) FROM parts"), 14 * 4096);
	test_check_lanes(t);
}

static void test_what_is_known_stays_known(void **state)
{
	struct test_queue *t = *state;
	struct queue_put put = test_job("two:a", "x");
	struct queue_job *dead;
	int64_t id;
	struct err e;
	size_t n;

	assert_ok(test_queue_open(t, &t->q, &e), e);
	put.keys[0] = "known";
	assert_ok(queue_put(t->q, &put, 1, &id, &e), e);
	assert_int_equal(id, 0);
	put.keys[0] = "new";
	assert_ok(queue_put(t->q, &put, 1, &id, &e), e);
	assert_int_equal(id, 15);
	assert_ok(queue_list(t->q, t->ctx, QUEUE_DEAD, 10, &dead, &n, &e), e);
	assert_int_equal(n, 1);
	assert_string_equal(dead[0].reason, "why");
	assert_int_equal(dead[0].body_len, 4);
	test_check_lanes(t);
}

/* A process that died while it migrated, with pages in the log that nobody has committed. */
static void test_a_death_in_the_middle(void **state)
{
	struct test_queue *t = *state;
	struct err e;
	int status;

	pid_t pid = fork();
	if (pid == 0) {
		sqlite3 *db = NULL;

		CHILD_CHECK(sqlite3_open(t->db, &db) == SQLITE_OK);
		for (size_t i = 0; i < QUEUE_SCHEMA_VERSION; i++) {
			const char *sql =
				i > 0 ? queue_sql_migrations[i]
				      : "PRAGMA journal_mode = WAL; PRAGMA cache_size = 1;"
					"BEGIN IMMEDIATE";
			CHILD_CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(test_number(t, "PRAGMA user_version"), 1);
	test_jobs_survive(state);
	assert_ok(queue_clean(t->q, &e), e);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, test_queue_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_jobs_survive),
		CASE(test_what_is_known_stays_known),
		CASE(test_a_death_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

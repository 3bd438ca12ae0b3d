/* Buttons' keys: what is stored comes back, and nothing else does. */
#include "test_queue.h"

#include "base/json.h"
#include "bot/keys.h"

static bool get(struct test_queue *t, const char *key, struct key_meaning *ret, struct err *e)
{
	struct bot bot = { .queue = t->q };

	return keys_get(t, &bot, key, ret, e);
}

static const char *put(struct test_queue *t, const struct key_meaning *meaning)
{
	struct bot bot = { .queue = t->q };
	const char *key = NULL;
	struct err e;

	assert_ok(keys_put(t, &bot, meaning, &key, &e), e);
	return key;
}

static void test_round_trip(void **state)
{
	struct test_queue *t = *state;
	struct json_object *body = json_new_object(t);
	struct key_meaning got;
	struct err e;

	json_set_str(body, "text", "sales “EMEA”");
	const char *key = put(t, &(struct key_meaning){ "share", "U1", body });
	assert_int_equal(strlen(key), 32);
	assert_int_equal(strspn(key, "0123456789abcdef"), 32);
	assert_ok(get(t, key, &got, &e), e);
	assert_string_equal(got.kind, "share");
	assert_string_equal(got.owner, "U1");
	assert_string_equal(json_str(got.body, "text"), "sales “EMEA”");
	const char *other = put(t, &(struct key_meaning){ "again", NULL, NULL });
	assert_string_not_equal(key, other);
	assert_ok(get(t, other, &got, &e), e);
	assert_string_equal(got.kind, "again");
	assert_null(got.owner);
	assert_null(got.body);
}

static void test_unknown(void **state)
{
	static const char *const keys[] = {
		"",
		"x",
		"0123456789abcdef0123456789abcdef",
		"0123456789ABCDEF0123456789ABCDEF",
		"../../../../../../../../../../..",
		"0123456789abcdef0123456789abcde ",
	};
	struct test_queue *t = *state;
	struct key_meaning got;
	struct err e;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		e.kind = ERR_NONE;
		assert_false(get(t, keys[i], &got, &e));
		assert_int_equal(e.kind, ERR_NOT_FOUND);
	}
	/* Other things in the state table cannot be asked for. */
	assert_ok(queue_state_set(t->q, "key:short", "{}", 2, TEST_EXPIRES_MS, &e), e);
	assert_false(get(t, "short", &got, &e));
}

static void test_expired(void **state)
{
	struct test_queue *t = *state;
	const char *key = put(t, &(struct key_meaning){ "again", NULL, NULL });
	struct key_meaning got;
	sqlite3 *db;
	struct err e;

	assert_int_equal(sqlite3_open(t->db, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, TEST_LONG_MS);
	/* 30 days, give or take an hour. */
	char *sql = mem_printf(t,
			       "UPDATE states SET expires_ms = expires_ms - 2592000000 WHERE key ="
			       " 'key:%s' AND abs(expires_ms - %lld - 2592000000) < 3600000",
			       key, (long long)clock_now_ms());
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_changes(db), 1);
	sqlite3_close(db);
	while (get(t, key, &got, &e)) /* the last milliseconds */
		;
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, test_queue_setup,
						test_queue_teardown),
		cmocka_unit_test_setup_teardown(test_unknown, test_queue_setup,
						test_queue_teardown),
		cmocka_unit_test_setup_teardown(test_expired, test_queue_setup,
						test_queue_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* All rows as a file: what is asked, what is counted, and which answers are no data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <unistd.h>

#include "base/mem.h"
#include "looker/download.h"
#include "net/http.h"
#include "test_looker_folder.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RUN "/api/4.0/queries/"

static const struct looker_fake_path paths[] = {
	{ "GET", RUN "7/run/csv?limit=-1&apply_formatting=false&apply_vis=true", 200, "text/csv",
	  "Region,Sum\nEMEA,1\n=x,2\n", 0 },
	{ "GET", RUN "8/run/csv?limit=10&apply_formatting=false&apply_vis=false", 200, "text/plain",
	  "Region\n", 0 },
	{ "GET", RUN "appended/", 200, "text/csv",
	  "Region,Sum\nEMEA,1\nSQL Error: the connection was closed\n", 0 },
	{ "GET", RUN "appended-commas/", 200, "text/csv",
	  "Region,Sum\nEMEA,1\nError: one, two, three\n", 0 },
	{ "GET", RUN "only/", 200, "text/plain", "SQL Error: no such table", 0 },
	{ "GET", RUN "one-column/", 200, "text/csv", "Note\nfine\nSQL Error: gone\n", 0 },
	{ "GET", RUN "heading/", 200, "text/csv", "Errors Count\n", 0 },
	{ "GET", RUN "value/", 200, "text/csv", "Note\nError: said the user\nfine\n", 0 },
	{ "GET", RUN "ragged/", 200, "text/csv", "a,b,c\n1,2\n3,4,5\n", 0 },
	{ "GET", RUN "half/", 200, "text/csv", "a,b\n1,\"2", 0 },
	{ "GET", RUN "broken/", 200, "text/csv", "a,b\n1,2\n", 10 },
	{ "GET", RUN "nothing/", 200, "text/csv", "", 0 },
	{ "GET", RUN "json/", 200, "application/json", "{\"message\":\"no\"}", 0 },
	{ "GET", RUN "page/", 200, "text/html", "<h1>login</h1>", 0 },
	{ "GET", RUN "refused/", 400, NULL, "{\"message\":\"cannot download all\"}", 0 },
	{ "GET", RUN "hidden/", 404, NULL, "{\"message\":\"Not found\"}", 0 },
};

static int set_up(void **state)
{
	(void)state;
	start_with_folder(paths, COUNT(paths));
	return 0;
}

static bool download(struct looker_wanted wanted, struct looker_download *ret, struct err *e)
{
	wanted.dir = wanted.dir ? wanted.dir : dir;
	return looker_download(fake.ctx, fake.lk, looker_fake_deadline(), &wanted, ret, e);
}

static void expect_file(const struct looker_download *d, uint64_t rows, const char *text)
{
	char got[256];
	ssize_t n = pread(d->file->fd, got, sizeof(got) - 1, 0);

	assert_int_equal(n, d->file->bytes);
	got[n] = '\0';
	assert_string_equal(got, text);
	assert_int_equal(d->rows, rows);
}

static void test_rows(void **state)
{
	struct looker_download d;
	struct err e;

	(void)state;
	assert_true(download(
		(struct looker_wanted){ .query_id = "7", .limit = -1, .as_shown = true }, &d, &e));
	expect_file(&d, 2, "Region,Sum\nEMEA,1\n'=x,2\n");
	assert_true(download((struct looker_wanted){ .query_id = "8", .limit = 10 }, &d, &e));
	expect_file(&d, 0, "Region\n");
	assert_true(download((struct looker_wanted){ .query_id = "heading" }, &d, &e));
	assert_true(download((struct looker_wanted){ .query_id = "value" }, &d, &e));
	expect_file(&d, 2, "Note\nError: said the user\nfine\n");
	assert_true(download((struct looker_wanted){ .query_id = "ragged" }, &d, &e));
}

static void test_no_data(void **state)
{
	static const struct {
		const char *id, *words;
		enum err_kind kind;
	} cases[] = {
		{ "appended", "SQL Error: the connection was closed", ERR_BAD_INPUT },
		{ "appended-commas", "Error: one, two, three", ERR_BAD_INPUT },
		{ "only", "SQL Error: no such table", ERR_BAD_INPUT },
		{ "one-column", "SQL Error: gone", ERR_BAD_INPUT },
		{ "half", "within a row", ERR_TEMPORARY },
		{ "broken", "broke", ERR_TEMPORARY },
		{ "nothing", "empty", ERR_BAD_REPLY },
		{ "json", "application/json", ERR_BAD_REPLY },
		{ "page", "text/html", ERR_BAD_REPLY },
		{ "refused", "cannot download all", ERR_BAD_INPUT },
		{ "hidden", "not found", ERR_NOT_FOUND },
	};
	struct looker_download d;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_false(download((struct looker_wanted){ .query_id = cases[i].id }, &d, &e));
		assert_int_equal(e.kind, cases[i].kind);
		assert_non_null(strstr(e.text, cases[i].words));
	}
}

static void test_stop(void **state)
{
	struct looker_download d;
	atomic_bool stop = true;
	struct err e;

	(void)state;
	assert_false(
		download((struct looker_wanted){ .query_id = "value", .stop = &stop }, &d, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
}

static void test_no_disk(void **state)
{
	struct looker_download d;
	struct err e;
	int before = atomic_load(&fake.calls);

	(void)state;
	assert_false(
		download((struct looker_wanted){ .query_id = "value", .dir = "/nowhere" }, &d, &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_non_null(strstr(e.text, "/nowhere"));
	assert_int_equal(atomic_load(&fake.calls), before);
}

static void test_too_large(void **state)
{
	struct spool *s;
	struct err e;

	(void)state;
	assert_true(spool_open(fake.ctx, dir, 5, &s, &e));
	assert_true(spool_write(s, "123", 3, &e));
	assert_false(spool_write(s, "456", 3, &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	assert_true(spool_write(s, "45", 2, &e));
	assert_int_equal(s->bytes, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rows),    TEST(test_no_data),	  TEST(test_stop),
		TEST(test_no_disk), TEST(test_too_large),
	};

	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

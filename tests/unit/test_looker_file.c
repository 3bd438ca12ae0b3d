/* Spreadsheets and PDFs: what is asked, what waits, and what is no such file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "looker/file.h"
#include "net/http.h"
#include "test_looker_folder.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RUN "/api/4.0/queries/"
#define TASK "/api/4.0/render_tasks/"
#define XLSX "PK\3\4rows.......PK\5\6end"
#define PDF "%PDF-1.7\nobj\ntrailer\n%%EOF\n"

static const struct looker_fake_path paths[] = {
	{ "GET", RUN "7/run/xlsx?limit=-1&apply_formatting=false&apply_vis=true", 200, NULL, XLSX,
	  0 },
	{ "GET", RUN "8/run/xlsx?limit=10&apply_formatting=false&apply_vis=false", 200, NULL, XLSX,
	  0 },
	{ "GET", RUN "empty/", 200, NULL, "", 0 },
	{ "GET", RUN "words/", 200, "text/plain", "no such thing here", 0 },
	{ "GET", RUN "half/", 200, NULL, "PK\3\4rows.......", 0 },
	{ "GET", RUN "lost/", 200, NULL, XLSX, 10 },
	{ "GET", RUN "later/", 202, NULL, "", 0 },
	{ "GET", RUN "refused/", 400, NULL, "{\"message\":\"cannot download\"}", 0 },
	{ "GET", TASK "done/results", 200, "application/pdf", PDF, 0 },
	{ "GET", TASK "waits/results", 202, NULL, "", 0 },
	{ "GET", TASK "half/results", 200, "application/pdf", "%PDF-1.7\nobj", 0 },
	{ "GET", TASK "page/results", 200, "text/html", "<h1>log in</h1>", 0 },
};

static int set_up(void **state)
{
	(void)state;
	start_with_folder(paths, COUNT(paths));
	return 0;
}

static bool xlsx(const char *id, int64_t limit, const atomic_bool *stop, struct spool **ret,
		 struct err *e)
{
	struct looker_wanted wanted = {
		.query_id = id, .limit = limit, .as_shown = limit < 0, .dir = dir, .stop = stop
	};

	return looker_file_xlsx(fake.ctx, fake.lk, looker_fake_deadline(), &wanted, ret, e);
}

static void assert_holds(const struct spool *file, const char *data, size_t len)
{
	char buf[256];

	assert_int_equal(file->bytes, len);
	assert_int_equal(pread(file->fd, buf, sizeof(buf), 0), len);
	assert_memory_equal(buf, data, len);
}

static void test_spreadsheets(void **state)
{
	static const struct {
		const char *id;
		enum err_kind kind;
		const char *text;
	} cases[] = {
		{ "empty", ERR_BAD_REPLY, "no spreadsheet (it is empty)" },
		{ "words", ERR_BAD_REPLY, "no spreadsheet (it is something else)" },
		{ "half", ERR_BAD_REPLY, "no spreadsheet (it is cut off)" },
		{ "lost", ERR_TEMPORARY, "" },
		{ "later", ERR_TEMPORARY, "is not done with the spreadsheet" },
		{ "refused", ERR_BAD_INPUT, "cannot download" },
		{ "gone", ERR_NOT_FOUND, "not found" },
	};
	struct spool *file = NULL;
	struct err e;

	(void)state;
	assert_true(xlsx("7", -1, NULL, &file, &e));
	assert_holds(file, XLSX, sizeof(XLSX) - 1);
	assert_true(xlsx("8", 10, NULL, &file, &e));
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_false(xlsx(cases[i].id, -1, NULL, &file, &e));
		if (e.kind != cases[i].kind || !strstr(e.text, cases[i].text))
			fail_msg("%s: %d, %s", cases[i].id, e.kind, e.text);
	}
}

static void test_stopped(void **state)
{
	const atomic_bool stop = true;
	struct spool *file;
	struct err e;

	(void)state;
	assert_false(xlsx("7", -1, &stop, &file, &e));
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_string_equal(e.text, "the bot is being stopped");
}

static bool pdf(const char *task, struct spool **ret, int64_t *ret_wait_ms, struct err *e)
{
	return looker_file_pdf(fake.ctx, fake.lk, looker_fake_deadline(), task, dir, NULL, ret,
			       ret_wait_ms, e);
}

static void test_pdfs(void **state)
{
	struct spool *file = NULL;
	int64_t wait_ms = 0;
	struct err e;

	(void)state;
	assert_true(pdf("done", &file, &wait_ms, &e));
	assert_holds(file, PDF, sizeof(PDF) - 1);
	assert_true(pdf("waits", &file, &wait_ms, &e));
	assert_null(file);
	assert_int_equal(wait_ms, -1);
	assert_false(pdf("half", &file, &wait_ms, &e));
	assert_non_null(strstr(e.text, "no PDF (it is cut off)"));
	assert_false(pdf("page", &file, &wait_ms, &e));
	assert_int_equal(e.kind, ERR_BAD_REPLY);
	assert_false(pdf("gone", &file, &wait_ms, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

/* What ends a file may stand before a comment; no file is too short to be looked at. */
static void test_faults(void **state)
{
	char data[70000];
	int fd = memfd_create("file", MFD_CLOEXEC);

	(void)state;
	memset(data, '.', sizeof(data));
	memcpy(data, "PK\3\4", 4);
	memcpy(data + sizeof(data) - 60000, "PK\5\6", 4);
	assert_int_equal(write(fd, data, sizeof(data)), sizeof(data));
	assert_null(looker_file_xlsx_fault(fd, sizeof(data)));
	assert_string_equal(looker_file_xlsx_fault(fd, sizeof(data) - 60000), "it is cut off");
	assert_string_equal(looker_file_pdf_fault(fd, sizeof(data)), "it is something else");
	for (size_t len = 0; len < 16; len++) {
		assert_non_null(looker_file_xlsx_fault(fd, len));
		assert_non_null(looker_file_pdf_fault(fd, len));
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_spreadsheets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stopped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pdfs, set_up, tear_down),
		cmocka_unit_test(test_faults),
	};

	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

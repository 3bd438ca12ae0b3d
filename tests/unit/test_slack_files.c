/* Uploads: what is sent where, to whom never, and what each refusal means. */
#include "slack/files.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "slack/channels.h"
#include "test_slack_api.h"

static const char *const ok_hosts[] = {
	"https://files.slack.com/upload/v1/abc",
	"https://slack.com/upload",
	"https://files.slack-gov.com/upload/v1/abc",
	"https://gov.example/up", /* the API's own host, on any port */
	"https://gov.example:444/up",
};

static const char *const bad_hosts[] = {
	"http://files.slack.com/upload/v1/abc", /* not encrypted */
	"https://files.slack.com.evil.example/upload",
	"https://evilslack.com/upload",
	"https://evil.example/?files.slack.com",
	"https://files.slack.com@evil.example/",
	"http://gov.example/up",
	"http://127.0.0.1/up",
	"ftp://files.slack.com/up",
	"wss://files.slack.com/up",
	"",
};

static void test_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ok_hosts) / sizeof(ok_hosts[0]); i++)
		assert_true(slack_files_host_ok(ok_hosts[i], "https://gov.example/api/"));
	for (size_t i = 0; i < sizeof(bad_hosts) / sizeof(bad_hosts[0]); i++)
		assert_false(slack_files_host_ok(bad_hosts[i], "https://gov.example/api/"));
	assert_true(slack_files_host_ok("http://127.0.0.1:9/u", "http://127.0.0.1:8/api/"));
	assert_false(slack_files_host_ok("http://192.0.2.1/u", "http://192.0.2.1/api/"));
}

static bool begin(struct fixture *f, struct slack_upload *ret)
{
	return slack_files_begin(f->ctx, f->api, f->deadline_ms, "a & b.csv", 12, ret, &f->outcome,
				 &f->e);
}

static void test_begin(void **state)
{
	struct fixture *f = *state;
	struct slack_upload up;

	answer(f,
	       http(f->ctx, JSON_200,
		    "{\"ok\":true,\"upload_url\":\"https://files.slack.com/u/1\",\"file_id\":"
		    "\"F1\"}"),
	       NULL);
	assert_true(begin(f, &up));
	assert_string_equal(up.url, "https://files.slack.com/u/1");
	assert_string_equal(up.file_id, "F1");
	assert_non_null(strstr(f->s->last, "POST /api/files.getUploadURLExternal "));
	assert_non_null(strstr(f->s->last, "x-www-form-urlencoded"));
	assert_string_equal(form_get(sent_form(f), "filename"), "a & b.csv");
	assert_string_equal(form_get(sent_form(f), "length"), "12");
	answer(f, http(f->ctx, JSON_200, "{\"ok\":true,\"file_id\":\"F1\"}"), NULL);
	assert_false(begin(f, &up));
	assert_int_equal(f->e.kind, ERR_BAD_REPLY);
	answer(f, "", NULL); /* nothing is there that anybody could see */
	assert_false(begin(f, &up));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *code, *words;
		enum err_kind kind;
	} cases[] = {
		{ "file_uploads_disabled", "A workspace admin", ERR_FORBIDDEN },
		{ "file_type_not_allowed", "A workspace admin", ERR_FORBIDDEN },
		{ "file_upload_size_restricted", "A workspace admin", ERR_FORBIDDEN },
		{ "storage_limit_reached", "file storage is full", ERR_FORBIDDEN },
		{ "missing_scope\",\"needed\":\"files:write", "files:write", ERR_FORBIDDEN },
		{ "ratelimited", "slow down", ERR_RATE_LIMITED },
		{ "internal_error", "trouble", ERR_TEMPORARY },
	};
	struct fixture *f = *state;
	struct slack_upload up;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		answer(f,
		       http(f->ctx, JSON_200,
			    mem_printf(f->ctx, "{\"ok\":false,\"error\":\"%s\"}", cases[i].code)),
		       NULL);
		assert_false(begin(f, &up));
		assert_int_equal(f->e.kind, cases[i].kind);
		assert_non_null(strstr(f->e.text, cases[i].words));
	}
}

static int file_of(const char *text)
{
	char path[] = "/tmp/lookerbot-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static bool send_file(struct fixture *f, const char *url, int fd)
{
	return slack_files_send(f->ctx, f->api, f->deadline_ms, url, fd, 7, &f->e);
}

static void test_send(void **state)
{
	struct fixture *f = *state;
	const char *url = mem_printf(f->ctx, "http://127.0.0.1:%d/upload/v1/TICKET", f->s->port);
	int fd = file_of("a,b\n1,2");

	answer(f, http(f->ctx, "200 OK", "OK - 7"), NULL);
	assert_true(send_file(f, url, fd));
	assert_non_null(strstr(f->s->last, "POST /upload/v1/TICKET HTTP/1.1\r\n"));
	assert_non_null(strstr(f->s->last, "Content-Type: application/octet-stream\r\n"));
	assert_non_null(strstr(f->s->last, "\r\n\r\na,b\n1,2"));
	assert_null(strcasestr(f->s->last, "authorization"));
	assert_null(strstr(f->s->last, TOKEN));
	static const char *const failures[] = { "400 Bad Request", "404 Not Found", "503 Busy" };
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		answer(f, http(f->ctx, failures[i], "see /upload/v1/TICKET"), NULL);
		assert_false(send_file(f, url, fd));
		assert_int_equal(f->e.kind, ERR_TEMPORARY);
		assert_null(strstr(f->e.text, "TICKET"));
	}
	answer(f, "", NULL);
	assert_false(send_file(f, url, fd));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	int before = server_requests(f->s);
	assert_false(send_file(f, "https://evil.example/upload", fd));
	assert_int_equal(f->e.kind, ERR_BAD_REPLY);
	assert_int_equal(server_requests(f->s), before);
	close(fd);
}

static bool complete(struct fixture *f)
{
	struct slack_share share = {
		.file_id = "F1",
		.title = "A \"b\"",
		.channel_id = "C1",
		.thread_ts = "1.2",
		.comment = "3 rows",
	};

	return slack_files_complete(f->ctx, f->api, f->deadline_ms, &share, &f->outcome, &f->e);
}

static void test_complete(void **state)
{
	struct fixture *f = *state;

	answer(f, http(f->ctx, JSON_200, "{\"ok\":true,\"files\":[{\"id\":\"F1\"}]}"), NULL);
	assert_true(complete(f));
	struct form *form = sent_form(f);
	assert_string_equal(form_get(form, "files"), "[{\"id\":\"F1\",\"title\":\"A \\\"b\\\"\"}]");
	assert_string_equal(form_get(form, "channel_id"), "C1");
	assert_string_equal(form_get(form, "thread_ts"), "1.2");
	assert_string_equal(form_get(form, "initial_comment"), "3 rows");
	answer(f, "", NULL); /* it may be there */
	assert_false(complete(f));
	assert_int_equal(f->e.kind, ERR_UNKNOWN);
	answer(f, http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"not_in_channel\"}"), NULL);
	assert_false(complete(f));
	assert_int_equal(f->outcome.remedy, SLACK_REMEDY_HOOK);
	answer(f, http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"file_not_found\"}"), NULL);
	assert_false(complete(f));
	assert_int_equal(f->e.kind, ERR_NOT_FOUND);
	assert_string_equal(f->outcome.code, "file_not_found");
}

static void test_shared(void **state)
{
	static const struct {
		const char *shares;
		bool shared;
	} cases[] = {
		{ "\"shares\":{}", false },
		{ "\"mimetype\":\"\"", false },
		{ "\"shares\":{\"public\":{},\"private\":{}}", false },
		{ "\"shares\":{\"public\":{\"C1\":[{\"ts\":\"1.2\"}]}}", true },
		{ "\"shares\":{\"private\":{\"D1\":[{\"ts\":\"1.2\"}]}}", true },
	};
	struct fixture *f = *state;
	bool shared;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		answer(f,
		       http(f->ctx, JSON_200,
			    mem_printf(f->ctx, "{\"ok\":true,\"file\":{\"id\":\"F1\",%s}}",
				       cases[i].shares)),
		       NULL);
		shared = !cases[i].shared;
		assert_true(
			slack_files_shared(f->ctx, f->api, f->deadline_ms, "F1", &shared, &f->e));
		assert_int_equal(shared, cases[i].shared);
	}
	answer(f, http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"file_not_found\"}"), NULL);
	assert_false(slack_files_shared(f->ctx, f->api, f->deadline_ms, "F1", &shared, &f->e));
	assert_int_equal(f->e.kind, ERR_NOT_FOUND);
}

static void test_open_and_join(void **state)
{
	struct fixture *f = *state;
	const char *id;

	answer(f, http(f->ctx, JSON_200, "{\"ok\":true,\"channel\":{\"id\":\"D1\"}}"), NULL);
	assert_true(slack_channels_open(f->ctx, f->api, f->deadline_ms, "U1", &id, &f->e));
	assert_string_equal(id, "D1");
	assert_string_equal(form_get(sent_form(f), "users"), "U1");
	answer(f,
	       http(f->ctx, JSON_200,
		    "{\"ok\":true,\"warning\":\"already_in_channel\",\"channel\":{\"id\":\"C1\"}}"),
	       NULL);
	assert_true(slack_channels_join(f->ctx, f->api, f->deadline_ms, "C1", &f->e));
	assert_string_equal(form_get(sent_form(f), "channel"), "C1");
	answer(f, http(f->ctx, JSON_200, "{\"ok\":true}"), NULL);
	assert_false(slack_channels_open(f->ctx, f->api, f->deadline_ms, "U1", &id, &f->e));
	assert_int_equal(f->e.kind, ERR_BAD_REPLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hosts),    TEST(test_begin),	TEST(test_refusals),	  TEST(test_send),
		TEST(test_complete), TEST(test_shared), TEST(test_open_and_join),
	};

	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

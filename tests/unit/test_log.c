/* log.c: the form of a line, escaping, hidden secrets, one write a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CAPTURE_BYTES 65536

static char captured[CAPTURE_BYTES];
static int pipe_fds[2], saved_stderr;

/* From here to capture_end what goes to standard error lands in `captured`. */
static void capture_begin(void)
{
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	assert_true(fcntl(pipe_fds[0], F_SETPIPE_SZ, CAPTURE_BYTES) > 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(pipe_fds[1], STDERR_FILENO);
}

static const char *capture_end(void)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(pipe_fds[1]);
	size_t len = 0;
	ssize_t n;
	while ((n = read(pipe_fds[0], captured + len, sizeof(captured) - 1 - len)) > 0)
		len += (size_t)n;
	captured[len] = '\0';
	close(pipe_fds[0]);
	return captured;
}

/* ts=2026-11-24T07:42:11.123Z */
static void assert_time(const char *line)
{
	static const char form[] = "ts=dddd-dd-ddTdd:dd:dd.dddZ ";
	for (size_t i = 0; form[i]; i++) {
		if (form[i] == 'd')
			assert_true(isdigit((unsigned char)line[i]));
		else
			assert_true(line[i] == form[i]);
	}
}

static void test_line(void **state)
{
	(void)state;
	log_init("test", false);
	capture_begin();
	log_info("job_done", LOG_I("job", -7), LOG_S("kind", "command"), LOG_S("none", NULL));
	log_debug("hidden", LOG_I("n", 1));
	const char *line = capture_end();
	assert_time(line);
	assert_string_equal(line + 28, "level=info program=test event=job_done job=-7 kind=command"
				       " none=\"\"\n");
}

static void test_levels(void **state)
{
	(void)state;
	log_init("test", true);
	capture_begin();
	log_error("e", LOG_I("n", 1));
	log_warning("w", LOG_I("n", 1));
	log_debug("d", LOG_I("n", 1));
	const char *text = capture_end();
	assert_non_null(strstr(text, "level=error program=test event=e n=1\n"));
	assert_non_null(strstr(text, "level=warning program=test event=w n=1\n"));
	assert_non_null(strstr(text, "level=debug program=test event=d n=1\n"));
	log_init("test", false);
}

static void test_values(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain-1.2/x:y", "v=plain-1.2/x:y" },
		{ "two words", "v=\"two words\"" },
		{ "a=b", "v=\"a=b\"" },
		{ "say \"hi\" \\", "v=\"say \\\"hi\\\" \\\\\"" },
		{ "line\nbreak\r\ttab", "v=\"line\\nbreak\\r\\ttab\"" },
		{ "\x1b[31mred\x7f", "v=\"\\x1b[31mred\\x7f\"" },
		{ "bad \xFF\xC3 end\xE2\x82", "v=\"bad \\xff\\xc3 end\\xe2\\x82\"" },
		{ "c1 \xC2\x9B", "v=\"c1 \\xc2\\x9b\"" },
		{ "grün €", "v=\"grün €\"" },
		{ "forged\nts=2026 level=error", "v=\"forged\\nts=2026 level=error\"" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		capture_begin();
		log_info("t", LOG_S("v", cases[i].in));
		const char *line = capture_end();
		assert_string_equal(strstr(line, "v="), mem_printf(*state, "%s\n", cases[i].out));
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	}
}

static void test_secrets(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "token xoxb-123-secret.", "v=\"token ***.\"" },
		{ "xoxb-123-secretxoxb-123-secret", "v=******" },
		{ "xoxb-123-secret-longer", "v=***" }, /* the longest wins */
		{ "xoxb-123", "v=xoxb-123" },
		{ "short stays", "v=\"short stays\"" },
		{ "with \"quo\\te\" in", "v=\"with *** in\"" },
	};
	(void)state;
	log_hide("xoxb-123-secret");
	log_hide("xoxb-123-secret");
	log_hide("xoxb-123-secret-longer");
	log_hide("\"quo\\te\"");
	log_hide("short");
	log_hide("");
	log_hide(NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		capture_begin();
		log_info("t", LOG_S("v", cases[i].in));
		const char *line = capture_end();
		assert_string_equal(strstr(line, "v="), mem_printf(*state, "%s\n", cases[i].out));
	}
}

static void test_limits(void **state)
{
	char *value = mem_strdup(*state, "");
	for (int i = 0; i < 5000; i++)
		mem_append(&value, "x ");
	capture_begin();
	log_info("t", LOG_S("v", value), LOG_I("after", 1));
	const char *line = capture_end();
	assert_in_range(strlen(line), 2000, 2200);
	assert_non_null(strstr(line, "...\" after=1\n"));

	/* Many long values: the line still ends as a line. */
	capture_begin();
	log_info("t", LOG_S("a", value), LOG_S("b", value), LOG_S("c", value), LOG_S("d", value),
		 LOG_S("e", value), LOG_S("f", value));
	line = capture_end();
	assert_in_range(strlen(line), 6000, 8192);
	assert_string_equal(line + strlen(line) - 5, "...\"\n");

	/* A secret at the cut is hidden, not halved. */
	mem_truncate(value, 1990);
	mem_append(&value, "xoxb-123-secret and more");
	capture_begin();
	log_info("t", LOG_S("v", value));
	assert_null(strstr(capture_end(), "xoxb"));
}

#define THREADS 4
#define LINES 50

static void *write_lines(void *arg)
{
	for (int i = 0; i < LINES; i++) {
		log_info("thread", LOG_S("id", arg), LOG_S("text", "some words to fill it"));
		log_hide(arg); /* the list may grow while others read it */
	}
	return NULL;
}

static void test_threads(void **state)
{
	static const char *const names[THREADS] = { "a", "b", "c", "d" };
	pthread_t threads[THREADS];
	size_t lines = 0;
	(void)state;
	capture_begin();
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, (void *)names[i]),
				 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (const char *p = capture_end(); *p; p = strchr(p, '\n') + 1, lines++)
		assert_time(p);
	assert_int_equal(lines, THREADS * LINES);
}

static int set_up(void **state)
{
	*state = mem_ctx(NULL);
	return 0;
}

static int tear_down(void **state)
{
	talloc_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_levels),
		cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_secrets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
		cmocka_unit_test(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

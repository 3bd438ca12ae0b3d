/* cli/: the real program, run against a scripted Slack and Looker in one little server. Its path
 * is the first argument (cli/meson.build). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "httpd.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OUTPUT_MAX_BYTES 65536
#define ENV_MAX 30

static const char *program;

/* What the server answers: the first line whose path the request's begins with. */
struct answer {
	const char *path;
	int status;
	const char *extra;
	const char *body;
};

struct run {
	TALLOC_CTX *ctx;
	char dir[64];
	struct httpd *httpd;
	const struct answer *answers;
	size_t n_answers;
	char *output;
	int status;
};

static void serve(void *arg, const struct httpd_request *rq, struct httpd_answer *ret)
{
	const struct run *r = arg;
	*ret = (struct httpd_answer){ .status = 404, .type = "application/json", .body = "{}" };
	for (size_t i = 0; i < r->n_answers; i++) {
		const struct answer *a = &r->answers[i];
		if (strncmp(rq->path, a->path, strlen(a->path)) != 0)
			continue;
		ret->status = a->status;
		ret->extra = a->extra;
		ret->body = a->body;
		return;
	}
}

static int set_up(void **state)
{
	struct run *r = mem_zero(NULL, struct run);
	r->ctx = r;
	strncpy(r->dir, "/tmp/lookerbot-cli-XXXXXX", sizeof(r->dir) - 1);
	if (!mkdtemp(r->dir))
		return -1;
	r->httpd = httpd_start(serve, r);
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct run *r = *state;
	httpd_stop(r->httpd);
	int failed = rmdir(r->dir); /* fails when the probe left something behind */
	talloc_free(r);
	return failed;
}

static void read_output(struct run *r, int fd)
{
	size_t len = 0;
	ssize_t n;
	r->output = mem_array(r->ctx, char, OUTPUT_MAX_BYTES);
	while ((n = read(fd, r->output + len, OUTPUT_MAX_BYTES - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
}

/* Runs `lookerbot ARGUMENT` in the empty directory with these NAME=value lines as environment. */
static void run(struct run *r, const char *argument, const char *env)
{
	char *const argv[] = { mem_strdup(r->ctx, "lookerbot"), mem_strdup(r->ctx, argument),
			       NULL };
	char *vars[ENV_MAX + 1] = { 0 };
	int fds[2];
	for (size_t n = 0; *env && n < ENV_MAX; env += strspn(env, "\n"), n++) {
		vars[n] = mem_strndup(r->ctx, env, strcspn(env, "\n"));
		env += strlen(vars[n]);
	}
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (chdir(r->dir) != 0)
			_exit(99);
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		execve(program, argv, vars);
		_exit(98);
	}
	close(fds[1]);
	read_output(r, fds[0]);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	r->status = WEXITSTATUS(status);
}

static void expect(const struct run *r, const char *text)
{
	if (!strstr(r->output, text))
		print_message("wanted: %s\ngot:\n%s\n", text, r->output);
	assert_non_null(strstr(r->output, text));
}

/* Settings that point at the server; the secrets in them must never be shown. */
static char *settings(struct run *r, const char *folder)
{
	int port = httpd_port(r->httpd);
	return mem_printf(r->ctx,
			  "SLACK_API_KEY=xoxb-1-hush\nSLACK_SIGNING_SECRET=hush-signing\n"
			  "SLACK_API_URL=http://127.0.0.1:%d/slack/\n"
			  "LOOKER_URL=http://127.0.0.1:%d\n"
			  "LOOKER_API_BASE_URL=http://127.0.0.1:%d/api/4.0\n"
			  "LOOKER_API_CLIENT_ID=hush-id\nLOOKER_API_CLIENT_SECRET=hush-secret\n"
			  "LOOKER_CUSTOM_COMMAND_FOLDER_ID=%s\nLOOKERBOT_STATE_DIR=.\n",
			  port, port, port, folder);
}

#define SLACK_GOOD                                                                                 \
	"{\"ok\":true,\"team\":\"Shop\",\"team_id\":\"T1\",\"user\":\"looker\",\"user_id\":"       \
	"\"U1\",\"bot_id\":\"B1\"}"
#define LOGIN_GOOD "{\"access_token\":\"t\",\"token_type\":\"Bearer\",\"expires_in\":3600}"
#define LOGIN                                                                                      \
	{                                                                                          \
		"/api/4.0/login", 200, NULL, LOGIN_GOOD                                            \
	}
#define SLACK                                                                                      \
	{                                                                                          \
		"/slack/auth.test", 200,                                                           \
			"x-oauth-scopes: commands,chat:write,chat:write.public,files:write\r\n",   \
			SLACK_GOOD                                                                 \
	}

static void test_all_well(void **state)
{
	static const struct answer answers[] = {
		SLACK,
		LOGIN,
		{ "/api/4.0/folders/7/children", 200, NULL,
		  "[{\"id\":\"8\",\"name\":\"Finance\"}]" },
		{ "/api/4.0/folders/7/dashboards", 200, NULL,
		  "[{\"id\":\"1\",\"title\":\"Sales\"},{\"id\":\"2\",\"title\":\"Orders\"}]" },
		{ "/api/4.0/folders/8/dashboards", 200, NULL,
		  "[{\"id\":\"3\",\"title\":\"Revenue\"}]" },
		{ "/api/4.0/folders/7", 200, NULL,
		  "{\"id\":\"7\",\"name\":\"Bot \\u001b[31mcommands\"}" },
	};
	struct run *r = *state;
	r->answers = answers;
	r->n_answers = COUNT(answers);
	run(r, "check", settings(r, "7"));
	expect(r, "workspace \"Shop\" (T1), bot user \"looker\"");
	expect(r, "logged in at http://127.0.0.1");
	expect(r, "command folder \"Bot  [31mcommands\" with 3 commands");
	expect(r, ": writable\n");
	expect(r, "0 faults, 0 warnings");
	assert_int_equal(r->status, 0);
}

static void test_faults(void **state)
{
	static const struct answer answers[] = {
		{ "/slack/auth.test", 200, NULL, "{\"ok\":false,\"error\":\"invalid_auth\"}" },
		LOGIN,
		{ "/api/4.0/folders/7", 404, NULL, "{\"message\":\"Not found\"}" },
	};
	struct run *r = *state;
	r->answers = answers;
	r->n_answers = COUNT(answers);
	run(r, "check", mem_printf(r->ctx, "%sPORT=x\n", settings(r, "7")));
	expect(r, "fault    PORT = x\n");
	expect(r, "fault    Slack: auth.test\n");
	expect(r, "command folder 7\n");
	expect(r, "3 faults, 0 warnings");
	assert_null(strstr(r->output, "hush"));
	assert_int_equal(r->status, 1);
}

/* The action hub needs an address and a token. */
static void test_hub(void **state)
{
	static const struct answer answers[] = {
		SLACK,
		LOGIN,
		{ "/api/4.0/folders/7/children", 200, NULL, "[]" },
		{ "/api/4.0/folders/7/dashboards", 200, NULL, "[]" },
		{ "/api/4.0/folders/7", 200, NULL, "{\"id\":\"7\",\"name\":\"Bot\"}" },
	};
	static const struct {
		const char *more, *line, *result;
	} cases[] = {
		{ "", "Action hub: off", "0 warnings" },
		{ "LOOKERBOT_PUBLIC_URL=https://bot.example.com/\n",
		  "to switch it on set LOOKERBOT_AUTH_TOKEN\n", "0 warnings" },
		{ "LOOKERBOT_AUTH_TOKEN=hub-token-not-a-secret\n",
		  "warning  LOOKERBOT_PUBLIC_URL\n", "1 warning\n" },
		{ "LOOKERBOT_PUBLIC_URL=https://bot.example.com/\n"
		  "LOOKERBOT_AUTH_TOKEN=hub-token-not-a-secret\n",
		  "Action hub: add https://bot.example.com/lookerbot/hub in Looker", "0 warnings" },
	};
	struct run *r = *state;

	r->answers = answers;
	r->n_answers = COUNT(answers);
	for (size_t i = 0; i < COUNT(cases); i++) {
		run(r, "check", mem_printf(r->ctx, "%s%s", settings(r, "7"), cases[i].more));
		expect(r, cases[i].line);
		expect(r, cases[i].result);
		assert_null(strstr(r->output, "hub-token"));
	}
}

static void test_scopes(void **state)
{
	static const struct {
		const char *header;
		const char *result;
		int status;
	} cases[] = {
		{ "x-oauth-scopes: commands,chat:write,files:write\r\n", "0 faults, 1 warning", 0 },
		{ "x-oauth-scopes: commands,chat:write,chat:write.public\r\n",
		  "files:write is missing", 0 },
		{ "x-oauth-scopes: chat:write.public, commands, files:write\r\n",
		  "1 fault, 0 warnings", 1 },
		{ "x-oauth-scopes: chat:writes\r\n", "1 fault, 3 warnings", 1 },
		{ "x-oauth-scopes: identify,bot,commands\r\n", "0 faults, 0 warnings", 0 },
		{ NULL, "0 faults, 0 warnings", 0 },
	};
	struct run *r = *state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct answer answers[] = {
			{ "/slack/auth.test", 200, cases[i].header, SLACK_GOOD },
			LOGIN,
		};
		r->answers = answers;
		r->n_answers = COUNT(answers);
		run(r, "check", settings(r, ""));
		expect(r, cases[i].result);
		assert_int_equal(r->status, cases[i].status);
	}
}

static void test_state_directory(void **state)
{
	static const struct answer answers[] = { SLACK, LOGIN };
	static const struct {
		const char *dir, *result;
		int status;
	} cases[] = {
		{ "./new/deeper", "will be created", 0 },
		{ "/dev/null", "It is not writable", 1 },
		{ "/dev/null/below", "It cannot be created", 1 },
	};
	struct run *r = *state;
	r->answers = answers;
	r->n_answers = COUNT(answers);
	for (size_t i = 0; i < COUNT(cases); i++) {
		/* The first of a name counts in an environment. */
		run(r, "check",
		    mem_printf(r->ctx, "LOOKERBOT_STATE_DIR=%s\n%s", cases[i].dir,
			       settings(r, "")));
		expect(r, cases[i].result);
		assert_int_equal(r->status, cases[i].status);
	}
}

static void test_usage(void **state)
{
	static const struct {
		const char *argument, *output;
		int status;
	} cases[] = {
		{ "version", "lookerbot " LOOKERBOT_VERSION "\n", 0 },
		{ "--version", "lookerbot " LOOKERBOT_VERSION "\n", 0 },
		{ "help", "usage: lookerbot COMMAND", 0 },
		{ "--help", "usage: lookerbot COMMAND", 0 },
		{ "chek", "Did you mean \"check\"?", 2 },
		{ "", "usage: lookerbot COMMAND", 2 },
	};
	struct run *r = *state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		run(r, cases[i].argument, "");
		expect(r, cases[i].output);
		assert_int_equal(r->status, cases[i].status);
	}
}

/* The app for HTTP, for Socket Mode, and why there is none. */
static void test_manifest(void **state)
{
	static const struct {
		const char *env;
		int status;
		const char *parts[5];
	} cases[] = {
		{ "LOOKERBOT_PUBLIC_URL=https://bot.example.com\n",
		  0,
		  { "\"request_url\":\"https://bot.example.com/slack/event\"",
		    "\"url\":\"https://bot.example.com/slack/receive\"",
		    "\"message_menu_options_url\":\"https://bot.example.com/slack/options\"",
		    "\"socket_mode_enabled\":false", "\"127.0.0.1\"" } },
		{ "SLACK_APP_TOKEN=xapp-1-hush\n",
		  0,
		  { "\"socket_mode_enabled\":true", "\"app_mentions:read\"", "\"link_shared\"" } },
		{ "", 1, { "LOOKERBOT_PUBLIC_URL is not set", "manifest --socket" } },
	};
	struct run *r = *state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		run(r, "manifest", mem_printf(r->ctx, "%s%s", cases[i].env, settings(r, "40")));
		assert_int_equal(r->status, cases[i].status);
		for (size_t j = 0; j < COUNT(cases[i].parts) && cases[i].parts[j]; j++)
			expect(r, cases[i].parts[j]);
		assert_null(strstr(r->output, "hush"));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_well),	    TEST(test_faults), TEST(test_scopes),   TEST(test_hub),
		TEST(test_state_directory), TEST(test_usage),  TEST(test_manifest),
	};
	if (argc != 2)
		return 2;
	program = realpath(argv[1], NULL); /* the tests change their directory */
	return cmocka_run_group_tests(tests, NULL, NULL);
}

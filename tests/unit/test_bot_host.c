/* bot/bot.h: generations of settings. Whoever took one keeps it whole while others come and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bot/bot.h"
#include "bot/catalogue.h"
#include "net/http.h"

#define THREADS 6
#define CHANGES 200
#define TOKEN_CHARS 32

struct fixture {
	char dir[64];
	TALLOC_CTX *ctx;
	struct bot_host *host;
	atomic_bool stop;
	atomic_int broken;
};

/* Settings that lead nowhere; the token is `letter` again and again, so that half a generation
 * would be seen. */
static struct config *make_config(struct fixture *f, char letter)
{
	char token[TOKEN_CHARS + 1] = { 0 };
	memset(token, letter, TOKEN_CHARS);
	char *const env[] = {
		mem_printf(f->ctx, "SLACK_API_KEY=xoxb-%s", token),
		mem_printf(f->ctx, "SLACK_SIGNING_SECRET=%s", token),
		mem_printf(f->ctx, "LOOKERBOT_STATE_DIR=%s", f->dir),
		mem_printf(f->ctx, "LOOKER_CUSTOM_COMMAND_FOLDER_ID=%c", letter),
		mem_strdup(f->ctx, "LOOKER_URL=http://127.0.0.1:9"),
		mem_strdup(f->ctx, "LOOKER_API_BASE_URL=http://127.0.0.1:9/api/4.0"),
		mem_strdup(f->ctx, "LOOKER_API_CLIENT_ID=one"),
		mem_strdup(f->ctx, "LOOKER_API_CLIENT_SECRET=two"),
		NULL,
	};
	struct config_faults *faults;
	struct config *config = config_load(f->ctx, env, &faults);
	assert_false(faults->fatal);
	return config;
}

static int set_up(void **state)
{
	struct fixture *f = mem_zero(NULL, struct fixture);
	struct err e;
	f->ctx = f;
	snprintf(f->dir, sizeof(f->dir), "/tmp/lookerbot-host-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	*state = f;
	return bot_host_new(f->ctx, make_config(f, 'a'), &f->host, &e) ? 0 : -1;
}

static void remove_all(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		char *child = mem_printf(NULL, "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.' && unlink(child) != 0)
			remove_all(child);
		talloc_free(child);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	bool idle = bot_host_wait(f->host, 0);
	bot_host_free(f->host);
	remove_all(f->dir);
	talloc_free(f);
	return idle ? 0 : -1;
}

static void test_a_taken_generation_stays(void **state)
{
	struct fixture *f = *state;
	struct bot *old = bot_take(f->host);
	struct bot *again = bot_hold(old);
	assert_ptr_equal(old, again);
	bot_host_change(f->host, make_config(f, 'b'));

	struct bot *new = bot_take(f->host);
	assert_ptr_not_equal(new, old);
	assert_int_equal(old->config->slack_api_key[5], 'a');
	assert_int_equal(new->config->slack_api_key[5], 'b');
	assert_ptr_equal(old->queue, new->queue);
	assert_string_equal(looker_name(old->lookers[0]), "127.0.0.1:9");

	assert_false(bot_host_wait(f->host, 0));
	bot_drop(old);
	assert_int_equal(again->config->slack_api_key[5], 'a'); /* held once more */
	bot_drop(again);
	bot_drop(new);
	assert_true(bot_host_wait(f->host, 0));
}

/* A job's or request's part: every text of it belongs to one generation. */
static void *use(void *arg)
{
	struct fixture *f = arg;
	while (!atomic_load(&f->stop)) {
		struct bot *bot = bot_take(f->host);
		struct bot *held = bot_hold(bot);
		const char *key = bot->config->slack_api_key + strlen("xoxb-");
		const char *secret = bot->config->slack_signing_secrets[0];
		const struct catalogue *catalogue = catalogue_take(bot);
		bot_drop(bot);
		if (strcmp(key, secret) != 0 ||
		    strspn(key, (char[]){ key[0], '\0' }) != TOKEN_CHARS ||
		    catalogue->n_folders != 1 || catalogue->folders[0].id[0] != key[0])
			atomic_fetch_add(&f->broken, 1);
		catalogue_drop(catalogue);
		bot_drop(held);
	}
	return NULL;
}

static void test_changes_while_threads_use_it(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use, f), 0);
	for (int i = 0; i < CHANGES; i++)
		bot_host_change(f->host, make_config(f, (char)('a' + i % 26)));
	atomic_store(&f->stop, true);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&f->broken), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_taken_generation_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changes_while_threads_use_it, set_up,
						tear_down),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}

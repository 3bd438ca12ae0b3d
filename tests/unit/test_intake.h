/*
 * What the tests of intake share: a bot that leads nowhere, in a directory of its own, and a whole
 * struct slack_inbound of each kind.
 */
#ifndef TEST_INTAKE_H
#define TEST_INTAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "base/text.h"
#include "bot/channels.h"
#include "bot/intake.h"
#include "bot/job.h"
#include "bot/listening.h"
#include "net/http.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define REQUEST "0123456789abcdef0123456789abcdef"

struct fixture {
	char dir[64];
	TALLOC_CTX *ctx;
	struct bot_host *host;
	struct bot *bot;
};

static inline struct config *make_config(struct fixture *f, const char *more)
{
	char *const env[] = {
		mem_strdup(f->ctx, "SLACK_API_KEY=xoxb-nowhere"),
		mem_strdup(f->ctx, "SLACK_SIGNING_SECRET=nowhere-signing-secret"),
		mem_printf(f->ctx, "LOOKERBOT_STATE_DIR=%s", f->dir),
		mem_strdup(f->ctx, "LOOKER_URL=https://looker.example.com"),
		mem_strdup(f->ctx, "LOOKER_API_BASE_URL=http://127.0.0.1:9/api/4.0"),
		mem_strdup(f->ctx, "LOOKER_API_CLIENT_ID=one"),
		mem_strdup(f->ctx, "LOOKER_API_CLIENT_SECRET=two"),
		mem_strdup(f->ctx, "LOOKERBOT_UNFURL_OFF=C0OFF, C0QUIET"),
		mem_strdup(f->ctx, more),
		NULL,
	};
	struct config_faults *faults;
	struct config *config = config_load(f->ctx, env, &faults);

	assert_false(faults->fatal);
	return config;
}

static inline int set_up(void **state)
{
	struct fixture *f = mem_zero(NULL, struct fixture);
	struct err e;

	f->ctx = f;
	snprintf(f->dir, sizeof(f->dir), "/tmp/lookerbot-intake-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	*state = f;
	if (!bot_host_new(f->ctx, make_config(f, NULL), &f->host, &e))
		return -1;
	f->bot = bot_take(f->host);
	return 0;
}

static inline void reload(struct fixture *f, const char *more)
{
	bot_drop(f->bot);
	bot_host_change(f->host, make_config(f, more));
	f->bot = bot_take(f->host);
}

static inline void remove_all(const char *path)
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

static inline int tear_down(void **state)
{
	struct fixture *f = *state;
	bool idle;

	bot_drop(f->bot);
	idle = bot_host_wait(f->host, 0);
	bot_host_free(f->host);
	remove_all(f->dir);
	talloc_free(f);
	return idle ? 0 : -1;
}

/* From outside, on a connection of its own. */
static inline void run_sql(struct fixture *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(mem_printf(f->ctx, "%s/queue.db", f->dir), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static inline struct intake_answer take(struct fixture *f, const struct slack_inbound *in)
{
	const struct intake_item item = { .in = in, .request = REQUEST };
	struct intake_answer ret;

	intake_take(f->ctx, f->bot, &item, 1, &ret);
	return ret;
}

static inline void expect_note(const struct intake_answer *a, const char *note)
{
	if (strncmp(a->note, note, strlen(note)) != 0)
		fail_msg("\"%s\", not \"%s\"", a->note, note);
	assert_int_equal(a->job != 0, strcmp(note, "stored") == 0);
}

static inline size_t jobs(struct fixture *f)
{
	struct queue_job *list;
	size_t n = 0;
	struct err e;

	assert_true(queue_list(f->bot->queue, f->ctx, -1, 1000, &list, &n, &e));
	return n;
}

/* The most urgent job, taken out. */
static inline struct queue_job *lease(struct fixture *f)
{
	const struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY };
	struct queue_job *job = NULL;
	struct err e;

	assert_true(queue_lease(f->bot->queue, f->ctx, &want, clock_deadline_ms(0), &job, &e));
	assert_non_null(job);
	assert_true(queue_done(f->bot->queue, job->id, &e));
	return job;
}

static inline struct slack_inbound *parsed(struct fixture *f, const struct queue_job *job)
{
	struct slack_inbound *in = NULL;
	struct json_object *o = NULL;
	struct err e;

	assert_true(json_parse(f->ctx, job->body, job->body_len, &o, &e));
	assert_string_equal(json_str_or(o, JOB_REQUEST, ""), REQUEST);
	assert_true(slack_inbound_load(f->ctx, o, &in, &e));
	return in;
}

/* A whole one of each kind; tests change what they are about. */
#define BY_ADA(channel, before, words)                                                             \
	.command = (before), .text = (words), .team_id = "T1", .channel_id = (channel),            \
	.user_id = "U1"
static const struct slack_inbound slash = { .kind = SLACK_INBOUND_SLASH,
					    BY_ADA("C1", "/looker", "help"),
					    .trigger_id = "1.2.a" };
static const struct slack_inbound mention = {
	.kind = SLACK_INBOUND_MENTION, BY_ADA("C1", "", "sales"), .ts = "1.1", .event_id = "Ev1"
};
static const struct slack_inbound dm = {
	.kind = SLACK_INBOUND_DM, BY_ADA("D1", "", "sales"), .ts = "1.1", .event_id = "Ev1"
};
static const char *const ours[] = { "https://looker.example.com/looks/42?a=1&amp;b=2" };
static const struct slack_inbound links = { .kind = SLACK_INBOUND_LINKS,
					    BY_ADA("C1", "", ""),
					    .ts = "1.1",
					    .event_id = "Ev1",
					    .source = "conversations_history",
					    .unfurl_id = "C1.1.1",
					    .links = ours,
					    .n_links = 1 };
static const struct slack_inbound press = { .kind = SLACK_INBOUND_PRESS,
					    BY_ADA("C1", "", ""),
					    .action_id = "again",
					    .action_ts = "6.1",
					    .trigger_id = "1.2.b" };
static const struct slack_inbound home = {
	.kind = SLACK_INBOUND_HOME, BY_ADA("D1", "", ""), .event_id = "Ev1", .action_ts = "5.1"
};
static const struct slack_inbound joined = { .kind = SLACK_INBOUND_JOINED,
					     BY_ADA("C1", "", ""),
					     .event_id = "Ev1",
					     .action_ts = "5.1",
					     .own = true };

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif

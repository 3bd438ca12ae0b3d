/* `lookerbot jobs`: reads its words and does one thing to the queue, beside the programs that work
 * on it. It starts nothing itself: what is to be tried again, they try. */
#include "cli/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/bot.h"
#include "bot/ledger.h"
#include "cli/cli.h"

#define MAX_DEFAULT 100
#define MAX_MAX 10000
#define STATES 4
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct wanted {
	TALLOC_CTX *ctx;
	struct queue *queue;
	int64_t id;
	int state; /* or -1 */
	bool all;
	size_t max;
};

static int fail(const struct err *e)
{
	fprintf(stderr, "lookerbot: %s.\n", e->text);
	return CLI_FAULT;
}

static int list(const struct wanted *w)
{
	struct queue_job *jobs;
	struct err e;
	size_t n;
	bool ok =
		w->all ? queue_list(w->queue, w->ctx, w->state, w->max, &jobs, &n, &e)
		       : queue_list_about(w->queue, w->ctx, w->state, NULL, w->max, &jobs, &n, &e);

	if (!ok)
		return fail(&e);
	if (n == 0) {
		printf("no %s%s%s\n", w->state < 0 ? "" : cli_jobs_state(w->state),
		       w->state < 0 ? "" : " ", w->all ? "jobs" : "deliveries");
		return CLI_OK;
	}
	cli_jobs_head();
	for (size_t i = 0; i < n; i++)
		cli_jobs_line(w->ctx, &jobs[i]);
	return CLI_OK;
}

static int show(const struct wanted *w)
{
	struct queue_job *job;
	struct err e;

	if (!queue_get(w->queue, w->ctx, w->id, &job, &e))
		return fail(&e);
	cli_jobs_show(w->ctx, job);
	return CLI_OK;
}

static int retry(const struct wanted *w)
{
	struct err e;

	if (!queue_again(w->queue, w->id, clock_now_ms() + LEDGER_LIFE_MS, &e))
		return fail(&e);
	printf("job %lld is tried again now\n", (long long)w->id);
	return CLI_OK;
}

static int cancel(const struct wanted *w)
{
	struct err e;

	if (!queue_cancel(w->queue, w->id, "cancelled by the operator", &e))
		return fail(&e);
	printf("job %lld is cancelled: nobody is told\n", (long long)w->id);
	return CLI_OK;
}

static const struct verb {
	const char *name;
	bool takes_id;
	int (*run)(const struct wanted *w);
} verbs[] = {
	{ "list", false, list },
	{ "show", true, show },
	{ "retry", true, retry },
	{ "cancel", true, cancel },
};

/* --- the command line --- */

static bool wrong(const char *what, const char *word)
{
	fprintf(stderr, "lookerbot: jobs %s, not \"%s\".\n", what, word ? word : "");
	return false;
}

static bool read_number(const char *word, int64_t max, int64_t *ret)
{
	char *end;
	long long n = word ? strtoll(word, &end, 10) : 0;

	if (!word || *end || n < 1 || n > max)
		return false;
	*ret = n;
	return true;
}

static bool read_state(const char *word, struct wanted *w)
{
	for (int s = 0; word && s < STATES; s++) {
		if (strcmp(word, cli_jobs_state((enum queue_state)s)) == 0) {
			w->state = s;
			return true;
		}
	}
	return wrong("--state takes waiting, running, done or dead", word);
}

/* One option of a list; *at moves over what belongs to it. */
static bool read_option(const char *const **at, struct wanted *w)
{
	const char *word = **at;
	int64_t max;

	if (strcmp(word, "--all") == 0) {
		w->all = true;
		return true;
	}
	if (strcmp(word, "--state") == 0)
		return read_state(*++*at, w);
	if (strcmp(word, "--max") != 0)
		return wrong("knows list, show, retry, cancel, --state, --all and --max", word);
	if (!read_number(*++*at, MAX_MAX, &max))
		return wrong("--max takes a number up to 10000", **at);
	w->max = (size_t)max;
	return true;
}

static bool read_words(const char *const *words, struct wanted *w, const struct verb **ret)
{
	const struct verb *verb = &verbs[0];
	bool named = false;

	for (size_t i = 0; words[0] && i < COUNT(verbs) && !named; i++) {
		named = strcmp(words[0], verbs[i].name) == 0;
		verb = named ? &verbs[i] : verb;
	}
	words += named ? 1 : 0;
	if (verb->takes_id) {
		if (!read_number(words[0], INT64_MAX, &w->id))
			return wrong("wants a job's number there", words[0]);
		words++;
		if (words[0])
			return wrong("takes one job at a time", words[0]);
	}
	for (; words[0]; words++)
		if (!read_option(&words, w) || !words[0])
			return false;
	*ret = verb;
	return true;
}

int cli_jobs(const char *const *words)
{
	struct wanted w = { .state = -1, .max = MAX_DEFAULT };
	const struct verb *verb;
	struct config_faults *faults;
	struct err e;
	int status;

	if (!read_words(words, &w, &verb))
		return CLI_USAGE;
	w.ctx = mem_ctx(NULL);
	struct config *config = config_load(w.ctx, environ, &faults);
	if (bot_visit_queue(w.ctx, config, &w.queue, &e)) {
		status = verb->run(&w);
		queue_close(w.queue);
	} else {
		status = fail(&e);
	}
	talloc_free(w.ctx);
	return status;
}

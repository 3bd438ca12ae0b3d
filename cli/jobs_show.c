/* How `lookerbot jobs` shows jobs: a line each, or all of one. Times are UTC, as in the log. */
#include "cli/jobs.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/ledger.h"

const char *cli_jobs_state(enum queue_state state)
{
	static const char *const words[] = {
		[QUEUE_PENDING] = "waiting",
		[QUEUE_LEASED] = "running",
		[QUEUE_DONE] = "done",
		[QUEUE_DEAD] = "dead",
	};

	return words[state];
}

/* Titles come from Looker, reasons quote others: one line each, and nothing that a terminal
 * obeys. */
static const char *clean(TALLOC_CTX *ctx, const char *text)
{
	char *line = text_clean(ctx, text, strlen(text));

	for (char *p = line; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	return line;
}

/* When it is tried next, or 0: it is not, or at once. */
static int64_t next_try_ms(const struct queue_job *job)
{
	return job->state == QUEUE_PENDING && job->not_before_ms > clock_now_ms()
		       ? job->not_before_ms
		       : 0;
}

/* "retried" is no word for what went well. */
static const char *reason_of(const struct queue_job *job)
{
	return job->state == QUEUE_DONE || !job->reason || !job->reason[0] ? NULL : job->reason;
}

void cli_jobs_head(void)
{
	printf("%-7s %-20s %-8s %5s  %-20s %s\n", "JOB", "ACCEPTED", "STATE", "TRIES", "TO",
	       "WHAT");
}

void cli_jobs_line(TALLOC_CTX *ctx, const struct queue_job *job)
{
	struct ledger_entry entry = { 0 };
	char *what = mem_strdup(ctx, "");

	if (ledger_read(ctx, job, &entry))
		mem_appendf(&what, "%s (%s)", entry.title ? entry.title : "?",
			    entry.format ? entry.format : "?");
	else
		mem_append(&what, job->kind);
	if (next_try_ms(job))
		mem_appendf(&what, ", next try %s", clock_text(ctx, next_try_ms(job)));
	if (reason_of(job))
		mem_appendf(&what, ": %s", reason_of(job));
	printf("%-7lld %-20s %-8s %5lld  %-20s %s\n", (long long)job->id,
	       clock_text(ctx, job->created_ms), cli_jobs_state(job->state),
	       (long long)job->attempts, clean(ctx, job->about && entry.place ? entry.place : "-"),
	       clean(ctx, what));
}

static void print_text(TALLOC_CTX *ctx, const char *label, const char *text)
{
	if (text && text[0])
		printf("%-9s %s\n", label, clean(ctx, text));
}

static void print_time(TALLOC_CTX *ctx, const char *label, int64_t ms)
{
	if (ms > 0)
		printf("%-9s %s\n", label, clock_text(ctx, ms));
}

static void print_entry(TALLOC_CTX *ctx, const struct queue_job *job, const struct ledger_entry *l)
{
	print_text(ctx, "title", l->title);
	print_text(ctx, "to", l->place);
	print_text(ctx, "format", l->format);
	print_text(ctx, "looker", l->looker);
	print_text(ctx, "schedule", l->plan_id);
	print_text(ctx, "link", l->url);
	print_text(ctx, "owner", job->whose ? job->whose : "not known");
	print_text(ctx, "request", l->request);
}

static void print_data(const struct queue_job *job)
{
	if (job->state == QUEUE_DONE)
		return;
	if (job->body_len > 0 || !job->about)
		printf("%-9s %zu bytes\n", "data", job->body_len);
	else
		printf("%-9s gone: it can be sent again from Looker\n", "data");
}

void cli_jobs_show(TALLOC_CTX *ctx, const struct queue_job *job)
{
	struct ledger_entry entry;

	printf("%-9s %lld\n", "job", (long long)job->id);
	print_text(ctx, "kind", job->kind);
	if (ledger_read(ctx, job, &entry))
		print_entry(ctx, job, &entry);
	printf("%-9s %s, tried %lld time%s\n", "state", cli_jobs_state(job->state),
	       (long long)job->attempts, job->attempts == 1 ? "" : "s");
	print_text(ctx, "reason", reason_of(job));
	print_time(ctx, "accepted", job->created_ms);
	print_time(ctx, "next try", next_try_ms(job));
	print_time(ctx, "until", job->state <= QUEUE_LEASED ? job->expires_ms : 0);
	print_time(ctx, "ended", job->ended_ms);
	print_data(job);
}

/*
 * The App Home's list of deliveries: title, place, what became of it and why, a line each. Whose
 * they are was decided by the caller.
 */
#include "bot/home_deliveries.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/ledger.h"
#include "slack/mrkdwn.h"

#define TITLE_MAX_CHARS 80
#define URL_MAX_BYTES 300
#define REASON_MAX_CHARS 150
#define SECTION_BYTES 2400 /* the longest line still fits */

static void add_time(TALLOC_CTX *ctx, char **text, int64_t ms)
{
	mrkdwn_addf_raw(text, "<!date^%lld^{date_short_pretty} {time}|%s>", (long long)(ms / 1000),
			clock_text(ctx, ms));
}

static void add_what(TALLOC_CTX *ctx, char **line, const struct ledger_entry *entry)
{
	const char *title = text_cut(ctx, entry->title ? entry->title : "?", TITLE_MAX_CHARS);

	if (entry->url && strlen(entry->url) <= URL_MAX_BYTES)
		mrkdwn_add_link(line, entry->url, title);
	else
		mrkdwn_add_bold(line, title);
	mrkdwn_add_raw(line, " to ");
	mrkdwn_add_text(line, entry->place ? entry->place : "?");
}

static void add_reason(TALLOC_CTX *ctx, char **line, const struct queue_job *job)
{
	if (job->state == QUEUE_DONE || !job->reason || !job->reason[0])
		return;
	mrkdwn_add_raw(line, ": ");
	mrkdwn_add_text(line, text_cut(ctx, job->reason, REASON_MAX_CHARS));
}

static char *line_of(TALLOC_CTX *ctx, const struct queue_job *job, const struct ledger_entry *entry)
{
	char *line = mem_strdup(ctx, "\n• ");

	add_what(ctx, &line, entry);
	mrkdwn_addf_raw(&line, " – %s%s", job->state == QUEUE_DEAD ? ":warning: " : "",
			ledger_state_word(job->state));
	if (job->state == QUEUE_PENDING && job->attempts > 0) {
		mrkdwn_addf_raw(&line, ", tried %lld time%s, again ", (long long)job->attempts,
				job->attempts == 1 ? "" : "s");
		if (job->not_before_ms > clock_now_ms())
			add_time(ctx, &line, job->not_before_ms);
		else /* when its channel's turn comes */
			mrkdwn_add_raw(&line, "soon");
	} else {
		mrkdwn_add_raw(&line, ", ");
		add_time(ctx, &line, job->ended_ms ? job->ended_ms : job->created_ms);
	}
	add_reason(ctx, &line, job);
	return line;
}

void home_add_deliveries(TALLOC_CTX *ctx, struct slack_view *v, const struct queue_job *jobs,
			 size_t n)
{
	char *text = mem_strdup(ctx, "*What Looker sent for you*");
	struct ledger_entry entry;
	size_t listed = 0;

	for (size_t i = 0; i < n && listed < HOME_DELIVERIES_MAX; i++) {
		if (!ledger_read(ctx, &jobs[i], &entry))
			continue;
		const char *line = line_of(ctx, &jobs[i], &entry);
		if (strlen(text) + strlen(line) > SECTION_BYTES) {
			slack_view_add_section(v, text);
			text = mem_strdup(ctx, "");
			line++; /* its line break */
		}
		mem_append(&text, line);
		listed++;
	}
	if (listed == 0)
		return;
	slack_view_add_section(v, text);
	slack_view_add_context(v, "Of the schedules that are yours in Looker, by your e-mail "
				  "address. Nobody else sees this.");
}

/*
 * A delivery's message. The data came with the webhook and is shown as it is, since Looker computed
 * it with the rights of the schedule's owner: Looker is not asked again. What a person or the
 * author of an action wrote keeps its marks and emoji; nothing in it can ping.
 */
#include "bot/schedule_job.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "looker/result.h"
#include "render/render.h"
#include "slack/mrkdwn.h"

#define URL_MAX_BYTES 2000 /* a section cannot split it */
#define IS_IN_LOOKER "It came as a %s file, which is in Looker."

char *schedule_job_place(TALLOC_CTX *ctx, const struct schedule_job *j)
{
	if (j->id && strcmp(j->id, j->name) == 0)
		return mem_printf(ctx, "the conversation %s", j->id);
	return mem_printf(ctx, "%s%s", j->person ? "@" : "#", j->name);
}

static void add_rows(char **text, const struct schedule_job *j, const struct render_outcome *rows)
{
	if (rows->rows_shown == 0)
		return;
	if (j->rows > (int64_t)rows->rows_shown && rows->more_rows) {
		mrkdwn_addf_raw(text, " · first %zu of %lld rows", rows->rows_shown,
				(long long)j->rows);
		return;
	}
	mrkdwn_addf_raw(text, " · %s%zu row%s",
			rows->more_rows || rows->rows_shown < rows->rows_known ? "first " : "",
			rows->rows_shown, rows->rows_shown == 1 ? "" : "s");
}

/* What came, with which filters, from where, when. */
static char *footer(TALLOC_CTX *ctx, const struct schedule_job *j, int64_t sent_ms,
		    const struct render_outcome *rows)
{
	char *text = mem_strdup(ctx, "Sent by Looker");

	for (size_t i = 0; i < json_len(j->filters); i++) {
		struct json_object *pair = json_item(j->filters, i);

		mrkdwn_add_raw(&text, " · ");
		mrkdwn_add_text(&text, json_object_get_string(json_item(pair, 0)));
		mrkdwn_add_raw(&text, ": ");
		mrkdwn_add_text(&text, json_object_get_string(json_item(pair, 1)));
	}
	mrkdwn_add_raw(&text, " · ");
	mrkdwn_add_text(&text, j->looker);
	mrkdwn_addf_raw(&text, " · <!date^%lld^{date_short_pretty} {time}|%s>",
			(long long)(sent_ms / 1000), clock_text(ctx, sent_ms));
	if (rows)
		add_rows(&text, j, rows);
	return text;
}

/* Up to the blank that ends an address in a text; what closes a sentence is not part of it. */
static size_t address_len(const char *text)
{
	size_t len = strcspn(text, " \t\n<>|\"");

	while (len > 0 && strchr(".,;:!?)'", text[len - 1]))
		len--;
	return len;
}

static bool is_address(const char *text)
{
	return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

static void add_escaped(char **buf, const char *text, size_t len)
{
	static const char *const escapes[] = { ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;" };

	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c < sizeof(escapes) / sizeof(escapes[0]) && escapes[c])
			mem_append(buf, escapes[c]);
		else
			mem_append_n(buf, text + i, 1);
	}
}

static void add_address(char **buf, TALLOC_CTX *ctx, const char *text, size_t len)
{
	const char *url = mrkdwn_url(ctx, mem_strndup(ctx, text, len));

	if (!url || strlen(url) > URL_MAX_BYTES) {
		add_escaped(buf, text, len);
		return;
	}
	mem_append(buf, "<");
	add_escaped(buf, url, strlen(url));
	mem_append(buf, ">");
}

/* Words with Slack's marks and emoji. A value may be part of them: addresses link to what they say,
 * and whatever stands in <> is text. */
static void add_words(char **buf, TALLOC_CTX *ctx, const char *words)
{
	for (const char *p = words; *p;) {
		size_t len = is_address(p) ? address_len(p) : 0;

		if (len > 0) {
			add_address(buf, ctx, p, len);
			p += len;
			continue;
		}
		add_escaped(buf, p, 1);
		p++;
	}
}

static char *words_of(TALLOC_CTX *ctx, const struct schedule_job *j)
{
	char *text = mem_strdup(ctx, "");

	add_words(&text, ctx, text_unsteered(ctx, j->words));
	return text;
}

static char *heading(TALLOC_CTX *ctx, const struct schedule_job *j)
{
	char *text = mem_strdup(ctx, j->alert ? ":bell: " : "");

	if (!j->url) {
		mrkdwn_add_bold(&text, j->title);
		return text;
	}
	mrkdwn_add_raw(&text, "*");
	mrkdwn_add_link(&text, j->url, j->title);
	mrkdwn_add_raw(&text, "*");
	return text;
}

char *schedule_job_comment(TALLOC_CTX *ctx, const struct schedule_job *j, int64_t sent_ms)
{
	const char *words = j->words ? mem_printf(ctx, "%s\n", words_of(ctx, j)) : "";

	return mem_printf(ctx, "%s%s\n%s", words, heading(ctx, j), footer(ctx, j, sent_ms, NULL));
}

/* What can be seen in Looker only. */
static void add_absent(TALLOC_CTX *ctx, struct slack_message *m, const struct schedule_job *j,
		       const char *note)
{
	char *text = mem_strdup(ctx, ""), *section = heading(ctx, j);

	mrkdwn_add_text(&text, j->title);
	mrkdwn_add_raw(&section, "\n");
	if (j->file_name)
		mrkdwn_addf_raw(&section, IS_IN_LOOKER, j->format);
	else
		mrkdwn_add_raw(&section, "No data came with it; it is in Looker.");
	if (note) {
		mrkdwn_add_raw(&section, " ");
		mrkdwn_add_raw(&section, note);
	}
	slack_message_set_text(m, text);
	slack_message_add_section(m, section);
}

/* The notification: "Too many orders: 1,234". */
static char *alert_text(TALLOC_CTX *ctx, const struct schedule_job *j)
{
	char *text = mem_strdup(ctx, ":bell: ");

	mrkdwn_add_text(&text, j->title);
	if (json_str(j->alert, "value")) {
		mrkdwn_add_raw(&text, ": ");
		mrkdwn_add_text(&text, json_str(j->alert, "value"));
	}
	return text;
}

/* "Orders: 1,234 (threshold: above 1,000)" */
static void add_alert(TALLOC_CTX *ctx, struct slack_message *m, const struct schedule_job *j)
{
	const char *value = json_str(j->alert, "value");
	const char *threshold = json_str(j->alert, "threshold");
	const char *comparison = json_str(j->alert, "comparison");
	const char *condition = json_str(j->alert, "condition");
	const char *description = json_str(j->alert, "description");
	char *section = heading(ctx, j);

	mrkdwn_add_raw(&section, "\n");
	mrkdwn_add_text(&section, json_str_or(j->alert, "field", "Value"));
	if (value) {
		mrkdwn_add_raw(&section, ": ");
		mrkdwn_add_bold(&section, value);
	}
	if (condition) {
		mrkdwn_add_raw(&section, " (");
		mrkdwn_add_text(&section, condition);
		mrkdwn_add_raw(&section, ")");
	} else if (threshold) {
		mrkdwn_addf_raw(&section, " (threshold: %s%s", comparison ? comparison : "",
				comparison ? " " : "");
		mrkdwn_add_text(&section, threshold);
		mrkdwn_add_raw(&section, ")");
	}
	if (description) {
		mrkdwn_add_raw(&section, "\n");
		mrkdwn_add_text(&section, description);
	}
	slack_message_add_section(m, section);
}

/* Whether the data is more than the value that the alert's line has. */
static bool says_more(const struct schedule_job *j, const struct looker_result *r)
{
	return !json_str(j->alert, "value") || r->n_rows > 1 || r->n_fields > 1;
}

struct slack_message *schedule_job_message(TALLOC_CTX *ctx, const struct schedule_job *j,
					   int64_t sent_ms, const char *note)
{
	struct slack_message *m = slack_message_new(ctx);
	struct render_outcome rows = { 0 };
	struct render_about about = { .title = json_str_or(j->alert, "field", j->title),
				      .link = j->url,
				      .base_url = j->base_url };
	struct looker_vis vis = looker_vis_read(ctx, j->vis);
	struct looker_result *result;
	struct err e;

	if (j->words)
		slack_message_add_section(m, words_of(ctx, j));
	if (j->bare) {
		slack_message_set_text(m, words_of(ctx, j));
		return m;
	}
	if (j->alert)
		add_alert(ctx, m, j);
	if (j->detail &&
	    looker_result_read(ctx, j->detail, j->vis, SLACK_TABLE_ROWS_MAX + 1, &result, &e)) {
		if (says_more(j, result))
			render_result(m, result, &vis, &about, &rows);
	} else if (!j->alert) {
		add_absent(ctx, m, j, note);
	}
	if (j->alert)
		slack_message_set_text(m, alert_text(ctx, j));
	slack_message_add_context(m, footer(ctx, j, sent_ms, &rows));
	return m;
}

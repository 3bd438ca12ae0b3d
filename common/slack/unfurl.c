/*
 * Previews: a message cut to what stands well below somebody's link, and the call that puts it
 * there. What a preview leaves out is one click away, so it is cut hard. It knows no Looker.
 */
#include "slack/unfurl.h"

#include "base/form.h"
#include "base/mem.h"
#include "slack/api_call.h"
#include "slack/message_private.h"

/* Slack names no limit but a section's; people scroll past what is long. */
#define SECTIONS_UNITS 2500 /* all sections: room for a long address in a heading */
#define TABLE_UNITS 1500
#define FIELDS_MAX 10
#define FIELD_UNITS 200
#define CONTEXTS_UNITS 600 /* all of them; the footer is one */

struct preview {
	TALLOC_CTX *ctx;
	struct slack_message *m;
	size_t sections_left, contexts_left;
};

/* As much of it as `*left` holds. */
static const char *take(struct preview *p, const char *mrkdwn, size_t *left)
{
	if (*left < 2)
		return "";
	const char *some = message_shorten(p->ctx, mrkdwn, *left);

	*left -= message_units(some);
	return some;
}

static void add_table(struct preview *p, const struct slack_table *t)
{
	struct slack_table some = *t;

	if (some.n_rows > SLACK_UNFURL_ROWS_MAX)
		some.n_rows = SLACK_UNFURL_ROWS_MAX;
	struct message_lines lines = message_table_lines(p->ctx, &some, TABLE_UNITS);
	char *text = mem_strdup(p->ctx, "```\n");

	for (size_t i = 0; i < lines.n; i++)
		mem_appendf(&text, "%s\n", lines.lines[i]);
	mem_append(&text, "```");
	slack_message_add_section(p->m, text);
}

static void add_fields(struct preview *p, const struct message_part *part)
{
	size_t n = part->n_fields < FIELDS_MAX ? part->n_fields : FIELDS_MAX;
	struct slack_field *fields = mem_array(p->ctx, struct slack_field, n);

	for (size_t i = 0; i < n; i++) {
		fields[i].title = message_shorten(p->ctx, part->fields[i].title, FIELD_UNITS);
		fields[i].mrkdwn = message_shorten(p->ctx, part->fields[i].mrkdwn, FIELD_UNITS);
	}
	slack_message_add_fields(p->m, fields, n);
}

/* Kinds that are not named here (buttons) have no place below a person's message: what is pressed
 * there comes back without the message. */
static void add_part(struct preview *p, const struct message_part *part)
{
	if (part->kind == MESSAGE_SECTION)
		slack_message_add_section(p->m, take(p, part->mrkdwn, &p->sections_left));
	else if (part->kind == MESSAGE_CONTEXT)
		slack_message_add_context(p->m, take(p, part->mrkdwn, &p->contexts_left));
	else if (part->kind == MESSAGE_FIELDS)
		add_fields(p, part);
	else if (part->table) /* a chart's too */
		add_table(p, part->table);
}

struct json_object *slack_unfurl_encode(TALLOC_CTX *ctx, const struct slack_message *m)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	struct preview p = { tmp, slack_message_new(tmp), SECTIONS_UNITS, CONTEXTS_UNITS };
	struct json_object *ret = NULL;

	for (size_t i = 0; i < m->n; i++)
		add_part(&p, &m->parts[i]);
	struct json_object *blocks = message_blocks(tmp, p.m, SLACK_FORM_MONOSPACE);
	if (json_len(blocks) > 0) {
		ret = json_new_object(ctx);
		json_set(ret, "blocks", json_object_get(blocks));
	}
	talloc_free(tmp);
	return ret;
}

bool slack_unfurl_send(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const struct slack_unfurl_place *place, struct json_object *unfurls,
		       struct slack_outcome *outcome, struct err *e)
{
	struct slack_call c =
		slack_call_to(api, "chat.unfurl", SLACK_REPEATS, deadline_ms, outcome);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;

	if (place->unfurl_id && place->source) {
		form_append(&form, "unfurl_id", place->unfurl_id);
		form_append(&form, "source", place->source);
	} else {
		form_append(&form, "channel", place->channel ? place->channel : "");
		form_append(&form, "ts", place->ts ? place->ts : "");
	}
	form_append(&form, "unfurls", json_text(unfurls));
	return slack_call_form(ctx, &c, form, &answer, NULL, e);
}

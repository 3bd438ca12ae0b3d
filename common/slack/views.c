/*
 * The blocks of a view within Slack's limits, and views.publish. Modals are not made here, and what
 * stands in the blocks is the caller's.
 */
#include "slack/views.h"

#include "base/form.h"
#include "base/mem.h"
#include "base/text.h"
#include "slack/api_call.h"
#include "slack/message_private.h"

#define HEADER_MAX_CHARS 150

struct slack_view {
	struct json_object *blocks;
	size_t bytes;
};

struct slack_view *slack_view_new(TALLOC_CTX *ctx)
{
	struct slack_view *v = mem_zero(ctx, struct slack_view);

	v->blocks = json_new_array(v);
	return v;
}

size_t slack_view_room(const struct slack_view *v)
{
	size_t n = json_len(v->blocks);

	return n < SLACK_VIEW_BLOCKS_MAX ? SLACK_VIEW_BLOCKS_MAX - n : 0;
}

size_t slack_view_bytes_left(const struct slack_view *v)
{
	return SLACK_VIEW_BYTES_MAX - v->bytes;
}

/* Takes the array over: all of its blocks, or none. */
static bool add_all(struct slack_view *v, struct json_object *blocks)
{
	size_t n = json_len(blocks), bytes = strlen(json_text(blocks));
	bool fits = n <= slack_view_room(v) && v->bytes + bytes <= SLACK_VIEW_BYTES_MAX;

	for (size_t i = 0; fits && i < n; i++)
		json_object_array_add(v->blocks, json_object_get(json_item(blocks, i)));
	if (fits)
		v->bytes += bytes;
	json_object_put(blocks);
	return fits;
}

static bool add_one(struct slack_view *v, struct json_object *block)
{
	struct json_object *blocks = json_object_new_array();

	json_object_array_add(blocks, block);
	return add_all(v, blocks);
}

static struct json_object *typed(const char *type)
{
	struct json_object *o = json_object_new_object();

	json_set_str(o, "type", type);
	return o;
}

/* `verbatim`: Slack shall not turn names and addresses in data into links by itself. */
static struct json_object *mrkdwn_object(const char *text)
{
	struct json_object *o = typed("mrkdwn");

	json_set_str(o, "text", text);
	json_set_bool(o, "verbatim", true);
	return o;
}

bool slack_view_add_header(struct slack_view *v, const char *text)
{
	struct json_object *block = typed("header"), *plain = typed("plain_text");
	char *some = text_cut(NULL, text, HEADER_MAX_CHARS);

	json_set_str(plain, "text", some);
	json_set_bool(plain, "emoji", true);
	json_set(block, "text", plain);
	talloc_free(some);
	return add_one(v, block);
}

bool slack_view_add_section(struct slack_view *v, const char *mrkdwn)
{
	struct json_object *blocks = json_object_new_array();

	while (*mrkdwn) {
		struct message_cut cut = message_cut_at(mrkdwn, SECTION_MAX);
		char *piece = mem_strndup(NULL, mrkdwn, cut.len);

		if (piece[strspn(piece, " \t\n")]) {
			struct json_object *block = typed("section");
			json_set(block, "text", mrkdwn_object(piece));
			json_object_array_add(blocks, block);
		}
		talloc_free(piece);
		mrkdwn += cut.next;
	}
	return add_all(v, blocks);
}

bool slack_view_add_context(struct slack_view *v, const char *mrkdwn)
{
	struct json_object *block = typed("context"), *elements = json_object_new_array();
	char *some = message_shorten(NULL, mrkdwn, FIELD_MAX);

	json_object_array_add(elements, mrkdwn_object(some));
	json_set(block, "elements", elements);
	talloc_free(some);
	return add_one(v, block);
}

bool slack_view_add_divider(struct slack_view *v)
{
	return add_one(v, typed("divider"));
}

struct json_object *slack_view_encode(struct slack_view *v)
{
	struct json_object *o = json_new_object(v);

	json_set_str(o, "type", "home");
	json_set(o, "blocks", json_object_get(v->blocks));
	return o;
}

bool slack_view_publish(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			const char *user_id, struct slack_view *view, struct slack_outcome *outcome,
			struct err *e)
{
	struct slack_call c =
		slack_call_to(api, "views.publish", SLACK_REPEATS, deadline_ms, outcome);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;

	form_append(&form, "user_id", user_id);
	form_append(&form, "view", json_text(slack_view_encode(view)));
	return slack_call_form(ctx, &c, form, &answer, NULL, e);
}

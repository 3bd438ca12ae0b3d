/*
 * The Events API and RTM: which events concern the bot, and as what. One table of event types; each
 * says where its fields stand and judges the rest. An event that lacks what it needs is nothing,
 * with the reason: an error would have Slack send it three times more.
 */
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/inbound_private.h"

struct event {
	const struct json_object *o;
	const char *self; /* the bot's user id, or NULL */
	struct slack_inbound *in;
};

#define NAMED "the bot is named, not asked"

/* --- messages --- */

/* Why nobody asked by this message, whatever it says; or NULL. */
static const char *not_by_person(const struct event *ev)
{
	const char *subtype = json_str(ev->o, "subtype");
	const char *user = json_str(ev->o, "user");

	if (user && ev->self && strcmp(user, ev->self) == 0)
		return "the bot's own message";
	if (json_get(ev->o, "bot_id") || json_get(ev->o, "bot_profile") ||
	    (subtype && strcmp(subtype, "bot_message") == 0) ||
	    (user && strcmp(user, "USLACKBOT") == 0))
		return "a bot's message";
	if (json_bool_or(ev->o, "hidden", false))
		return "a hidden message";
	if (json_get(ev->o, "edited"))
		return "an edited message";
	if (subtype && strcmp(subtype, "file_share") != 0 &&
	    strcmp(subtype, "thread_broadcast") != 0)
		return mem_printf(ev->in, "message of subtype %s", text_cut(ev->in, subtype, 40));
	return NULL;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

/* Takes the bot's name off the text; false when it does not begin with it. */
static bool take_call(struct slack_inbound *in, const char *self)
{
	const char *text = skip_blanks(in->text);
	size_t len = inbound_call_len(text, self);

	in->text = text + len;
	return len > 0;
}

static const char *as_asked(struct slack_inbound *in, enum slack_inbound_kind kind)
{
	in->kind = kind;
	if (in->thread_ts && in->ts && strcmp(in->thread_ts, in->ts) == 0)
		in->thread_ts = NULL;
	return NULL;
}

static const char *judge_mention(struct event *ev)
{
	const char *why = not_by_person(ev);

	if (why)
		return why;
	return take_call(ev->in, ev->self) ? as_asked(ev->in, SLACK_INBOUND_MENTION) : NAMED;
}

static const char *judge_dm(struct event *ev)
{
	bool called = take_call(ev->in, ev->self);

	if (ev->in->text[0] == '/')
		return "a slash command, typed as a message";
	if (!called && !ev->in->text[0])
		return "a message without words";
	return as_asked(ev->in, SLACK_INBOUND_DM);
}

static bool is_dm(const struct event *ev)
{
	const char *type = json_str(ev->o, "channel_type");

	if (!type) /* RTM: by the id */
		return ev->in->channel_id && ev->in->channel_id[0] == 'D';
	return strcmp(type, "im") == 0 || strcmp(type, "app_home") == 0;
}

static const char *judge_message(struct event *ev)
{
	const char *why = not_by_person(ev);

	if (why)
		return why;
	if (is_dm(ev))
		return judge_dm(ev);
	if (ev->self && take_call(ev->in, ev->self))
		return as_asked(ev->in, SLACK_INBOUND_MENTION);
	inbound_add_links(ev->in, ev->in->text);
	ev->in->text = "";
	return ev->in->n_links > 0 ? as_asked(ev->in, SLACK_INBOUND_LINKS)
				   : "neither for the bot nor with links";
}

/* --- links --- */

static const char *judge_links(struct event *ev)
{
	const struct json_object *links = json_array_at(ev->o, "links");
	const char *user = json_str(ev->o, "user");

	if (user && ev->self && strcmp(user, ev->self) == 0)
		return "the bot's own message";
	if (json_bool_or(ev->o, "is_bot_user_member", false) && ev->in->channel_id &&
	    ev->in->channel_id[0] == 'D')
		return "links in a direct message, which is answered";
	for (size_t i = 0; i < json_len(links); i++) {
		const char *url = json_str(json_item(links, i), "url");

		if (url)
			inbound_add_link(ev->in, url, strlen(url));
	}
	/* Always there today; without it these would pass for links out of a text. */
	if (!ev->in->source)
		ev->in->source = "conversations_history";
	return as_asked(ev->in, SLACK_INBOUND_LINKS);
}

/* --- all others --- */

static const char *judge_home(struct event *ev)
{
	return strcmp(json_str_or(ev->o, "tab", "home"), "home") == 0 ? NULL
								      : "another tab of App Home";
}

static const char *judge_joined(struct event *ev)
{
	ev->in->own = ev->self && ev->in->user_id && strcmp(ev->in->user_id, ev->self) == 0;
	return NULL;
}

static const char *judge_revoked(struct event *ev)
{
	const struct json_object *tokens = json_object_at(ev->o, "tokens");

	return json_len(json_array_at(tokens, "bot")) > 0 ? NULL : "no token of a bot was revoked";
}

static const struct inbound_source message_rows[] = {
	{ "channel_id", "channel" },  { "user_id", "user" }, { "text", "text" }, { "ts", "ts" },
	{ "thread_ts", "thread_ts" },
};
static const struct inbound_source link_rows[] = {
	{ "channel_id", "channel" },  { "user_id", "user" },	    { "ts", "message_ts" },
	{ "thread_ts", "thread_ts" }, { "unfurl_id", "unfurl_id" }, { "source", "source" },
};
/* What has no message is told apart by its own time. */
static const struct inbound_source visit_rows[] = {
	{ "channel_id", "channel" },
	{ "user_id", "user" },
	{ "action_ts", "event_ts" },
};
static const struct inbound_source rename_rows[] = { { "channel_id", "channel.id" } };
static const struct inbound_source share_rows[] = { { "channel_id", "channel" } };
static const struct inbound_source move_rows[] = { { "channel_id", "new_channel_id" },
						   { "old_channel_id", "old_channel_id" } };
static const struct inbound_source person_rows[] = { { "user_id", "user.id" } };

static const struct event_type {
	const char *name;
	enum slack_inbound_kind kind;
	const struct inbound_source *rows;
	size_t n_rows;
	const char *(*judge)(struct event *ev); /* NULL, or why it is nothing */
} event_types[] = {
#define ROWS(rows) rows, INBOUND_N_OF(rows)
	{ "app_mention", SLACK_INBOUND_MENTION, ROWS(message_rows), judge_mention },
	{ "message", SLACK_INBOUND_LINKS, ROWS(message_rows), judge_message },
	{ "link_shared", SLACK_INBOUND_LINKS, ROWS(link_rows), judge_links },
	{ "app_home_opened", SLACK_INBOUND_HOME, ROWS(visit_rows), judge_home },
	{ "member_joined_channel", SLACK_INBOUND_JOINED, ROWS(visit_rows), judge_joined },
	{ "channel_rename", SLACK_INBOUND_CHANNEL, ROWS(rename_rows), NULL },
	{ "group_rename", SLACK_INBOUND_CHANNEL, ROWS(rename_rows), NULL },
	{ "channel_shared", SLACK_INBOUND_CHANNEL, ROWS(share_rows), NULL },
	{ "channel_unshared", SLACK_INBOUND_CHANNEL, ROWS(share_rows), NULL },
	{ "channel_id_changed", SLACK_INBOUND_MOVED, ROWS(move_rows), NULL },
	{ "user_change", SLACK_INBOUND_PERSON, ROWS(person_rows), NULL },
	{ "tokens_revoked", SLACK_INBOUND_REVOKED, NULL, 0, judge_revoked },
	{ "app_uninstalled", SLACK_INBOUND_REVOKED, NULL, 0, NULL },
#undef ROWS
};

static const struct event_type *find_type(const char *name)
{
	for (size_t i = 0; i < INBOUND_N_OF(event_types); i++)
		if (strcmp(event_types[i].name, name) == 0)
			return &event_types[i];
	return NULL;
}

/* The rest of *in from the event itself; what cannot be used is NOTHING. */
static void read_event(struct slack_inbound *in, const struct json_object *o, const char *self)
{
	const struct event_type *type = find_type(json_str_or(o, "type", ""));
	struct event ev = { .o = o, .self = self, .in = in };
	const char *why = NULL;
	struct err e;

	if (!type) {
		inbound_nothing(in, "event %s", inbound_type(in, o));
		return;
	}
	in->kind = type->kind;
	if (!inbound_read(in, o, type->rows, type->n_rows, &e))
		why = e.text;
	else if (type->judge)
		why = type->judge(&ev);
	if (!why && !inbound_complete(in, &e))
		why = e.text;
	if (why)
		inbound_nothing(in, "%s", why);
}

static const char *self_of(const struct json_object *payload, const char *otherwise)
{
	const struct json_object *first = json_item(json_array_at(payload, "authorizations"), 0);
	const char *user = json_bool_or(first, "is_bot", false) ? json_str(first, "user_id") : NULL;

	return user && *user ? user : otherwise;
}

bool slack_inbound_from_event(TALLOC_CTX *ctx, const struct json_object *payload, const char *self,
			      struct slack_inbound **ret, struct err *e)
{
	static const struct inbound_source rows[] = { { "team_id", "team_id" },
						      { "team_id", "context_team_id" },
						      { "event_id", "event_id" } };
	const struct json_object *event = json_object_at(payload, "event");
	const char *type = json_str(payload, "type");
	struct slack_inbound *in;

	if (!type)
		return err_set(e, ERR_BAD_INPUT, "type is missing");
	if (strcmp(type, "event_callback") == 0 && !event)
		return err_set(e, ERR_BAD_INPUT, "event is missing");
	in = inbound_new(ctx, SLACK_INBOUND_LIMITED);
	if (!inbound_read(in, payload, rows, INBOUND_N_OF(rows), e)) {
		talloc_free(in);
		return false;
	}
	in->shared = json_bool_or(payload, "is_ext_shared_channel", false);
	if (strcmp(type, "event_callback") == 0)
		read_event(in, event, self_of(payload, self));
	else if (strcmp(type, "app_rate_limited") != 0)
		inbound_nothing(in, "request %s", inbound_type(in, payload));
	*ret = in;
	return true;
}

bool slack_inbound_from_rtm(TALLOC_CTX *ctx, const struct json_object *frame, const char *team_id,
			    const char *self, struct slack_inbound **ret, struct err *e)
{
	struct slack_inbound *in;

	if (!json_object_is_type(frame, json_type_object))
		return err_set(e, ERR_BAD_INPUT, "the frame is no object");
	in = inbound_new(ctx, SLACK_INBOUND_NOTHING);
	in->team_id = mem_strdup(in, team_id);
	if (strcmp(json_str_or(frame, "type", ""), "message") == 0)
		read_event(in, frame, self);
	else
		inbound_nothing(in, "frame %s", inbound_type(in, frame));
	*ret = in;
	return true;
}

/*
 * The directory in the state table: one value a page of Slack's lists, lines of
 * "id TAB name TAB ... TAB", names folded; a head says which pages count. A new reading has keys of
 * its own, so that nobody ever looks into half of one. 20,000 channels are some 800 kB, looked
 * through in milliseconds.
 */
#include "bot/directory_private.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/job.h"
#include "bot/people.h"
#include "slack/lists.h"

#define HEAD_KEY "directory:head"
#define KEPT_MS (3 * DIRECTORY_MAX_AGE_MS) /* longer than Slack is usually away */
#define NAME_MAX_CHARS 100
#define CALL_DEADLINE_MS (30 * 1000LL)
#define READING_MS (30 * 60 * 1000LL)

const char *const directory_kind_names[DIRECTORY_KINDS] = {
	[DIRECTORY_CHANNELS] = "channels",
	[DIRECTORY_PEOPLE] = "people",
};

char *directory_page_key(TALLOC_CTX *ctx, int64_t began_ms, enum directory_kind kind, size_t page)
{
	return mem_printf(ctx, "directory:%lld:%s:%zu", (long long)began_ms,
			  directory_kind_names[kind], page);
}

/* --- looking up --- */

/* NULL when there is none, or it is another bot's. */
struct json_object *directory_head(TALLOC_CTX *ctx, struct bot *bot, struct err *e)
{
	const char *self = people_self_id(ctx, bot);
	struct json_object *head;
	char *value = NULL;
	size_t len = 0;

	e->kind = ERR_NONE;
	if (!queue_state_get(bot->queue, ctx, HEAD_KEY, &value, &len, e) || !value ||
	    !json_parse(ctx, value, len, &head, e))
		return NULL;
	if (self && strcmp(self, json_str_or(head, "self", self)) != 0)
		return NULL;
	return head;
}

/* How names are compared, and no character that parts them. */
static char *name_key(TALLOC_CTX *ctx, const char *name)
{
	char *key = text_fold(ctx, text_cut(ctx, name ? name : "", NAME_MAX_CHARS));

	for (char *p = key; *p; p++)
		if (*p == '\t' || *p == '\n')
			*p = ' ';
	return key;
}

/* What is found for one name: the better kind of match counts alone. */
struct search {
	TALLOC_CTX *ctx;
	enum directory_kind kind;
	const char *needle; /* TAB name TAB */
	size_t best;	    /* the field of the match, 1 and on; 0: none yet */
	struct directory_found *found;
	bool anywhere; /* the bot may post in any public channel */
};

static size_t field_of(const char *line, const char *at)
{
	size_t n = 0;

	for (const char *p = line; p <= at; p++)
		n += *p == '\t';
	return n;
}

/* People's names are worse than handles (1) and addresses (2), and several may have one. */
static void take_match(struct search *s, const char *line, const char *at)
{
	size_t field = field_of(line, at);
	const char *id = mem_strndup(s->ctx, line, strcspn(line, "\t"));
	bool sure = s->kind == DIRECTORY_CHANNELS || field <= 2;

	if (s->best != 0 && s->best <= 2 && !sure)
		return;
	if (s->best > 2 && sure)
		s->found->n = 0;
	if (s->found->n > 0 && s->found->id && strcmp(s->found->id, id) == 0)
		return;
	s->best = field;
	s->found->id = s->found->n++ == 0 ? id : NULL;
	s->found->open = s->found->id && (s->kind == DIRECTORY_PEOPLE || s->anywhere ||
					  at[strlen(s->needle)] == '1');
}

static void search_page(struct search *s, const char *page)
{
	for (const char *at = page; (at = strstr(at, s->needle)); at++) {
		const char *line = at;

		while (line > page && line[-1] != '\n')
			line--;
		take_match(s, line, at);
	}
}

bool directory_find(TALLOC_CTX *ctx, struct bot *bot, enum directory_kind kind, const char *name,
		    struct directory_found *ret, struct err *e)
{
	struct json_object *head = directory_head(ctx, bot, e);
	const char *key = name_key(ctx, name);
	struct search s = { ctx, kind, mem_printf(ctx, "\t%s\t", key), 0, ret, false };

	*ret = (struct directory_found){ .id = NULL };
	if (!head)
		return e->kind == ERR_NONE || e->kind == ERR_BAD_INPUT;
	const struct json_object *part = json_object_at(head, directory_kind_names[kind]);
	const int64_t began_ms = json_int_or(head, "began_ms", 0);
	const int64_t pages = json_int_or(part, "pages", 0);

	ret->problem = mem_strdup(ctx, json_str(part, "problem"));
	s.anywhere = json_bool_or(head, "anywhere", false);
	for (int64_t i = 0; key[0] && i < pages && i < DIRECTORY_PAGES_MAX; i++) {
		TALLOC_CTX *tmp = mem_ctx(NULL);
		char *page = NULL;
		size_t len = 0;
		bool ok = queue_state_get(bot->queue, tmp,
					  directory_page_key(tmp, began_ms, kind, (size_t)i), &page,
					  &len, e);

		if (ok && page)
			search_page(&s, page);
		talloc_free(tmp);
		if (!ok)
			return false;
		if (!page) /* it is being replaced: as if there were none */
			return true;
	}
	ret->read_ms = began_ms;
	return true;
}

/* --- when it is read --- */

static bool expects_names(const struct bot *bot)
{
	bool any = bot->config->lookerbot_auth_tokens[0] != NULL;

	for (size_t i = 0; i < bot->config->n_lookers; i++)
		any |= bot->config->lookers[i].webhook_tokens[0] != NULL;
	return any;
}

static bool put_reading(struct bot *bot, const char *key, int64_t not_before_ms, struct err *e)
{
	const int64_t now_ms = clock_now_ms();
	struct queue_put put = {
		.kind = JOB_DIRECTORY,
		.keys = { key },
		/* One reading at a time: in a large workspace, where Slack slows it down, a second
		 * one would take its share of the calls. */
		.key_ttl_ms = not_before_ms ? KEPT_MS : READING_MS,
		.lane = "",
		.priority = QUEUE_PRIORITY_DELIVERY,
		.not_before_ms = not_before_ms,
		.expires_ms = (not_before_ms ? not_before_ms : now_ms) + READING_MS,
		.body = "",
		.body_len = 0,
	};

	return queue_put(bot->queue, &put, 1, NULL, e);
}

void directory_read_later(struct bot *bot, int64_t max_age_ms)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	struct err e;

	if (expects_names(bot)) {
		struct json_object *head = directory_head(tmp, bot, &e);
		int64_t began_ms = json_int_or(head, "began_ms", 0);
		const char *self = people_self_id(tmp, bot);
		const char *key =
			mem_printf(tmp, "after:%lld:%s", (long long)began_ms, self ? self : "");

		if ((began_ms == 0 || clock_is_older(began_ms, max_age_ms)) &&
		    !put_reading(bot, key, 0, &e))
			log_debug("directory_not_queued", LOG_S("reason", e.text));
	}
	talloc_free(tmp);
}

bool directory_read_next(TALLOC_CTX *ctx, struct bot *bot, struct err *e)
{
	const int64_t next_ms = clock_now_ms() + DIRECTORY_MAX_AGE_MS;
	/* One an hour, whichever process and however often it was asked for. */
	const char *hour =
		mem_printf(ctx, "hour:%lld", (long long)(next_ms / DIRECTORY_MAX_AGE_MS));

	return !expects_names(bot) || put_reading(bot, hour, next_ms, e);
}

/* --- reading --- */

static void add_line(char **page, TALLOC_CTX *ctx, const char *id, const char *const *names,
		     size_t n, const char *end)
{
	mem_append(page, id);
	for (size_t i = 0; i < n; i++)
		mem_appendf(page, "\t%s", name_key(ctx, names[i]));
	mem_appendf(page, "\t%s\n", end);
}

static bool fetch_channels(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms,
			   const struct directory_reading *r, char **page, const char **ret_cursor,
			   struct err *e)
{
	struct slack_listed_channel *list;
	size_t n;

	if (!slack_list_channels(ctx, bot->slack, deadline_ms, r->cursor, !r->without_private,
				 &list, &n, ret_cursor, e))
		return false;
	for (size_t i = 0; i < n; i++)
		add_line(page, ctx, list[i].id, &list[i].name, 1, list[i].member ? "1" : "0");
	return true;
}

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Slack lists people of other companies, too, as soon as a channel is shared with them; nothing is
 * sent to them by name. */
static bool is_ours(const struct bot *bot, const struct slack_identity *self,
		    const struct slack_user *u)
{
	bool ours = !u->team_id || same(u->team_id, self->team_id);

	for (size_t i = 0; i < u->n_teams; i++)
		ours |= same(u->teams[i], self->team_id);
	return ours ||
	       (!bot->config->strict_teams && (same(u->enterprise_id, self->enterprise_id) ||
					       same(u->team_id, self->enterprise_id)));
}

static bool fetch_people(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms,
			 const struct directory_reading *r, char **page, const char **ret_cursor,
			 struct err *e)
{
	struct slack_listed_person *list;
	struct slack_identity self;
	size_t n;

	if (!people_self(ctx, bot, deadline_ms, &self, e) ||
	    !slack_list_people(ctx, bot->slack, deadline_ms, r->cursor, &list, &n, ret_cursor, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_ours(bot, &self, list[i].user))
			continue;
		const char *const names[] = { list[i].handle, list[i].email, list[i].display };
		add_line(page, ctx, list[i].id, names, 3, "");
	}
	return true;
}

static bool (*const fetch[DIRECTORY_KINDS])(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms,
					    const struct directory_reading *r, char **page,
					    const char **ret_cursor, struct err *e) = {
	[DIRECTORY_CHANNELS] = fetch_channels,
	[DIRECTORY_PEOPLE] = fetch_people,
};

/* What Slack refuses for good ends this half, or leaves the private channels out of it. */
static bool go_on_without(TALLOC_CTX *ctx, struct directory_reading *r, struct err *e)
{
	/* A token is put in order again: until then the names that are known stay known. */
	if (e->kind == ERR_TEMPORARY || e->kind == ERR_RATE_LIMITED || e->kind == ERR_BAD_INPUT ||
	    e->kind == ERR_AUTH)
		return false;
	if (r->kind == DIRECTORY_CHANNELS && !r->without_private && e->kind == ERR_FORBIDDEN) {
		r->without_private = true;
		r->problems[r->kind] = mem_strdup(ctx, e->text);
		return true;
	}
	r->problems[r->kind++] = mem_strdup(ctx, e->text);
	r->cursor = NULL;
	return true;
}

/* What Slack says of a page lives in `tmp`: there are many, and each has some megabytes. */
static bool read_page(TALLOC_CTX *ctx, TALLOC_CTX *tmp, struct bot *bot, int64_t deadline_ms,
		      struct directory_reading *r, struct err *e)
{
	const int64_t own_ms = clock_deadline_ms(CALL_DEADLINE_MS);
	char *page = mem_strdup(tmp, "");
	const char *cursor = "";

	if (!fetch[r->kind](tmp, bot, own_ms < deadline_ms ? own_ms : deadline_ms, r, &page,
			    &cursor, e))
		return go_on_without(ctx, r, e);
	const char *key = directory_page_key(ctx, r->began_ms, r->kind, r->pages[r->kind]);
	if (!queue_state_set(bot->queue, key, page, strlen(page), clock_now_ms() + KEPT_MS, e))
		return false;
	r->pages[r->kind]++;
	r->cursor = mem_strdup(ctx, cursor);
	if (!cursor[0] || r->pages[r->kind] >= DIRECTORY_PAGES_MAX) {
		r->kind++;
		r->cursor = NULL;
	}
	return true;
}

bool directory_read_page(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms,
			 struct directory_reading *r, struct err *e)
{
	TALLOC_CTX *tmp = mem_ctx(ctx);
	bool ok = read_page(ctx, tmp, bot, deadline_ms, r, e);

	talloc_free(tmp);
	return ok;
}

/* In a list with commas; what Slack does not say is not there. */
static bool has_scope(const char *scopes, const char *scope)
{
	const size_t len = strlen(scope);

	for (const char *p = scopes; p && (p = strstr(p, scope)); p += len)
		if ((p == scopes || p[-1] == ',' || p[-1] == ' ') && (!p[len] || p[len] == ','))
			return true;
	return false;
}

bool directory_publish(TALLOC_CTX *ctx, struct bot *bot, const struct slack_identity *self,
		       const struct directory_reading *r, struct err *e)
{
	struct json_object *head = json_new_object(ctx);
	struct json_object *before = directory_head(ctx, bot, e);
	const char *value;

	json_set_str(head, "self", self->user_id);
	json_set_bool(head, "anywhere", has_scope(self->scopes, "chat:write.public"));
	json_set_int(head, "began_ms", r->began_ms);
	for (size_t k = 0; k < DIRECTORY_KINDS; k++) {
		struct json_object *part = json_object_new_object();

		json_set_int(part, "pages", (int64_t)r->pages[k]);
		json_set_str(part, "problem", r->problems[k]);
		json_set(head, directory_kind_names[k], part);
	}
	value = json_text(head);
	/* One that began later may have been faster. */
	if (json_int_or(before, "began_ms", 0) <= r->began_ms &&
	    !queue_state_set(bot->queue, HEAD_KEY, value, strlen(value), clock_now_ms() + KEPT_MS,
			     e))
		return false;
	return directory_read_next(ctx, bot, e);
}

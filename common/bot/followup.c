/*
 * The grammar of follow-ups, and the memory of the last answer in a direct message or thread.
 * Nothing is looked up here but that memory: what a name or a value means is decided when the
 * answer is run again.
 */
#include "bot/followup.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define LAST_MS (30 * 24 * 3600 * 1000LL) /* as long as buttons live */
#define BLANKS " \t\n"

static const struct {
	const char *word;
	const char *action_id;
} words[FOLLOWUP_WORDS] = {
	[FOLLOWUP_CSV] = { "csv", "csv" },    [FOLLOWUP_XLSX] = { "xlsx", "xlsx" },
	[FOLLOWUP_PDF] = { "pdf", "pdf" },    [FOLLOWUP_PICTURE] = { "picture", "picture" },
	[FOLLOWUP_AGAIN] = { "again", NULL },
};

const char *followup_action(enum followup_word word)
{
	return words[word].action_id;
}

/* --- the grammar --- */

/* A quote opens only where a value can begin, as in bot/filters.c: 5" is five inches. */
static bool opens_quote(const char *text, const char *p)
{
	return *p == '"' && (p == text || strchr(BLANKS ",;=", p[-1]));
}

/* What follows the quote at `p`, which may never be closed. */
static const char *after_quote(const char *p)
{
	const char *end = strchr(p + 1, '"');

	return end ? end + 1 : p + strlen(p);
}

/* The end of the piece without blanks outside quotes that begins at `p`. */
static const char *piece_end(const char *text, const char *p)
{
	while (*p && !strchr(BLANKS, *p))
		p = opens_quote(text, p) ? after_quote(p) : p + 1;
	return p;
}

/* "picture = yes" is a value for a filter of that name. */
static bool is_name(const char *end)
{
	return end[strspn(end, BLANKS)] == '=';
}

static bool take_word(TALLOC_CTX *ctx, const char *from, const char *end, struct followup *f)
{
	const char *piece = mem_strndup(ctx, from, (size_t)(end - from));

	for (size_t i = 0; i < FOLLOWUP_WORDS && !is_name(end); i++) {
		if (!text_equal_fold(piece, words[i].word))
			continue;
		f->words[i] = true;
		return true;
	}
	return false;
}

/* The first '=' that stands between a name and its value: ">=5" is Looker's. */
static const char *find_equals(const char *values)
{
	for (const char *p = values; *p;) {
		if (opens_quote(values, p)) {
			p = after_quote(p);
			continue;
		}
		if (*p == '=' && p > values && !strchr("<>!", p[-1]))
			return p;
		p++;
	}
	return NULL;
}

static bool read_name(TALLOC_CTX *ctx, struct followup *f)
{
	const char *equals = find_equals(f->values);

	if (!equals)
		return false;
	char *name = text_trim(ctx, mem_strndup(ctx, f->values, (size_t)(equals - f->values)));
	size_t len = strlen(name);
	bool quoted = len > 1 && name[0] == '"' && strchr(name + 1, '"') == name + len - 1;
	f->name = quoted ? mem_strndup(ctx, name + 1, len - 2) : name;
	f->doubtful = !quoted && strpbrk(name, BLANKS);
	return f->name[0] && !strstr(f->name, "://");
}

bool followup_read(TALLOC_CTX *ctx, const char *text, struct followup *ret)
{
	char *values = mem_strdup(ctx, "");
	bool any = false;

	*ret = (struct followup){ .values = "" };
	for (const char *p = text + strspn(text, BLANKS), *end; *p; p = end + strspn(end, BLANKS)) {
		end = piece_end(text, p);
		if (take_word(ctx, p, end, ret)) {
			any = true;
			continue;
		}
		mem_append(&values, values[0] ? " " : "");
		mem_append_n(&values, p, (size_t)(end - p));
	}
	ret->values = values;
	return values[0] ? read_name(ctx, ret) : any;
}

/* --- the last answer --- */

/* One answer there: the last that all see, or the last that one person alone saw. */
struct last {
	const char *key; /* NULL: none */
	int64_t when_ms;
};

/* Of a thread, or of a direct message outside threads; `user_id`: that person's own, or NULL. */
static char *state_key(TALLOC_CTX *ctx, const char *channel_id, const char *thread_ts,
		       const char *user_id)
{
	return mem_printf(ctx, "last:%s:%s:%s", channel_id, thread_ts ? thread_ts : "",
			  user_id ? user_id : "");
}

static bool is_direct(const struct slack_inbound *in)
{
	return in->channel_id[0] == 'D';
}

/* When it fails, the answer before stays the last one: no reason to answer again. */
static void note(struct job_run *run, const struct slack_inbound *in, const char *thread_ts,
		 const struct reply *r)
{
	const char *user_id = r->private ? in->user_id : NULL;
	int64_t now_ms = clock_now_ms();
	char *value = mem_printf(run->ctx, "%s %lld", r->shown, (long long)now_ms);
	struct err e;

	(void)!queue_state_set(run->bot->queue,
			       state_key(run->ctx, in->channel_id, thread_ts, user_id), value,
			       strlen(value), now_ms + LAST_MS, &e);
}

/* Also in direct messages: a command may be typed in one between two people. */
void followup_note(struct job_run *run, const struct slack_inbound *in, const struct reply *r)
{
	const char *thread_ts = in->thread_ts ? in->thread_ts : r->ts;

	if (thread_ts)
		note(run, in, thread_ts, r);
	if (is_direct(in) && !in->thread_ts)
		note(run, in, NULL, r);
}

static bool read_last(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in,
		      const char *user_id, struct last *ret, struct err *e)
{
	char *value = NULL;
	size_t len = 0;

	*ret = (struct last){ .key = NULL };
	if (!queue_state_get(bot->queue, ctx,
			     state_key(ctx, in->channel_id, in->thread_ts, user_id), &value, &len,
			     e))
		return false;
	const char *blank = value ? strchr(value, ' ') : NULL;
	if (blank && text_to_int(blank + 1, 0, INT64_MAX, &ret->when_ms))
		ret->key = mem_strndup(ctx, value, (size_t)(blank - value));
	return true;
}

bool followup_last(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in,
		   const char **ret, struct err *e)
{
	struct last all, own;

	*ret = NULL;
	if (!in->thread_ts && !is_direct(in))
		return true;
	if (!read_last(ctx, bot, in, NULL, &all, e) ||
	    !read_last(ctx, bot, in, in->user_id, &own, e))
		return false;
	*ret = own.key && (!all.key || own.when_ms >= all.when_ms) ? own.key : all.key;
	return true;
}

/*
 * The list lives in the state table as JSON, one for each identity that asked: nobody is shown a
 * title that another may see. No process keeps it in memory between commands. Ranks it against a
 * person's words; what is done with the hits is the command's.
 */
#include "bot/titles.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/command.h"
#include "slack/mrkdwn.h"

#define MAX_AGE_MS (3600 * 1000LL)
#define OWN_MAX_AGE_MS (10 * 60 * 1000LL) /* of one person's: rights change, and many add up */
#define MISS_AGE_MS (60 * 1000LL)

/* --- what is wanted --- */

static bool names_kind(const char *word, struct titles_wanted *w)
{
	static const struct {
		const char *word;
		bool looks, dashboards;
	} kinds[] = {
		{ "look", true, false },
		{ "looks", true, false },
		{ "dashboard", false, true },
		{ "dashboards", false, true },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].word, word) != 0)
			continue;
		w->looks = kinds[i].looks;
		w->dashboards = kinds[i].dashboards;
		return true;
	}
	return false;
}

/* Whether the word is part of an instance's host; only a choice when there are several. A number
 * is none: it may be a port by chance. */
static bool names_instance(const struct bot *bot, const char *word, struct titles_wanted *w)
{
	if (bot->n_lookers < 2 || word[strspn(word, "0123456789")] == '\0')
		return false;
	for (size_t i = 0; i < bot->n_lookers; i++) {
		if (!strstr(looker_name(bot->lookers[i]), word))
			continue;
		w->instance = i;
		return true;
	}
	return false;
}

struct titles_wanted titles_wanted_read(TALLOC_CTX *ctx, const struct bot *bot, const char *text)
{
	struct titles_wanted w = { .looks = true, .dashboards = true, .words = text };
	const char *rest;

	if (names_kind(command_first_word(ctx, w.words, &rest), &w) && *rest)
		w.words = rest;
	if (names_instance(bot, command_first_word(ctx, w.words, &rest), &w) && *rest)
		w.words = rest;
	return w;
}

const char *titles_wanted_word(const struct titles_wanted *w)
{
	if (w->looks && w->dashboards)
		return "Looks and dashboards";
	return w->looks ? "Looks" : "dashboards";
}

/* --- the list --- */

static char *state_key(TALLOC_CTX *ctx, const struct identity *who)
{
	if (!who->user_id)
		return mem_printf(ctx, "titles:%s", looker_name(who->lk));
	return mem_printf(ctx, "titles-as:%s:%s", looker_name(who->lk), who->user_id);
}

static int64_t max_age_ms(const struct identity *who)
{
	return who->user_id ? OWN_MAX_AGE_MS : MAX_AGE_MS;
}

static struct json_object *to_json(TALLOC_CTX *ctx, const struct titles *t)
{
	struct json_object *o = json_new_object(ctx), *list = json_new_array(ctx);

	for (size_t i = 0; i < t->n; i++) {
		struct json_object *item = json_new_object(ctx);
		json_set_bool(item, "dashboard", t->titles[i].is_dashboard);
		json_set_str(item, "id", t->titles[i].id);
		json_set_str(item, "title", t->titles[i].title);
		json_set_str(item, "folder", t->titles[i].folder);
		json_object_array_add(list, json_object_get(item));
	}
	json_set_int(o, "read_ms", t->read_ms);
	json_set(o, "titles", json_object_get(list));
	return o;
}

static void from_json(TALLOC_CTX *ctx, const struct json_object *o, struct titles *ret)
{
	struct json_object *list = json_array_at(o, "titles");

	ret->read_ms = json_int_or(o, "read_ms", 0);
	ret->n = json_len(list);
	ret->titles = mem_array(ctx, struct looker_title, ret->n);
	for (size_t i = 0; i < ret->n; i++) {
		const struct json_object *item = json_item(list, i);
		ret->titles[i] = (struct looker_title){
			.is_dashboard = json_bool_or(item, "dashboard", false),
			.id = json_str_or(item, "id", ""),
			.title = json_str_or(item, "title", ""),
			.folder = json_str_or(item, "folder", ""),
		};
	}
}

static bool read_stored(TALLOC_CTX *ctx, struct bot *bot, const struct identity *who,
			struct titles *ret)
{
	struct json_object *o;
	char *text = NULL;
	size_t len;
	struct err e;

	if (!queue_state_get(bot->queue, ctx, state_key(ctx, who), &text, &len, &e) || !text ||
	    !json_parse(ctx, text, len, &o, &e))
		return false; /* Looker knows better anyway */
	from_json(ctx, o, ret);
	return true;
}

static bool get(TALLOC_CTX *ctx, struct bot *bot, const struct identity *who, int64_t age_ms,
		int64_t deadline_ms, struct titles *ret, struct err *e)
{
	struct titles t = { 0 };
	int64_t now_ms = clock_now_ms();

	if (read_stored(ctx, bot, who, &t) && !clock_is_older(t.read_ms, age_ms)) {
		*ret = t;
		return true;
	}
	t.read_ms = now_ms;
	if (!looker_titles(ctx, who->lk, deadline_ms, &t.titles, &t.n, e))
		return false;
	const char *text = json_text(to_json(ctx, &t));
	struct err unstored; /* the next one reads again: nothing is lost but a call */
	(void)!queue_state_set(bot->queue, state_key(ctx, who), text, strlen(text),
			       now_ms + max_age_ms(who), &unstored);
	*ret = t;
	return true;
}

static size_t rank(TALLOC_CTX *ctx, const struct titles *t, const struct titles_wanted *w,
		   struct fuzzy_hit *hits, size_t max)
{
	const char **folded = mem_array(ctx, const char *, t->n);

	for (size_t i = 0; i < t->n; i++) {
		bool asked = t->titles[i].is_dashboard ? w->dashboards : w->looks;
		folded[i] = asked ? text_fold(ctx, t->titles[i].title) : "";
	}
	return fuzzy_rank(text_fold(ctx, w->words), folded, t->n, FUZZY_GOOD, hits, max);
}

bool titles_find(TALLOC_CTX *ctx, struct bot *bot, const struct identity *who,
		 const struct titles_wanted *w, int64_t deadline_ms, struct titles *ret,
		 struct fuzzy_hit *ret_hits, size_t max, size_t *ret_n, struct err *e)
{
	struct titles t;

	if (!get(ctx, bot, who, max_age_ms(who), deadline_ms, &t, e))
		return false;
	size_t n = rank(ctx, &t, w, ret_hits, max);
	if (n == 0 && clock_is_older(t.read_ms, MISS_AGE_MS)) {
		if (!get(ctx, bot, who, MISS_AGE_MS, deadline_ms, &t, e))
			return false;
		n = rank(ctx, &t, w, ret_hits, max);
	}
	*ret = t;
	*ret_n = n;
	return true;
}

void titles_add_line(char **mrkdwn, const struct looker *lk, const struct looker_title *t)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	enum looker_content kind = t->is_dashboard ? LOOKER_DASHBOARD : LOOKER_LOOK;

	mrkdwn_add_raw(mrkdwn, "\n• ");
	mrkdwn_add_link(mrkdwn, looker_content_url(tmp, lk, kind, t->id), t->title);
	mrkdwn_add_raw(mrkdwn, t->is_dashboard ? " – dashboard" : " – Look");
	if (t->folder[0] != '\0') {
		mrkdwn_add_raw(mrkdwn, " in ");
		mrkdwn_add_text(mrkdwn, t->folder);
	}
	talloc_free(tmp);
}

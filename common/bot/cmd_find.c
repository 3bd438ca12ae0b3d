/* find [look|dashboard] [instance] WORDS: the five best titles, as links. Runs nothing. */
#include "base/form.h"
#include "base/fuzzy.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/command.h"
#include "bot/titles.h"
#include "slack/mrkdwn.h"

#define HITS 5

/* What the words after "find" ask for. */
struct wanted {
	bool looks, dashboards;
	size_t instance;
	const char *words;
};

static bool names_kind(const char *word, struct wanted *w)
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

/* Whether the word is part of an instance's host; only a choice when there are several. */
static bool names_instance(const struct bot *bot, const char *word, struct wanted *w)
{
	if (bot->n_lookers < 2 || word[0] == '\0')
		return false;
	for (size_t i = 0; i < bot->n_lookers; i++) {
		if (!strstr(looker_name(bot->lookers[i]), word))
			continue;
		w->instance = i;
		return true;
	}
	return false;
}

static struct wanted read_wanted(TALLOC_CTX *ctx, const struct bot *bot, const char *text)
{
	struct wanted w = { .looks = true, .dashboards = true, .words = text };
	const char *rest;

	if (names_kind(command_first_word(ctx, w.words, &rest), &w) && *rest)
		w.words = rest;
	if (names_instance(bot, command_first_word(ctx, w.words, &rest), &w) && *rest)
		w.words = rest;
	return w;
}

static bool find_match(TALLOC_CTX *ctx, const struct bot *bot, const struct catalogue *catalogue,
		       const char *text, struct command_match *ret)
{
	(void)catalogue;
	if (strcmp(command_first_word(ctx, text, &ret->rest), "find") != 0)
		return false;
	ret->instance = read_wanted(ctx, bot, ret->rest).instance;
	return true;
}

static char *title_url(TALLOC_CTX *ctx, const struct looker *lk, const struct looker_title *t)
{
	return mem_printf(ctx, "%s/%s/%s", looker_url(lk), t->is_dashboard ? "dashboards" : "looks",
			  form_escape(ctx, t->id));
}

static size_t rank(TALLOC_CTX *ctx, const struct titles *t, const struct wanted *w,
		   struct fuzzy_hit *hits)
{
	const char **folded = mem_array(ctx, const char *, t->n);

	for (size_t i = 0; i < t->n; i++) {
		bool asked = t->titles[i].is_dashboard ? w->dashboards : w->looks;
		folded[i] = asked ? text_fold(ctx, t->titles[i].title) : "";
	}
	return fuzzy_rank(text_fold(ctx, w->words), folded, t->n, FUZZY_GOOD, hits, HITS);
}

static void add_hit(char **text, const struct looker *lk, const struct looker_title *t)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);

	mrkdwn_add_raw(text, "\n• ");
	mrkdwn_add_link(text, title_url(tmp, lk, t), t->title);
	mrkdwn_add_raw(text, t->is_dashboard ? " – dashboard" : " – Look");
	if (t->folder[0] != '\0') {
		mrkdwn_add_raw(text, " in ");
		mrkdwn_add_text(text, t->folder);
	}
	talloc_free(tmp);
}

static const char *kinds_word(const struct wanted *w)
{
	if (w->looks && w->dashboards)
		return "Looks and dashboards";
	return w->looks ? "Looks" : "dashboards";
}

static struct slack_message *say_hits(TALLOC_CTX *ctx, const struct looker *lk,
				      const struct titles *t, const struct wanted *w,
				      const struct fuzzy_hit *hits, size_t n)
{
	char *text = mem_strdup(ctx, "");

	if (n == 0) {
		mrkdwn_addf_raw(&text, "No %s match ", kinds_word(w));
		mrkdwn_add_code(&text, w->words);
		mrkdwn_add_raw(&text, " (among those that the bot's Looker account may see).");
	} else {
		mrkdwn_addf_raw(&text, "*Matching %s*", kinds_word(w));
	}
	for (size_t i = 0; i < n; i++)
		add_hit(&text, lk, &t->titles[hits[i].index]);
	return command_say(ctx, text);
}

static bool find_run(TALLOC_CTX *ctx, const struct command_call *call, struct command_answer *ret,
		     struct err *e)
{
	struct bot *bot = call->bot;
	struct wanted w = read_wanted(ctx, bot, call->match.rest);
	struct looker *lk = bot->lookers[w.instance];
	struct fuzzy_hit hits[HITS];
	struct titles t;

	if (w.words[0] == '\0') {
		ret->private = true;
		ret->message =
			command_say(ctx, "What shall I look for? For example: `find orders`");
		return true;
	}
	if (!titles_get(ctx, bot, w.instance, TITLES_MAX_AGE_MS, call->deadline_ms, &t, e))
		return false;
	size_t n = rank(ctx, &t, &w, hits);
	if (n == 0 && call->now_ms - t.read_ms > TITLES_MISS_AGE_MS) {
		if (!titles_get(ctx, bot, w.instance, TITLES_MISS_AGE_MS, call->deadline_ms, &t, e))
			return false;
		n = rank(ctx, &t, &w, hits);
	}
	ret->private = false;
	ret->message = say_hits(ctx, lk, &t, &w, hits, n);
	return true;
}

const struct command command_find = {
	.name = "find",
	.usage = "find [look|dashboard] words",
	.help = "the Looks and dashboards whose titles fit best",
	.echoed = true,
	.match = find_match,
	.run = find_run,
};

/* find [look|dashboard] [instance] WORDS: the five best titles, as links. Runs nothing. */
#include "base/mem.h"
#include "bot/command.h"
#include "bot/identity.h"
#include "bot/titles.h"
#include "slack/mrkdwn.h"

#define HITS 5

static bool find_match(TALLOC_CTX *ctx, const struct bot *bot, const struct catalogue *catalogue,
		       const char *text, struct command_match *ret)
{
	(void)catalogue;
	if (strcmp(command_first_word(ctx, text, &ret->rest), command_find.name) != 0)
		return false;
	ret->instance = titles_wanted_read(ctx, bot, ret->rest).instance;
	return true;
}

static struct slack_message *say_hits(TALLOC_CTX *ctx, const struct bot *bot,
				      const struct titles *t, const struct titles_wanted *w,
				      const struct fuzzy_hit *hits, size_t n)
{
	const struct looker *lk = bot->lookers[w->instance];
	char *text = mem_strdup(ctx, "");

	if (n == 0) {
		mrkdwn_addf_raw(&text, "No %s match ", titles_wanted_word(w));
		mrkdwn_add_code(&text, w->words);
		mrkdwn_addf_raw(&text, " (among those that %s may see).", identity_whose(bot));
	} else {
		mrkdwn_addf_raw(&text, "*Matching %s*", titles_wanted_word(w));
	}
	for (size_t i = 0; i < n; i++)
		titles_add_line(&text, lk, &t->titles[hits[i].index]);
	return command_say(ctx, text);
}

static bool find_run(TALLOC_CTX *ctx, const struct command_call *call, struct command_answer *ret,
		     struct err *e)
{
	struct bot *bot = call->bot;
	struct titles_wanted w = titles_wanted_read(ctx, bot, call->match.rest);
	struct fuzzy_hit hits[HITS];
	struct identity who;
	struct titles t;
	size_t n;

	if (w.words[0] == '\0') {
		command_whisper(ctx, "What shall I look for? For example: `find orders`", ret);
		return true;
	}
	if (!identity_looker(ctx, call, w.instance, &who, e))
		return false;
	if (!who.lk) {
		identity_say_miss(ctx, &who, ret);
		return true;
	}
	if (!titles_find(ctx, bot, &who, &w, call->deadline_ms, &t, hits, HITS, &n, e))
		return false;
	ret->message = say_hits(ctx, bot, &t, &w, hits, n);
	return true;
}

static const char *const examples[] = { "find orders", "find look orders by month",
					"find dashboard sales", NULL };

const struct command command_find = {
	.name = "find",
	.usage = "find [look|dashboard] words",
	.help = "the Looks and dashboards whose titles fit best",
	.about = "Searches the titles of all Looks and dashboards that the bot's Looker account "
		 "may see, and forgives typing errors. It runs none of them. With several Lookers "
		 "the first word may name one: a part of its address.",
	.examples = examples,
	.echoed = true,
	.match = find_match,
	.run = find_run,
};

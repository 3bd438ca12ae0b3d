/*
 * help, help COMMAND, and whatever no other command takes: then with a guess at what was meant. For
 * the asker alone.
 */
#include "bot/cmd_help.h"
#include "base/fuzzy.h"
#include "base/mem.h"
#include "base/text.h"
#include "slack/mrkdwn.h"

#define GUESSES_MAX 3
#define TYPOS_MAX 1 /* in the name of a built-in command: they have four letters */
#define QUOTED_MAX_CHARS 100

static bool help_match(TALLOC_CTX *ctx, const struct bot *bot, const struct catalogue *catalogue,
		       const char *text, struct command_match *ret)
{
	(void)ctx;
	(void)bot;
	(void)catalogue;
	ret->instance = COMMAND_NOBODY;
	ret->rest = text;
	return true;
}

/* --- guesses --- */

struct guesses {
	const char *texts[GUESSES_MAX];
	size_t n;
};

/* "fnid orders" -> "find orders" */
static void guess_builtins(TALLOC_CTX *ctx, const char *words, struct guesses *g)
{
	const char *rest;
	const char *first = command_first_word(ctx, words, &rest);

	for (const struct command *const *c = command_table; *c && g->n < GUESSES_MAX; c++) {
		if (!(*c)->usage || fuzzy_edits(first, (*c)->name) > TYPOS_MAX)
			continue;
		g->texts[g->n++] = mem_printf(ctx, "%s%s%s", (*c)->name, *rest ? " " : "",
					      text_cut(ctx, rest, QUOTED_MAX_CHARS));
	}
}

static void guess_customs(TALLOC_CTX *ctx, const struct catalogue *catalogue, const char *words,
			  struct guesses *g)
{
	const char **keys = mem_array(ctx, const char *, catalogue->n_commands);
	struct fuzzy_hit hits[GUESSES_MAX];

	for (size_t i = 0; i < catalogue->n_commands; i++) {
		const struct catalogue_command *c = &catalogue->commands[i];
		/* One of two with the same title is enough. */
		bool first = catalogue_find(catalogue, c->key) == c;
		keys[i] = c->hidden || !first ? "" : c->key;
	}
	size_t n = fuzzy_rank(text_fold(ctx, words), keys, catalogue->n_commands, FUZZY_GOOD, hits,
			      GUESSES_MAX);
	for (size_t i = 0; i < n && g->n < GUESSES_MAX; i++)
		g->texts[g->n++] = keys[hits[i].index];
}

/* "I do not know …", with what was perhaps meant. `before` is what a guess needs before it. */
static char *unknown_text(TALLOC_CTX *ctx, const struct command_call *call, const char *words,
			  const char *before)
{
	char *text = mem_strdup(ctx, "I do not know ");
	struct guesses g = { 0 };

	guess_builtins(ctx, words, &g);
	guess_customs(ctx, call->catalogue, words, &g);
	mrkdwn_add_code(&text, text_cut(ctx, words, QUOTED_MAX_CHARS));
	mrkdwn_add_raw(&text, ".");
	for (size_t i = 0; i < g.n; i++) {
		mrkdwn_add_raw(&text, i > 0 ? " or " : " Did you mean ");
		mrkdwn_add_code(&text, mem_printf(ctx, "%s%s", before, g.texts[i]));
	}
	mrkdwn_add_raw(&text, g.n > 0 ? "?" : "");
	return text;
}

/* --- the answer --- */

bool help_is_asked(TALLOC_CTX *ctx, const char *text, const char **ret_words)
{
	const char *rest;

	*ret_words = text;
	if (text[0] == '\0')
		return true;
	if (strcmp(command_first_word(ctx, text, &rest), command_help.name) != 0)
		return false;
	*ret_words = rest;
	return true;
}

static void add_unknown(struct slack_message *m, const char *text)
{
	slack_message_set_text(m, text);
	slack_message_add_section(m, text);
}

static bool help_run(TALLOC_CTX *ctx, const struct command_call *call, struct command_answer *ret,
		     struct err *e)
{
	struct slack_message *m = slack_message_new(ctx);
	const char *words;
	bool is_help = help_is_asked(ctx, call->text, &words);
	bool about;

	(void)e;
	slack_message_set_text(m, "What I can do");
	about = is_help && words[0] != '\0' && help_add_about(ctx, m, call, words);
	if (!about && words[0] != '\0')
		add_unknown(m, unknown_text(ctx, call, words, is_help ? "help " : ""));
	if (!about)
		help_add_list(ctx, m, call);
	*ret = (struct command_answer){ .message = m, .private = true };
	return true;
}

static const char *const examples[] = { "help", "help find", NULL };

const struct command command_help = {
	.name = "help",
	.usage = "help [command]",
	.help = "this list, or all about one command",
	.about = "With the name of a command: its filters, what each of them takes, what it is "
		 "when you give nothing, and a line to copy.",
	.examples = examples,
	.match = help_match,
	.run = help_run,
};

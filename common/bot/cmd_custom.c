/*
 * Custom commands: a dashboard's title, then values for its filters. The longest title that ends
 * at a word's end wins; among equal titles the first instance.
 */
#include "bot/command.h"

#include "base/mem.h"
#include "bot/show.h"

static bool custom_match(TALLOC_CTX *ctx, const struct bot *bot, const struct catalogue *catalogue,
			 const char *text, struct command_match *ret)
{
	size_t ends[COMMAND_WORDS_MAX];

	(void)bot;
	for (size_t n = command_word_ends(text, ends); n > 0; n--) {
		const char *words = mem_strndup(ctx, text, ends[n - 1]);
		const struct catalogue_command *c =
			catalogue_find(catalogue, catalogue_key(ctx, words));
		if (!c)
			continue;
		ret->entry = c;
		ret->instance = c->instance;
		ret->rest = command_skip_blanks(text + ends[n - 1]);
		return true;
	}
	return false;
}

static bool custom_run(TALLOC_CTX *ctx, const struct command_call *call, struct command_answer *ret,
		       struct err *e)
{
	const struct catalogue_command *c = call->match.entry;
	const struct show_asked asked = {
		.instance = c->instance,
		.id = c->id,
		.title = c->title,
		.words = c->key,
		.text = call->match.rest,
	};

	catalogue_read_later(call->bot, CATALOGUE_MAX_AGE_MS);
	return show_dashboard(ctx, call, &asked, ret, e);
}

const struct command command_custom = {
	.name = "custom",
	.echoed = true,
	.match = custom_match,
	.run = custom_run,
};

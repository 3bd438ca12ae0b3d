/*
 * Custom commands: a dashboard's title, then values for its filters. The longest title that ends
 * at a word's end wins; among equal titles the first instance.
 */
#include "bot/command.h"

#include "base/mem.h"
#include "bot/show.h"

#define TITLE_WORDS_MAX 40

static const struct catalogue_command *by_key(const struct catalogue *catalogue, const char *key)
{
	for (size_t i = 0; i < catalogue->n_commands; i++) {
		const struct catalogue_command *c = &catalogue->commands[i];
		if (strcmp(c->key, key) == 0 || strcmp(c->tagged_key, key) == 0)
			return c;
	}
	return NULL;
}

/* The ends of the first words of `text`, as offsets; returns how many. */
static size_t word_ends(const char *text, size_t ends[TITLE_WORDS_MAX])
{
	size_t n = 0, at = 0;

	while (n < TITLE_WORDS_MAX && text[at] != '\0') {
		at += strspn(text + at, " \t\n");
		size_t len = strcspn(text + at, " \t\n");
		at += len;
		if (len > 0)
			ends[n++] = at;
	}
	return n;
}

static bool custom_match(TALLOC_CTX *ctx, const struct bot *bot, const struct catalogue *catalogue,
			 const char *text, struct command_match *ret)
{
	size_t ends[TITLE_WORDS_MAX];

	(void)bot;
	for (size_t n = word_ends(text, ends); n > 0; n--) {
		const char *words = mem_strndup(ctx, text, ends[n - 1]);
		const struct catalogue_command *c = by_key(catalogue, catalogue_key(ctx, words));
		if (!c)
			continue;
		const char *rest = text + ends[n - 1];
		ret->entry = c;
		ret->instance = c->instance;
		ret->rest = rest + strspn(rest, " \t\n");
		return true;
	}
	return false;
}

static bool custom_run(TALLOC_CTX *ctx, const struct command_call *call, struct command_answer *ret,
		       struct err *e)
{
	catalogue_read_later(call->bot, CATALOGUE_MAX_AGE_MS);
	return show_dashboard(ctx, call, call->match.entry->id, call->match.rest, ret, e);
}

const struct command command_custom = {
	.name = "custom",
	.echoed = true,
	.match = custom_match,
	.run = custom_run,
};

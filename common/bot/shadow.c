/*
 * A title is compared with the built-in commands, by their precedence in command.c, and with the
 * titles before it.
 */
#include "bot/shadow.h"

#include "base/mem.h"
#include "bot/command.h"

static size_t count_words(const char *key)
{
	size_t n = 0;

	for (const char *p = key; *p; p = command_skip_blanks(p + strcspn(p, " ")))
		n++;
	return n;
}

/* `find` takes everything that begins with it, before the custom commands are looked at. */
static const char *why_unreachable(TALLOC_CTX *ctx, const char *key)
{
	const char *rest;

	if (strcmp(command_first_word(ctx, key, &rest), command_find.name) == 0)
		return "Nobody can reach it: what begins with \"find\" is the built-in search.";
	if (count_words(key) > COMMAND_WORDS_MAX)
		return "Nobody can reach it: its title has too many words.";
	return NULL;
}

static const char *what_it_hides(TALLOC_CTX *ctx, const char *key)
{
	for (const struct command *const *c = command_table; *c; c++)
		if ((*c)->usage && strcmp(key, (*c)->name) == 0)
			return mem_printf(ctx, "It hides the built-in command \"%s\".", (*c)->name);
	return NULL;
}

static const struct catalogue_command *earlier_namesake(const struct catalogue *c, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(c->commands[i].key, c->commands[at].key) == 0)
			return &c->commands[i];
	return NULL;
}

static struct shadow judge(TALLOC_CTX *ctx, const struct catalogue *c, size_t at)
{
	const struct catalogue_command *command = &c->commands[at];
	struct shadow s = {
		.command = command,
		.problem = why_unreachable(ctx, command->key),
		.fix = "Give the dashboard another title.",
	};

	if (!s.problem)
		s.problem = what_it_hides(ctx, command->key);
	if (!s.problem)
		s.other = earlier_namesake(c, at);
	if (!s.other)
		return s;
	s.problem = s.other->instance == command->instance
			    ? "Another dashboard has the same title, and only that one answers."
			    : "Another Looker has a command of the same title, and only that one "
			      "answers.";
	return s;
}

size_t shadow_find(TALLOC_CTX *ctx, const struct catalogue *c, struct shadow **ret)
{
	size_t n = 0;

	*ret = mem_array(ctx, struct shadow, c->n_commands);
	for (size_t i = 0; i < c->n_commands; i++) {
		struct shadow s = judge(ctx, c, i);
		if (s.problem)
			(*ret)[n++] = s;
	}
	return n;
}

/*
 * help COMMAND: what it gives, each filter with its kind, its default and values that fit, and a
 * line to copy. Reads the catalogue only.
 */
#include "bot/cmd_help.h"

#include "base/mem.h"
#include "bot/filters.h"
#include "slack/mrkdwn.h"

/* --- custom commands --- */

/* Whether the value can stand in an example as it is, in quotes where it must. */
static bool is_plain(const char *value)
{
	return value[0] != '\0' && !strpbrk(value, "\"{`\n");
}

static const char *example_value(TALLOC_CTX *ctx, const struct looker_filter *f)
{
	const char *value =
		is_plain(f->default_value) ? f->default_value : filters_kind_example(f->kind);
	bool quoted = strpbrk(value, " ;=") != NULL;

	return quoted ? mem_printf(ctx, "\"%s\"", value) : value;
}

/* A name that the syntax name=value can carry. */
static const char *example_name(const struct looker_filter *f)
{
	static const char not_in_names[] = "=;\"`";

	return strpbrk(f->title, not_in_names) ? f->name : f->title;
}

char *help_example(TALLOC_CTX *ctx, const struct command_call *call,
		   const struct catalogue_command *command)
{
	char *line = slack_inbound_typed(ctx, call->in, command->key);

	for (size_t i = 0; i < command->n_filters; i++)
		mem_appendf(&line, "%s %s=%s", i > 0 ? ";" : "", example_name(&command->filters[i]),
			    example_value(ctx, &command->filters[i]));
	return line;
}

static void add_filter(char **text, const struct looker_filter *f)
{
	mrkdwn_add_raw(text, "\n• ");
	mrkdwn_add_bold(text, f->title);
	mrkdwn_addf_raw(text, " – %s, such as ", filters_kind_word(f->kind));
	mrkdwn_add_text(text, filters_kind_examples(f->kind));
	mrkdwn_add_raw(text, ". ");
	if (f->default_value[0] != '\0') {
		mrkdwn_add_raw(text, "Without it: ");
		mrkdwn_add_code(text, f->default_value);
		mrkdwn_add_raw(text, ".");
	} else {
		mrkdwn_add_raw(text, f->required ? "It must be given." : "Without it: any value.");
	}
}

static void add_custom(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call,
		       const struct catalogue_command *c)
{
	const struct looker *lk = call->bot->lookers[c->instance];
	char *text = mem_strdup(ctx, "*");

	mrkdwn_add_link(&text, looker_content_url(ctx, lk, LOOKER_DASHBOARD, c->id), c->title);
	mrkdwn_add_raw(&text, "*");
	help_add_instance(ctx, &text, call, c);
	if (c->description[0] != '\0') {
		mrkdwn_add_raw(&text, "\n");
		mrkdwn_add_text(&text, c->description);
	}
	if (c->n_filters == 0)
		mrkdwn_add_raw(&text, "\nIt takes no values.");
	for (size_t i = 0; i < c->n_filters; i++)
		add_filter(&text, &c->filters[i]);
	mrkdwn_add_raw(&text, "\nFor example: ");
	mrkdwn_add_code(&text, help_example(ctx, call, c));
	slack_message_add_section(m, text);
}

/* --- built-in ones --- */

static void add_builtin(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call,
			const struct command *c)
{
	char *text = mem_strdup(ctx, "");

	mrkdwn_add_code(&text, slack_inbound_typed(ctx, call->in, c->usage));
	mrkdwn_addf_raw(&text, " – %s\n%s\nFor example:", c->help, c->about);
	for (const char *const *example = c->examples; *example; example++) {
		mrkdwn_add_raw(&text, "\n• ");
		mrkdwn_add_code(&text, slack_inbound_typed(ctx, call->in, *example));
	}
	slack_message_add_section(m, text);
}

bool help_add_about(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call,
		    const char *words)
{
	struct command_match match = command_match(ctx, call->bot, call->catalogue, words);
	const char *rest;

	/* Help takes everything; only its own name means it. */
	if (match.command == &command_help &&
	    strcmp(command_first_word(ctx, words, &rest), command_help.name) != 0)
		return false;
	if (match.entry)
		add_custom(ctx, m, call, match.entry);
	else
		add_builtin(ctx, m, call, match.command);
	return true;
}

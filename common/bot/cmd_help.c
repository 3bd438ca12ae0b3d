/*
 * help, and whatever no other command takes: all custom commands by category with their filters,
 * then the built-in ones. For the asker alone.
 */
#include "base/form.h"
#include "base/fuzzy.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/command.h"
#include "slack/mrkdwn.h"

#define NEAR_HITS 3

static bool help_match(TALLOC_CTX *ctx, const struct bot *bot, const struct catalogue *catalogue,
		       const char *text, struct command_match *ret)
{
	(void)ctx;
	(void)bot;
	(void)catalogue;
	ret->rest = text;
	return true;
}

static char *usage_of(TALLOC_CTX *ctx, const struct catalogue_command *c)
{
	char *usage = mem_strdup(ctx, "");

	for (size_t i = 0; i < c->n_filters; i++) {
		mem_append(&usage, i > 0 ? "; " : " ");
		mem_append(&usage, c->filters[i].title);
	}
	return usage;
}

static void add_command(TALLOC_CTX *ctx, char **text, const struct command_call *call,
			const struct catalogue_command *c)
{
	const struct looker *lk = call->bot->lookers[c->instance];
	const char *url =
		mem_printf(ctx, "%s/dashboards/%s", looker_url(lk), form_escape(ctx, c->id));

	mrkdwn_add_raw(text, "\n• *");
	mrkdwn_add_link(text, url, c->title);
	mrkdwn_add_raw(text, "*");
	if (c->n_filters > 0) {
		mrkdwn_add_raw(text, " _");
		mrkdwn_add_text(text, usage_of(ctx, c) + 1);
		mrkdwn_add_raw(text, "_");
	}
	if (c->description[0] != '\0') {
		mrkdwn_add_raw(text, " – ");
		mrkdwn_add_text(text, text_cut(ctx, c->description, 150));
	}
}

/* Whether `c` opens a new category in help's order. */
static bool opens_category(const struct catalogue *catalogue, size_t at)
{
	const struct catalogue_command *c = &catalogue->commands[at];

	for (size_t i = 0; i < at; i++) {
		const struct catalogue_command *before = &catalogue->commands[i];
		if (!before->hidden && strcmp(before->category, c->category) == 0)
			return false;
	}
	return !c->hidden;
}

static void add_category(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call,
			 const char *category)
{
	char *text = mem_strdup(ctx, "");

	mrkdwn_add_bold(&text, category);
	for (size_t i = 0; i < call->catalogue->n_commands; i++) {
		const struct catalogue_command *c = &call->catalogue->commands[i];
		if (!c->hidden && strcmp(c->category, category) == 0)
			add_command(ctx, &text, call, c);
	}
	slack_message_add_section(m, text);
}

static void add_builtins(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call)
{
	char *text = mem_strdup(ctx, "*Built-in commands*");

	for (const struct command *const *c = command_table; *c; c++) {
		if (!(*c)->usage)
			continue;
		mrkdwn_add_raw(&text, "\n• ");
		mrkdwn_add_code(&text, mem_printf(ctx, "%s %s", call->in->command, (*c)->usage));
		mrkdwn_addf_raw(&text, " – %s", (*c)->help);
	}
	slack_message_add_section(m, text);
}

/* How values are given, shown with a real command that has filters. */
static void add_example(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call)
{
	const struct catalogue_command *best = NULL;

	for (size_t i = 0; i < call->catalogue->n_commands; i++) {
		const struct catalogue_command *c = &call->catalogue->commands[i];
		if (!c->hidden && c->n_filters > (best ? best->n_filters : 0))
			best = c;
	}
	if (!best)
		return;
	char *text = mem_strdup(ctx, "A value alone goes to every filter that can take it; "
				     "several are separated by `;` or named: ");
	mrkdwn_add_code(&text, mem_printf(ctx, "%s %s %s=…", call->in->command,
					  text_fold(ctx, best->title),
					  text_fold(ctx, best->filters[0].title)));
	slack_message_add_context(m, text);
}

static void add_folders(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call)
{
	const struct catalogue *catalogue = call->catalogue;
	char *text = mem_strdup(ctx, "To add your own commands, add a dashboard to ");

	for (size_t i = 0; i < catalogue->n_folders; i++) {
		const struct catalogue_folder *f = &catalogue->folders[i];
		const char *url = mem_printf(ctx, "%s/folders/%s",
					     looker_url(call->bot->lookers[f->instance]),
					     form_escape(ctx, f->id));
		mrkdwn_add_raw(&text, i > 0 ? " or " : "");
		mrkdwn_add_link(&text, url, f->name[0] ? f->name : "this folder");
	}
	mrkdwn_add_raw(&text, ".");
	if (catalogue->n_folders > 0)
		slack_message_add_context(m, text);
}

/* "I do not know …", with what was perhaps meant. */
static char *unknown_text(TALLOC_CTX *ctx, const struct command_call *call)
{
	const struct catalogue *catalogue = call->catalogue;
	const char **keys = mem_array(ctx, const char *, catalogue->n_commands);
	char *text = mem_strdup(ctx, "I do not know ");
	struct fuzzy_hit hits[NEAR_HITS];

	for (size_t i = 0; i < catalogue->n_commands; i++)
		keys[i] = catalogue->commands[i].hidden ? "" : catalogue->commands[i].key;
	mrkdwn_add_code(&text, text_cut(ctx, call->text, 100));
	mrkdwn_add_raw(&text, ".");
	size_t n = fuzzy_rank(text_fold(ctx, call->text), keys, catalogue->n_commands, FUZZY_GOOD,
			      hits, NEAR_HITS);
	for (size_t i = 0; i < n; i++) {
		mrkdwn_add_raw(&text, i > 0 ? " or " : " Did you mean ");
		mrkdwn_add_code(&text, keys[hits[i].index]);
	}
	mrkdwn_add_raw(&text, n > 0 ? "?" : "");
	return text;
}

static bool is_help(TALLOC_CTX *ctx, const char *text)
{
	const char *rest;

	return text[0] == '\0' || strcmp(command_first_word(ctx, text, &rest), "help") == 0;
}

static bool help_run(TALLOC_CTX *ctx, const struct command_call *call, struct command_answer *ret,
		     struct err *e)
{
	const struct catalogue *catalogue = call->catalogue;
	struct slack_message *m = slack_message_new(ctx);

	(void)e;
	slack_message_set_text(m, "What I can do");
	if (!is_help(ctx, call->text)) {
		char *unknown = unknown_text(ctx, call);
		slack_message_set_text(m, unknown);
		slack_message_add_section(m, unknown);
	}
	for (size_t i = 0; i < catalogue->n_commands; i++)
		if (opens_category(catalogue, i))
			add_category(ctx, m, call, catalogue->commands[i].category);
	add_builtins(ctx, m, call);
	add_example(ctx, m, call);
	add_folders(ctx, m, call);
	ret->message = m;
	ret->private = true;
	return true;
}

const struct command command_help = {
	.name = "help",
	.usage = "help",
	.help = "this list",
	.match = help_match,
	.run = help_run,
};

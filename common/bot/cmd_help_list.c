/*
 * The list of help: custom commands by category with their filters, then the built-in ones, then
 * how to give values and how to add commands, and what of it could not be read.
 */
#include "bot/cmd_help.h"

#include "base/mem.h"
#include "base/text.h"
#include "slack/mrkdwn.h"

#define DESCRIPTION_MAX_CHARS 150
#define PROBLEM_MAX_CHARS 300

static char *usage_of(TALLOC_CTX *ctx, const struct catalogue_command *c)
{
	char *usage = mem_strdup(ctx, "");

	for (size_t i = 0; i < c->n_filters; i++) {
		mem_append(&usage, i > 0 ? "; " : " ");
		mem_append(&usage, c->filters[i].title);
	}
	return usage;
}

void help_add_instance(TALLOC_CTX *ctx, char **text, const struct command_call *call,
		       const struct catalogue_command *command)
{
	const struct bot *bot = call->bot;
	const char *name = looker_name(bot->lookers[command->instance]);
	const struct catalogue_command *first = catalogue_find(call->catalogue, command->key);

	if (bot->n_lookers < 2)
		return;
	mrkdwn_add_raw(text, " (");
	mrkdwn_add_text(text, name);
	if (first && first->instance != command->instance) {
		mrkdwn_add_raw(text, "; the same title on ");
		mrkdwn_add_text(text, looker_name(bot->lookers[first->instance]));
		mrkdwn_add_raw(text, " comes first, this one is ");
		mrkdwn_add_code(text, mem_printf(ctx, "show dashboard %s %s", name, command->id));
	}
	mrkdwn_add_raw(text, ")");
}

static void add_command(TALLOC_CTX *ctx, char **text, const struct command_call *call,
			const struct catalogue_command *c)
{
	const struct looker *lk = call->bot->lookers[c->instance];

	mrkdwn_add_raw(text, "\n• *");
	mrkdwn_add_link(text, looker_content_url(ctx, lk, LOOKER_DASHBOARD, c->id), c->title);
	mrkdwn_add_raw(text, "*");
	if (c->n_filters > 0) {
		mrkdwn_add_raw(text, " _");
		mrkdwn_add_text(text, usage_of(ctx, c) + 1);
		mrkdwn_add_raw(text, "_");
	}
	if (c->description[0] != '\0') {
		mrkdwn_add_raw(text, " – ");
		mrkdwn_add_text(text, text_cut(ctx, c->description, DESCRIPTION_MAX_CHARS));
	}
	help_add_instance(ctx, text, call, c);
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
		mrkdwn_add_code(&text, slack_inbound_typed(ctx, call->in, (*c)->usage));
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
	mrkdwn_add_code(&text,
			slack_inbound_typed(ctx, call->in,
					    mem_printf(ctx, "%s %s=…", text_fold(ctx, best->title),
						       text_fold(ctx, best->filters[0].title))));
	mrkdwn_add_raw(&text, ". All about one command: ");
	mrkdwn_add_code(&text,
			slack_inbound_typed(ctx, call->in, mem_printf(ctx, "help %s", best->key)));
	slack_message_add_context(m, text);
}

/* What can be written below an answer: no commands, so they stand here alone. */
static void add_followups(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call)
{
	char *text = mem_strdup(ctx, "To take an answer further, write ");

	mrkdwn_add_raw(&text, call->in->kind == SLACK_INBOUND_DM
				      ? "here, or mention me in its thread"
				      : "in our direct messages, or mention me in its thread");
	mrkdwn_add_raw(&text, ": `csv`, `xlsx`, `pdf`, `picture`, `again`, `region=EMEA`, "
			      "`period=\"last 30 days\"`, also several at once.");
	slack_message_add_context(m, text);
}

static void add_folders(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call)
{
	const struct catalogue *catalogue = call->catalogue;
	char *text = mem_strdup(ctx, "To add your own commands, add a dashboard to ");

	for (size_t i = 0; i < catalogue->n_folders; i++) {
		const struct catalogue_folder *f = &catalogue->folders[i];
		const char *url = looker_content_url(ctx, call->bot->lookers[f->instance],
						     LOOKER_FOLDER, f->id);
		mrkdwn_add_raw(&text, i > 0 ? " or " : "");
		mrkdwn_add_link(&text, url, f->name[0] ? f->name : "this folder");
	}
	mrkdwn_add_raw(&text, ".");
	if (catalogue->n_folders > 0)
		slack_message_add_context(m, text);
}

/* A folder that is gone or closed to the bot: its commands would be missed silently. */
static void add_problems(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call)
{
	const struct catalogue *catalogue = call->catalogue;

	for (size_t i = 0; i < catalogue->n_folders; i++) {
		const struct catalogue_folder *f = &catalogue->folders[i];
		if (!f->problem)
			continue;
		char *text = mem_strdup(ctx, ":warning: Some commands may be missing here, since "
					     "I cannot read them from Looker. ");
		mrkdwn_add_text(&text, text_cut(ctx, f->problem, PROBLEM_MAX_CHARS));
		mrkdwn_add_raw(&text, ". Whoever runs this bot learns more from "
				      "`lookerbot check`.");
		slack_message_add_context(m, text);
	}
}

void help_add_list(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call)
{
	const struct catalogue *catalogue = call->catalogue;

	for (size_t i = 0; i < catalogue->n_commands; i++)
		if (opens_category(catalogue, i))
			add_category(ctx, m, call, catalogue->commands[i].category);
	add_builtins(ctx, m, call);
	add_example(ctx, m, call);
	add_followups(ctx, m, call);
	add_folders(ctx, m, call);
	add_problems(ctx, m, call);
}

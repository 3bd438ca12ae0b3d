/* The table of commands and how a text finds its command. What each does is in cmd_*.c. */
#include "bot/command.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

const struct command *const command_table[] = {
	&command_find,
	&command_custom,
	&command_help,
	NULL,
};

struct command_match command_match(TALLOC_CTX *ctx, const struct bot *bot,
				   const struct catalogue *catalogue, const char *text)
{
	for (const struct command *const *c = command_table; *c; c++) {
		struct command_match match = { .command = *c, .rest = "" };
		if ((*c)->match(ctx, bot, catalogue, text, &match))
			return match;
	}
	die("no command takes what no command takes: the last one must");
}

char *command_first_word(TALLOC_CTX *ctx, const char *text, const char **ret_rest)
{
	size_t len = strcspn(text, " \t\n");
	char *word = mem_strndup(ctx, text, len);

	*ret_rest = text + len + strspn(text + len, " \t\n");
	return text_fold(ctx, word);
}

struct slack_message *command_say(TALLOC_CTX *ctx, const char *mrkdwn)
{
	struct slack_message *m = slack_message_new(ctx);

	slack_message_set_text(m, mrkdwn);
	slack_message_add_section(m, mrkdwn);
	return m;
}

static bool is_for_help(const struct command_match *match)
{
	return match->command == &command_help;
}

static bool run_with(TALLOC_CTX *ctx, struct command_call *call, bool may_read,
		     struct command_answer *ret, struct err *e)
{
	call->catalogue = catalogue_take(call->bot);
	call->match = command_match(ctx, call->bot, call->catalogue, call->text);
	bool again = may_read && is_for_help(&call->match);
	bool ok = again || call->match.command->run(ctx, call, ret, e);
	catalogue_drop(call->catalogue);

	if (!again)
		return ok;
	struct err unread;
	if (!catalogue_read_older(ctx, call->bot, CATALOGUE_MISS_AGE_MS, call->deadline_ms,
				  &unread))
		return err_set(e, unread.kind, "%s", unread.text);
	return run_with(ctx, call, false, ret, e);
}

bool command_run(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in, const char *text,
		 int64_t deadline_ms, struct command_answer *ret, struct err *e)
{
	struct command_call call = {
		.bot = bot,
		.in = in,
		.text = text,
		.now_ms = clock_now_ms(),
		.deadline_ms = deadline_ms,
	};
	return run_with(ctx, &call, true, ret, e);
}

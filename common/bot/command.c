/* The table of commands and how a text finds its command. What each does is in cmd_*.c. */
#include "bot/command.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/cmd_help.h"

const struct command *const command_table[] = {
	&command_find, &command_custom, &command_show, &command_followup, &command_help, NULL,
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

char *command_lane(TALLOC_CTX *ctx, const struct bot *bot, const struct command_match *match)
{
	if (match->instance >= bot->n_lookers)
		return mem_strdup(ctx, "");
	return bot_looker_lane(ctx, bot->lookers[match->instance]);
}

#define BLANKS " \t\n"

size_t command_word_ends(const char *text, size_t ends[COMMAND_WORDS_MAX])
{
	size_t n = 0, at = 0;

	while (n < COMMAND_WORDS_MAX && text[at] != '\0') {
		at += strspn(text + at, BLANKS);
		size_t len = strcspn(text + at, BLANKS);
		at += len;
		if (len > 0)
			ends[n++] = at;
	}
	return n;
}

const char *command_skip_blanks(const char *text)
{
	return text + strspn(text, BLANKS);
}

char *command_first_word(TALLOC_CTX *ctx, const char *text, const char **ret_rest)
{
	size_t len = strcspn(text, BLANKS);
	char *word = mem_strndup(ctx, text, len);

	*ret_rest = command_skip_blanks(text + len);
	return text_fold(ctx, word);
}

struct slack_message *command_say(TALLOC_CTX *ctx, const char *mrkdwn)
{
	struct slack_message *m = slack_message_new(ctx);

	slack_message_set_text(m, mrkdwn);
	slack_message_add_section(m, mrkdwn);
	return m;
}

void command_whisper(TALLOC_CTX *ctx, const char *mrkdwn, struct command_answer *ret)
{
	*ret = (struct command_answer){ .private = true, .message = command_say(ctx, mrkdwn) };
}

/* False when nothing at all is known, so that nothing can be said about the text. */
static bool read_again(TALLOC_CTX *ctx, const struct command_call *call, struct err *e)
{
	const char *words;
	struct err unread;

	if (catalogue_read_older(ctx, call->bot, CATALOGUE_MISS_AGE_MS, call->deadline_ms,
				 &unread) ||
	    help_is_asked(ctx, call->text, &words)) /* it tells what could not be read */
		return true;
	*e = unread;
	return false;
}

static bool run_with(TALLOC_CTX *ctx, struct command_call *call, const char *lane, bool may_read,
		     struct command_answer *ret, struct err *e)
{
	call->catalogue = catalogue_take(call->bot);
	call->match = command_match(ctx, call->bot, call->catalogue, call->text);
	bool again = may_read && (call->match.command == &command_help || call->match.doubtful);
	const char *own = command_lane(ctx, call->bot, &call->match);
	bool ok = true;

	*ret = (struct command_answer){ 0 };
	if (!again && own[0] != '\0' && strcmp(own, lane) != 0)
		ret->lane = own;
	else if (!again)
		ok = call->match.command->run(ctx, call, ret, e);
	catalogue_drop(call->catalogue);
	if (!again)
		return ok;
	return read_again(ctx, call, e) && run_with(ctx, call, lane, false, ret, e);
}

bool command_run(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in, const char *text,
		 const char *lane, int64_t deadline_ms, struct command_answer *ret, struct err *e)
{
	struct command_call call = {
		.bot = bot,
		.in = in,
		.text = text,
		.lane = lane,
		.now_ms = clock_now_ms(),
		.deadline_ms = deadline_ms,
	};
	return run_with(ctx, &call, lane, true, ret, e);
}

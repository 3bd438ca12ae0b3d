/* The parts of help's answer. Private to cmd_help*.c. */
#ifndef BOT_CMD_HELP_H
#define BOT_CMD_HELP_H

#include "bot/command.h"

/* Whether help itself was asked for; *ret_words is what follows it, or the whole text when not. */
bool help_is_asked(TALLOC_CTX *ctx, const char *text, const char **ret_words);

/* All commands by category, the built-in ones, how values are given, where commands come from. */
void help_add_list(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call);

/* Everything about the command that `words` begin with; false when they name none. */
bool help_add_about(TALLOC_CTX *ctx, struct slack_message *m, const struct command_call *call,
		    const char *words);

/* `command` as somebody types it, with values for all its filters that would work. */
char *help_example(TALLOC_CTX *ctx, const struct command_call *call,
		   const struct catalogue_command *command);

/* With several Lookers: " (looker.example.com)", and how to reach it when another instance's
 * command has the same title. */
void help_add_instance(TALLOC_CTX *ctx, char **text, const struct command_call *call,
		       const struct catalogue_command *command);

#endif

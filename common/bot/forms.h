/*
 * Which form of slack/message.h's ladder a workspace takes for charts and tables, remembered in the
 * queue's state for a day: whoever lacks a block is not asked again with every message.
 */
#ifndef BOT_FORMS_H
#define BOT_FORMS_H

#include "bot/bot.h"
#include "slack/message.h"

/* The form to begin with. */
enum slack_form forms_first(TALLOC_CTX *ctx, struct bot *bot, const char *team_id);

/* What sending one message with a chart or a table has shown. */
struct forms_lesson {
	int64_t job;
	bool refused; /* the forms before `taken`, which is how it looks: slack_message_look */
	enum slack_form taken;
	enum slack_blame blame; /* of the last refusal */
};

/*
 * Remembers `taken` when the refusals were about the type of block, or did not say about what for
 * two messages in a row. A refusal of what one message holds teaches nothing.
 */
void forms_learn(TALLOC_CTX *ctx, struct bot *bot, const char *team_id,
		 const struct forms_lesson *lesson);

#endif

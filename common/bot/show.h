/*
 * Content of Looker as an answer: a dashboard with filter values becomes a message. Custom
 * commands use it, later `show` and links.
 */
#ifndef BOT_SHOW_H
#define BOT_SHOW_H

#include "bot/command.h"

/* Runs the dashboard `id` of the call's instance with what the person typed for its filters. What
 * they typed wrong is a private answer; errors are Looker's. */
bool show_dashboard(TALLOC_CTX *ctx, const struct command_call *call, const char *id,
		    const char *filter_text, struct command_answer *ret,
		    struct err *e) ERR_MUST_CHECK;

#endif

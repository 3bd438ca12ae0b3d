/* What every handler of Slack's does with what it has read. For on_*.c alone. */
#ifndef FCGI_TAKE_H
#define FCGI_TAKE_H

#include "bot/bot.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "slack/inbound.h"

/* Reads an interactive payload (JSON in a form's field). NULL: the answer says what is wrong. */
struct slack_inbound *take_action(struct request *rq, struct response *rs);

/* Gives it to intake and makes the answer; the note says which of Slack's tries it was. */
void take_inbound(struct request *rq, struct bot *bot, const struct slack_inbound *in,
		  struct response *rs);

#endif

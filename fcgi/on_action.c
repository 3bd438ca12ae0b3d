/*
 * /slack/action: presses of buttons, and the other interactive payloads, which are acknowledged.
 * The payload is JSON in a form's field.
 */
#include "fcgi/handlers.h"

#include "fcgi/take.h"

void on_action(struct request *rq, struct bot *bot, struct response *rs)
{
	struct slack_inbound *in = take_action(rq, rs);

	if (in)
		take_inbound(rq, bot, in, rs);
}

/*
 * /slack/options: what a long list of a form offers for what somebody has typed. Slack waits three
 * seconds: the answer is made from what is stored, and an empty list is no error.
 */
#include "fcgi/handlers.h"

#include "fcgi/take.h"

#define NO_OPTIONS "{\"options\":[]}"

void on_options(struct request *rq, struct bot *bot, struct response *rs)
{
	struct slack_inbound *in = take_action(rq, rs);

	if (!in)
		return;
	if (in->kind == SLACK_INBOUND_OPTIONS) {
		take_inbound(rq, bot, in, rs);
		return;
	}
	response_ok(rs, NO_OPTIONS);
	rs->note = "not of a form";
}

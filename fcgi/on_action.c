/*
 * /slack/action: presses of buttons, and the other interactive payloads, which are acknowledged.
 * The payload is JSON in a form's field.
 */
#include "fcgi/handlers.h"

#include "fcgi/take.h"

void on_action(struct request *rq, struct bot *bot, struct response *rs)
{
	struct slack_inbound *in;
	struct err e;

	if (!rq->json) {
		response_refuse(rq, rs, 400, rq->json_problem);
		return;
	}
	if (!slack_inbound_from_action(rq, rq->json, &in, &e)) {
		response_error(rq, rs, &e);
		return;
	}
	take_inbound(rq, bot, in, rs);
}

/*
 * The bot as an Action Hub of Looker: the list of actions, and the forms of its action and of data
 * actions. What is then sent comes to on_post.c and on_data_action.c.
 */
#include "fcgi/handlers.h"

#include "bot/hub.h"
#include "fcgi/say_looker.h"

void on_hub(struct request *rq, struct bot *bot, struct response *rs)
{
	const char *list;
	struct err e;

	if (hub_list(rq, bot, &list, &e)) {
		response_ok(rs, list);
		return;
	}
	say_looker(rq, rs, 503, false, e.text);
	rs->note = "refused: LOOKERBOT_PUBLIC_URL is not set";
}

void on_hub_form(struct request *rq, struct bot *bot, struct response *rs)
{
	response_ok(rs, hub_form(rq, bot, HUB_FORM_DELIVERY, rq->body, rq->body_len));
}

void on_action_form(struct request *rq, struct bot *bot, struct response *rs)
{
	response_ok(rs, hub_form(rq, bot, HUB_FORM_ACTION, rq->body, rq->body_len));
}

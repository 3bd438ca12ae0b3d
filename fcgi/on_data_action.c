/*
 * /data_actions: somebody in Looker sends a message and waits. The answer is held until it is out,
 * or refused by Slack, for some seconds: so long this thread answers nobody else, and so only a
 * part of the threads may wait.
 */
#include "fcgi/handlers.h"

#include "base/clock.h"
#include "bot/hub.h"
#include "fcgi/gate.h"
#include "fcgi/say_looker.h"

void on_data_action(struct request *rq, struct bot *bot, struct response *rs)
{
	const int64_t until_ms = rq->started_ms + HUB_WAIT_MS;
	/* Large bodies wait, too, and longer: they leave a place for Slack, these leave some more.
	 * Before it is taken down: whoever fails it must know whether that is read. */
	const bool waits = gate_wait_begin(bot->config->threads / 2);
	const struct schedule_item item = {
		.place = SCHEDULE_FORM,
		.token_of = rq->token_of,
		.webhook_id = request_header(rq, "X-Looker-Webhook-Id"),
		.body = rq->body,
		.len = rq->body_len,
		.request = rq->id,
		.awaited_ms = waits ? clock_now_ms() + clock_left_ms(until_ms) : 0,
	};
	struct schedule_answer answer;

	hub_take(rq, bot, &item, &answer);
	if (waits && answer.job)
		hub_wait(rq, bot, until_ms, &answer);
	if (waits)
		gate_wait_end();
	say_looker_hub(rq, rs, answer.status, false, answer.field, answer.reason);
	rs->note = answer.note;
	rs->job = answer.job;
}

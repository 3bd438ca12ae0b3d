/*
 * After an action that has changed the data: the answer below which its button stands is run again,
 * by the job that its button "Refresh" has (bot/job_offer.c), so by the same rules: with the
 * presser's rights, and in its place where it is the presser's own.
 */
#include "bot/action_perform.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bot/offers.h"

#define REFRESH_ID "refresh" /* a line of offers.c's table */
#define REFRESH_LIFE_MS (30 * 60 * 1000LL)

void action_refresh(struct job_run *run, const struct slack_inbound *in,
		    const struct action_order *order)
{
	struct slack_inbound press = *in;
	struct err e;

	if (!order->source.answer)
		return; /* a tile's, or a delivery's: the next one shows it */
	press.kind = SLACK_INBOUND_PRESS;
	press.view_id = press.view_hash = NULL;
	press.fields = NULL; /* what was typed into a form */
	press.action_id = REFRESH_ID;
	press.value = order->source.answer;
	press.ephemeral = in->ephemeral || order->ephemeral;
	struct json_object *o = slack_inbound_save(run->ctx, &press);
	json_set_str(o, JOB_REQUEST, run->request);
	const char *body = json_text(o);
	const struct queue_put put = {
		.kind = JOB_OFFER,
		.keys = { mem_printf(run->ctx, "%s-" REFRESH_ID,
				     reply_delivery_id(run->ctx, run->job)) },
		.lane = "",
		.priority = QUEUE_PRIORITY_COMMAND,
		.expires_ms = clock_now_ms() + REFRESH_LIFE_MS,
		.body = body,
		.body_len = strlen(body),
	};
	/* What was done is done, and is told: nobody is kept from that by a full disk. */
	if (!queue_put(run->bot->queue, &put, 1, NULL, &e))
		log_debug("not_refreshed", LOG_I("job", run->job->id), LOG_S("reason", e.text));
}

/*
 * From a struct slack_inbound to the HTTP answer. The rules are intake's; here is only how they
 * look in HTTP and in the log's line.
 */
#include "fcgi/take.h"

#include "base/mem.h"
#include "base/text.h"
#include "bot/intake.h"

#define RETRY_MAX 1000
#define RETRY_REASON_MAX_CHARS 40

/* " (Slack's retry 2: http_timeout)"; "" when Slack sent it for the first time. */
static const char *tries(const struct request *rq, TALLOC_CTX *ctx)
{
	const char *num = request_header(rq, "X-Slack-Retry-Num");
	const char *reason = request_header(rq, "X-Slack-Retry-Reason");
	int64_t retry;

	if (!num || !text_to_int(num, 1, RETRY_MAX, &retry))
		return "";
	return mem_printf(ctx, " (Slack's retry %d: %s)", (int)retry,
			  text_cut(ctx, reason ? reason : "no reason", RETRY_REASON_MAX_CHARS));
}

struct slack_inbound *take_action(struct request *rq, struct response *rs)
{
	struct slack_inbound *in;
	struct err e;

	if (!rq->json) {
		response_refuse(rq, rs, 400, rq->json_problem);
		return NULL;
	}
	if (!slack_inbound_from_action(rq, rq->json, &in, &e)) {
		response_error(rq, rs, &e);
		return NULL;
	}
	return in;
}

void take_inbound(struct request *rq, struct bot *bot, const struct slack_inbound *in,
		  struct response *rs)
{
	const struct intake_item item = { .in = in, .request = rq->id };
	struct intake_answer answer;

	intake_take(rq, bot, &item, 1, &answer);
	if (answer.status == 200)
		response_ok(rs, answer.body);
	else if (answer.status == 503)
		response_refuse(rq, rs, 503,
				"This could not be taken down (the bot's own storage is not "
				"writable at the moment).");
	else
		response_refuse(rq, rs, answer.status, "This request is not as Slack sends it.");
	rs->note = mem_printf(rq, "%s%s", answer.note, tries(rq, rq));
	rs->job = answer.job;
}

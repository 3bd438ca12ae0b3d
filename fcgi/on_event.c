/*
 * /slack/event: the Events API. The address is proved with the challenge; all else becomes a struct
 * slack_inbound and goes to intake, which stores it before Slack is told 200.
 */
#include "fcgi/handlers.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/people.h"
#include "fcgi/take.h"

#define CHALLENGE_MAX_CHARS 1000

static void answer_challenge(struct request *rq, struct response *rs)
{
	const char *challenge = json_str_or(rq->json, "challenge", "");
	struct json_object *o = json_new_object(rq);

	if (!*challenge || text_chars(challenge) > CHALLENGE_MAX_CHARS) {
		response_refuse(rq, rs, 400, "The url_verification has no challenge.");
		return;
	}
	json_set_str(o, "challenge", challenge);
	response_ok(rs, mem_strdup(rq, json_text(o)));
	rs->note = "url_verification";
}

void on_event(struct request *rq, struct bot *bot, struct response *rs)
{
	struct slack_inbound *in;
	struct err e;

	if (!rq->json) {
		response_refuse(rq, rs, 400, rq->json_problem);
		return;
	}
	if (strcmp(json_str_or(rq->json, "type", ""), "url_verification") == 0) {
		answer_challenge(rq, rs);
		return;
	}
	if (!slack_inbound_from_event(rq, rq->json, people_self_id(rq, bot), &in, &e)) {
		response_error(rq, rs, &e);
		return;
	}
	take_inbound(rq, bot, in, rs);
}

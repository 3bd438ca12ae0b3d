/*
 * /slack/post/KIND/NAME: a schedule of Looker with the destination "Webhook" (facts: Looker shows
 * the body of a refusal to the schedule's owner). /slack/post_from_query_action: the same from the
 * Action Hub, whose form says the channel, and which reads errors from a 200 only.
 */
#include "fcgi/handlers.h"

#include <string.h>

#include "base/mem.h"
#include "bot/schedule.h"
#include "fcgi/say_looker.h"

#define POST "/slack/post/"

static const struct {
	const char *path;
	enum schedule_place place;
} places[] = {
	{ POST "channel/", SCHEDULE_CHANNEL },
	{ POST "group/", SCHEDULE_GROUP },
	{ POST "dm/", SCHEDULE_PERSON },
};

/* False: the address names no place. */
static bool read_place(const struct request *rq, struct schedule_item *item)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t len = strlen(places[i].path);

		if (strncmp(rq->path, places[i].path, len) != 0)
			continue;
		item->place = places[i].place;
		item->name = rq->path + len;
		return true;
	}
	return false;
}

void on_post(struct request *rq, struct bot *bot, struct response *rs)
{
	const bool hub = strncmp(rq->path, POST, strlen(POST)) != 0;
	struct schedule_item item = {
		.place = SCHEDULE_FORM,
		.token_of = rq->token_of,
		.webhook_id = request_header(rq, "X-Looker-Webhook-Id"),
		.body = rq->body,
		.len = rq->body_len,
		.request = rq->id,
	};
	struct schedule_answer answer;

	if (!hub && !read_place(rq, &item)) {
		say_looker(rq, rs, 404, false,
			   "There is nothing at this address. A schedule is posted to "
			   "/slack/post/channel/NAME, /slack/post/group/NAME or "
			   "/slack/post/dm/NAME.");
		return;
	}
	schedule_take(rq, bot, &item, &answer);
	if (hub)
		say_looker_hub(rq, rs, answer.status, true, answer.field, answer.reason);
	else
		say_looker(rq, rs, answer.status, answer.status == 200, answer.reason);
	rs->note = answer.note;
	rs->job = answer.job;
}

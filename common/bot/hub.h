/*
 * The bot as Looker's Action Hub, and as the server of LookML's data actions: what it offers, the
 * forms that ask where to, and messages that somebody in Looker waits for. What is delivered with
 * data goes by schedule.h. Nothing here talks to Slack or Looker.
 */
#ifndef BOT_HUB_H
#define BOT_HUB_H

#include "bot/schedule.h"

/* Where the bot's addresses begin is LOOKERBOT_PUBLIC_URL. */
#define HUB_EXECUTE "/slack/post_from_query_action"
#define HUB_FORM "/data_actions/hub_form"

#define HUB_WAIT_MS 3000 /* so long the person in Looker waits */

/* The hub's list of actions as JSON. ERR_NOT_FOUND: LOOKERBOT_PUBLIC_URL is not set; the text says
 * what to do. */
bool hub_list(TALLOC_CTX *ctx, struct bot *bot, const char **ret, struct err *e) ERR_MUST_CHECK;

enum hub_form_kind {
	HUB_FORM_DELIVERY, /* of the hub's action: data, and words if one likes */
	HUB_FORM_ACTION,   /* of a data action, which brings its message, or not */
};

/*
 * The fields of a form as JSON, from the stored directory: never waits, never fails. `body` is what
 * Looker sent, the values so far among it. Small workspaces get a list; huge ones a text to search
 * for, and a list of what it finds; without a directory the name is typed.
 */
char *hub_form(TALLOC_CTX *ctx, struct bot *bot, enum hub_form_kind kind, const char *body,
	       size_t len);

/*
 * Takes a data action down: its message and channel, of the form or of the action. Statuses are
 * schedule_take's. The same webhook id, or bytes, are taken once (schedule.h),
 * and once more when Slack has refused what came before.
 */
void hub_take(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_item *item,
	      struct schedule_answer *ret);

/*
 * After hub_take said 200 with a job: waits for its end, at most until the monotonic `until_ms`,
 * and puts the truth into the answer: it is sent (200), Slack refused it, in words (409), or
 * nothing is known yet and the answer stays.
 */
void hub_wait(TALLOC_CTX *ctx, struct bot *bot, int64_t until_ms, struct schedule_answer *ret);

#endif

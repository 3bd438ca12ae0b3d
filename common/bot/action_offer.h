/*
 * The buttons below an answer for what Looker offers to do with it (data actions). What a button
 * stands for, the whole action as Looker sent it, is under one key for all of a message's
 * (bot/keys.h); the button carries the key and a number. What a press does is bot/press_action.c.
 */
#ifndef BOT_ACTION_OFFER_H
#define BOT_ACTION_OFFER_H

#include "bot/keys.h"
#include "render/render.h"

#define ACTION_OFFER_KIND "action"

/* What a press is told when they are switched off by now (mrkdwn). */
#define ACTION_OFFER_OFF                                                                           \
	"Data actions are switched off (the bot's owner has set "                                  \
	"`LOOKERBOT_DATA_ACTIONS_IN_MESSAGES=false`)."

/* Where the answer came from. */
struct action_source {
	const char *looker; /* by its name: settings may change while the button is there */
	const char *link;   /* the answer in Looker; or NULL */
	const char *answer; /* key of what it was (bot/offers.h), to run it again; or NULL */
};

/* Adds them to `m`: a few buttons, or one menu. None when LOOKERBOT_DATA_ACTIONS_IN_MESSAGES is
 * false, and none when the disk does not take the key. */
void action_offer_add(TALLOC_CTX *ctx, struct bot *bot, struct slack_message *m,
		      const struct render_outcome *rows, const struct action_source *source);

/* The same for an answer in the making; `answer` and `link` as in action_source. */
struct showing;
void action_offer_showing(const struct showing *s, struct slack_message *m,
			  const struct render_outcome *rows, const char *link, const char *answer);

/* What one of them stands for. */
struct action_order {
	struct action_source source;
	struct json_object *action; /* as Looker sent it */
	const char *label;	    /* plain */
	bool asks;		    /* for values first */
	bool ephemeral;		    /* its button stood in a message that one person sees */
};

/* `value` is the button's. False: it is none of these. */
bool action_offer_read(TALLOC_CTX *ctx, const struct key_meaning *key, const char *value,
		       struct action_order *ret);

/* Into a job's or form's body and back (false: it is no saved order; `o` must outlive it). */
struct json_object *action_order_save(TALLOC_CTX *ctx, const struct action_order *order);
bool action_order_load(TALLOC_CTX *ctx, const struct json_object *o, struct action_order *ret);

#endif

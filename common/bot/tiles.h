/*
 * A dashboard of several tiles: its parent message, and each tile as a message of its own. All that
 * this needs is kept as JSON from the moment when the dashboard was read, so that it is read once
 * and all tiles are of one version of it. Who posts them, and when, is job_tiles.c.
 */
#ifndef BOT_TILES_H
#define BOT_TILES_H

#include "bot/command.h"
#include "bot/filters.h"

struct showing;

#define TILES_MAX 25 /* of one dashboard; the others are left to Looker, in words */

struct tiles {
	const char *looker; /* looker_name of its instance */
	const char *title, *link;
	const char *footer;		 /* of the parent: mrkdwn */
	const char *filters_key;	 /* of its button (bot/press_filters.h); or NULL */
	struct filters_assigned filters; /* names, titles and values only */
	struct looker_tile *list;	 /* in layout order */
	size_t n;
	size_t n_more; /* that the dashboard has beyond TILES_MAX */
};

/* The answer to somebody who asked for the dashboard, as LOOKERBOT_DASHBOARDS has it: its parent
 * and the order of its tiles, or of the whole as Looker draws it (bot/dashboard_drawn.h). `s` has
 * all but a tile. */
void tiles_answer(const struct showing *s, const struct looker_dashboard *d,
		  struct command_answer *ret);

struct json_object *tiles_save(TALLOC_CTX *ctx, const struct tiles *t);
/* What was saved; `o` must outlive it. ERR_BAD_INPUT. */
bool tiles_load(TALLOC_CTX *ctx, const struct json_object *o, struct tiles *ret,
		struct err *e) ERR_MUST_CHECK;

/* How far they are. */
struct tiles_done {
	size_t n;		   /* posted, those included in whose place stands why not */
	const char *const *failed; /* titles of these */
	size_t n_failed;
	bool here;	    /* not in the parent's thread: it is in one itself */
	const char *ending; /* no more come, and why (plain); or NULL */
};

/* In words for the parent (mrkdwn): what is to come, "3 of 6 tiles", and at the end that all are
 * there, or which are not. */
char *tiles_status(TALLOC_CTX *ctx, const struct tiles *t, const struct tiles_done *done);

struct slack_message *tiles_parent(TALLOC_CTX *ctx, const struct tiles *t, const char *status);

/* What a tile is called: its title or "Tile 3". */
const char *tiles_title(TALLOC_CTX *ctx, const struct tiles *t, size_t i);

/* Whether Looker must be asked for it. */
bool tiles_runs(const struct tiles *t, size_t i);

/* Whether it is one value, as far as the dashboard says. */
bool tiles_is_value(TALLOC_CTX *ctx, const struct tiles *t, size_t i);

/* What a tile becomes. */
struct tiles_made {
	struct slack_message *message;
	bool failed;		     /* it says why there is no data */
	struct json_object *picture; /* what is to be drawn for it (bot/picture.h), or NULL */
};

/* A tile's message, for call->in and with that person's rights where these count. */
bool tiles_tile(TALLOC_CTX *ctx, const struct command_call *call, const struct tiles *t, size_t i,
		struct tiles_made *ret, struct err *e) ERR_MUST_CHECK;

/* Whether only Looker can show it, and it is worth a picture: a merged result, SQL of somebody's
 * own. Its picture is of the tile as it is saved. */
bool tiles_is_drawn(const struct bot *bot, const struct tiles *t, size_t i);

/* In the place of a tile. `why` is plain. */
struct slack_message *tiles_sorry(TALLOC_CTX *ctx, const struct tiles *t, size_t i,
				  const char *why);

/* The instance; false when it is no longer configured. */
bool tiles_instance(const struct bot *bot, const struct tiles *t, size_t *ret);

/* The whole dashboard as one message, where no thread can follow. lines[i] (mrkdwn) is what is
 * known of the tile, NULL: its title only. `why` says why there is no thread. */
struct slack_message *tiles_digest(TALLOC_CTX *ctx, const struct tiles *t, const char *const *lines,
				   const char *why);

/* A text tile's Markdown and HTML as mrkdwn: bold, links, headings and lists stay, all else is
 * escaped text. */
char *tiles_text(TALLOC_CTX *ctx, const char *markdown);

#endif

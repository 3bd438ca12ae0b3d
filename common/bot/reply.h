/*
 * One answer on its way to Slack: where it goes, in which form, what has been tried. It lives in
 * the job's progress, so that any process can take it up.
 */
#ifndef BOT_REPLY_H
#define BOT_REPLY_H

#include "bot/bot.h"
#include "slack/inbound.h"
#include "slack/message.h"

#define REPLY_HOOK_USES_MAX 5				    /* Slack's, for a response_url ... */
#define REPLY_HOOK_LIFE_MS (30 * 60 * 1000LL - 15 * 1000LL) /* ... and 30 minutes, with reserve */

#define REPLY_IMAGE_REFUSED_MAX 3

struct reply {
	struct slack_message *message; /* NULL while Looker is asked */
	bool private;		       /* for the asker alone */
	bool delivery; /* nobody asked: no way but posting, tried until the job's time is up */
	bool refusal;  /* the asker may not ask: nobody looks again */
	bool hook;     /* through the response_url: posting is refused, or would take long */
	bool doubt;    /* a post was sent and not answered: look before sending again */
	enum slack_form form;
	int hook_uses;
	int tries;
	/* ts of what the answer takes the place of, or NULL: a loading text, or the text of an
	 * answer whose picture is this */
	const char *loading;
	bool seek;	   /* there may be one whose ts nobody has noted */
	bool told;	   /* the answer is out; only the loading text must still go */
	const char *ts;	   /* of the answer that is out, where that can be known; or NULL */
	int image_refused; /* so often has Slack refused the picture in it: up to ..._MAX it may
			    * pass */
	/* What is still to be drawn for it (bot/picture.h), and how far that job is; or NULL. */
	struct json_object *picture, *state;
	const char *dead; /* the job ends as a dead letter with this reason once told; or NULL */
	/* A dashboard's tiles that are to follow in its thread (bot/tiles.h), or NULL. They need a
	 * message in the channel: reply_send goes no other way then, but says REPLY_LATER. */
	struct json_object *tiles;
	/* What follow-ups go by (bot/offers.h), and its buttons that are pressed for the asker when
	 * this is out, by action_id; or NULL. */
	const char *shown;
	struct json_object *presses;
	bool replace; /* by response_url: in the place of the message whose button was pressed */
	const char *part; /* of a message that is one of several of a job: ends its id; or NULL */
};

/* What finds the answer of a job again: in its metadata. */
char *reply_delivery_id(TALLOC_CTX *ctx, const struct queue_job *job);

/* To and from the progress. load: `found` is false when there is no answer yet; what is known of a
 * loading text is in *ret even then. */
char *reply_save(TALLOC_CTX *ctx, const struct reply *r);
bool reply_load(TALLOC_CTX *ctx, const char *progress, size_t len, struct reply *ret,
		bool *ret_found, struct err *e) ERR_MUST_CHECK;

enum reply_result {
	REPLY_DELIVERED,
	REPLY_LATER,  /* try again at when_ms */
	REPLY_FAILED, /* nobody can be reached */
};

struct reply_end {
	enum reply_result result;
	int64_t when_ms;
	bool pause_lane;		 /* the channel is limited, not only this message */
	char reason[ERR_TEXT_MAX_BYTES]; /* delivered: why not by the first way, or "" */
};

/* Looks for the loading text that a dead process may have left (`seek`). */
void reply_seek(TALLOC_CTX *ctx, struct bot *bot, const struct queue_job *job,
		const struct slack_inbound *in, struct reply *r);

/* Takes the loading text away, if that can be done now. For a job that ends without an answer. */
void reply_withdraw(TALLOC_CTX *ctx, struct bot *bot, const struct queue_job *job,
		    const struct slack_inbound *in, struct reply *r);

/* Sends once, by the best way that is open; changes what `r` remembers. A loading text becomes the
 * answer, or goes. */
struct reply_end reply_send(TALLOC_CTX *ctx, struct bot *bot, const struct queue_job *job,
			    const struct slack_inbound *in, struct reply *r);

/* How long a delivery waits after so many tries: longer and longer, up to five minutes, and never
 * all of them at once. */
int64_t reply_patience_ms(int tries);

/* Whether it takes a turn in its channel's lane: it adds a message there. */
bool reply_adds_message(const struct reply *r);

/* In the loading text's metadata: other than the answer's. */
char *reply_loading_id(TALLOC_CTX *ctx, const struct queue_job *job);

/* Whether the response_url can still be used. */
bool reply_hook_open(const struct queue_job *job, const struct slack_inbound *in,
		     const struct reply *r);

#endif

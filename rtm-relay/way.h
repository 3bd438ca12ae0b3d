/*
 * The two ways to listen on Slack's WebSocket, Socket Mode and RTM, as the relay sees them: where
 * the socket is, what a frame of it means, what keeps it alive. One const struct each.
 */
#ifndef RELAY_WAY_H
#define RELAY_WAY_H

#include "bot/bot.h"
#include "net/ws.h"
#include "slack/connect.h"
#include "slack/inbound.h"

#define WAY_SEND_MS 3000 /* that a full socket may keep us from sending */

enum frame_kind {
	FRAME_NOTHING, /* of no interest */
	FRAME_HELLO,   /* the connection is ready */
	FRAME_ITEM,    /* `in` is to be taken down, and then acknowledged */
	FRAME_NOTED,   /* only acknowledged: `why` */
	FRAME_LEAVE,   /* the connection ends soon, a new one is wanted: `why` */
	FRAME_FAILED,  /* the connection is of no use: `why` */
	FRAME_REFUSED, /* no connection, until somebody has mended what `why` says */
	FRAME_BROKEN,  /* makes no sense: `why` */
};

struct frame {
	enum frame_kind kind;
	const char *type; /* Slack's word for it, "" when there is none; for the log */
	const char *why;  /* in words */
	const struct slack_inbound *in;
	const char *envelope_id; /* NULL: nothing to acknowledge */
	bool takes_payload;	 /* of the acknowledgement */
	int64_t connections;	 /* of a hello: how many this app has, 0 when Slack does not say */
};

struct way {
	const char *name;
	/* Only text counts as a sign of life: Slack's RTM has pings of its own. */
	bool text_only;
	/* Asks Slack where the socket is. */
	bool (*connect)(TALLOC_CTX *ctx, const struct bot *bot, int64_t deadline_ms,
			struct slack_connect *ret, struct err *e);
	/* What one text frame means; it never fails. Pure. */
	void (*judge)(TALLOC_CTX *ctx, const char *text, size_t len,
		      const struct slack_connect *who, struct frame *ret);
	/* Sends a sign of life that the other side must answer; `n` counts from 1. */
	bool (*ping)(struct ws *ws, int64_t n, int64_t deadline_ms, struct err *e);
};

extern const struct way socket_mode;
extern const struct way rtm;

#endif

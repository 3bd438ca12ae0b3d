/* What the files of the WebSocket client share. Private to net/. */
#ifndef NET_WS_PRIVATE_H
#define NET_WS_PRIVATE_H

#include <wslay/wslay.h>

#include "net/ws.h"
#include "net/ws_wire.h"

#define WS_OUT_BYTES (16 * 1024) /* frames on their way: one TLS record */
/* What one look at the connection takes in at most, so that a flood of pings or empty fragments
 * does not keep ws_next from its time. */
#define WS_ROUND_BYTES (64 * 1024)
#define WS_PONGS_MAX 64 /* unsent; who does not take them is not read from */

/* Something that came in and waits for ws_next. */
struct ws_item {
	struct ws_item *next;
	struct ws_message message;
};

struct ws {
	struct ws_wire *wire;
	wslay_event_context_ptr frames;
	const char *host;
	int wake_fd;
	int64_t heard_ms;

	char *text; /* of the message that is coming in */
	size_t text_len;
	bool in_data;		       /* the frame that is coming in is no control frame */
	struct ws_item *first, **last; /* what came in */
	size_t items_bytes;
	struct ws_item *given; /* the caller's until its next call */
	bool pinged;	       /* and no pong yet */

	bool sending;	   /* meanwhile more than one message may come in */
	size_t round_left; /* bytes that this look may still take in */
	bool drained;	   /* the wire has nothing more for now */

	char out[WS_OUT_BYTES];
	size_t out_at, out_len;
	bool out_stuck; /* `out` was offered to the wire and must not change */

	bool dead;
	struct err fault; /* why */
};

/* The first reason counts. */
void ws_set_dead(struct ws *ws, enum err_kind kind, const char *why);

/* wslay's context; wslay_event_context_free. */
void ws_frames_init(struct ws *ws);

/* Whether what came in is to be looked at before there may be more. */
bool ws_is_full(const struct ws *ws);

size_t ws_item_bytes(const struct ws_item *item);

#endif

/*
 * One WebSocket to Slack and the thread that reads it: what comes in is on disk before it is
 * acknowledged, on this connection. Whether there should be one is the relay's decision.
 */
#ifndef RELAY_CONNECTION_H
#define RELAY_CONNECTION_H

#include <pthread.h>

#include "rtm-relay/way.h"

#define CONNECTION_TYPES_MAX 32

/* What the relay and its connections share. */
struct board {
	pthread_mutex_t lock; /* all that follows, and each connection's view; never across I/O */
	pthread_cond_t changed;
	bool news; /* a connection's state has changed since somebody looked */
	char *seen[CONNECTION_TYPES_MAX]; /* types that were logged already */
	size_t n_seen;
};

enum connection_state {
	CONNECTION_OPENING,
	CONNECTION_OPEN,    /* Slack has said hello */
	CONNECTION_LEAVING, /* Slack ends it soon; it is still read and acknowledged */
	CONNECTION_ENDED,
};

struct connection_view {
	enum connection_state state;
	bool was_open;
	bool final;	   /* ended: other settings must come first */
	int64_t opened_ms; /* monotonic, of the hello */
	int64_t ended_ms;
	int64_t not_before_ms;		 /* unix: Slack asked to wait, or 0 */
	int64_t reported;		 /* the app's connections, says the hello; or 0 */
	char reason[ERR_TEXT_MAX_BYTES]; /* of leaving, or of the end */
};

struct connection;

/* Starts the thread. `number` tells it from others in the log. ERR_INTERNAL. */
bool connection_start(struct bot_host *host, struct board *board, const struct way *way,
		      int64_t number, struct connection **ret, struct err *e) ERR_MUST_CHECK;

/* How it is now. */
struct connection_view connection_look(struct connection *c);

/* Asks it to end: a close frame, and a moment for the answer. May be called again. */
void connection_close(struct connection *c);

/* Once it has ended. */
void connection_free(struct connection *c);

#endif

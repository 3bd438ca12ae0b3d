/*
 * Frames that came in together: what is to be taken down is stored in one commit, and only then
 * acknowledged.
 */
#ifndef RELAY_BATCH_H
#define RELAY_BATCH_H

#include "bot/intake.h"
#include "rtm-relay/way.h"

#define BATCH_MAX 64
#define BATCH_MAX_BYTES (8 * 1024 * 1024) /* no frame more, once there are so many */

struct batch {
	struct frame frames[BATCH_MAX]; /* items, and what is only to be acknowledged */
	struct intake_answer answers[BATCH_MAX];
	size_t n;
	size_t bytes; /* of the frames' texts */
};

/* Stores the items and fills in the answers; gives the number of items. `connection`: for the log.
 */
int64_t batch_take_down(TALLOC_CTX *ctx, struct bot_host *host, int64_t connection,
			struct batch *batch);

/* Acknowledges, on the connection that they came on, all but those that could not be stored: Slack
 * sends them again. Errors are ws_send's. */
bool batch_acknowledge(TALLOC_CTX *ctx, struct ws *ws, const struct batch *batch,
		       struct err *e) ERR_MUST_CHECK;

#endif

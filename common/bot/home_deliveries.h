/* What became of the deliveries of whoever opens the App Home. Pure. */
#ifndef BOT_HOME_DELIVERIES_H
#define BOT_HOME_DELIVERIES_H

#include "queue/queue.h"
#include "slack/views.h"

#define HOME_DELIVERIES_MAX 10
#define HOME_DELIVERIES_BLOCKS 5 /* at most */

/* Adds them, newest first; nothing when there are none. Only the person's own belong here. */
void home_add_deliveries(TALLOC_CTX *ctx, struct slack_view *v, const struct queue_job *jobs,
			 size_t n);

#endif

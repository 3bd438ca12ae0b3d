/* Socket Mode's frames, as pure functions: what one means, and how it is acknowledged. */
#ifndef RELAY_SOCKET_MODE_H
#define RELAY_SOCKET_MODE_H

#include "rtm-relay/way.h"

/* Slack drops an acknowledgement of 20,480 bytes or more without a word. */
#define SOCKET_MODE_ACK_MAX_BYTES 16000

void socket_mode_judge(TALLOC_CTX *ctx, const char *text, size_t len,
		       const struct slack_connect *who, struct frame *ret);

/* With `body` (JSON, or "") as payload where the envelope takes one and it is not too long. */
const char *socket_mode_ack(TALLOC_CTX *ctx, const struct frame *frame, const char *body);

#endif

/* RTM's frames, as a pure function: what one means. Nothing is acknowledged in RTM. */
#ifndef RELAY_RTM_H
#define RELAY_RTM_H

#include "rtm-relay/way.h"

void rtm_judge(TALLOC_CTX *ctx, const char *text, size_t len, const struct slack_connect *who,
	       struct frame *ret);

#endif

/* What must hold for a struct slack_inbound, whatever it was read from. */
#ifndef TESTS_FUZZ_INBOUND_H
#define TESTS_FUZZ_INBOUND_H

#include "slack/inbound.h"

/* Sane ids, limits, UTF-8; and a job's body keeps all of it. */
void fuzz_check_inbound(TALLOC_CTX *ctx, const struct slack_inbound *in);

#endif

/* The table of error codes as a whole, for the test that it is sound. Private to slack/. */
#ifndef SLACK_ERRORS_PRIVATE_H
#define SLACK_ERRORS_PRIVATE_H

#include "slack/api.h"

const struct slack_error *slack_errors(size_t *ret_n);

#endif

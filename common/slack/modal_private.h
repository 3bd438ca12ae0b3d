/* What modal.c and modal_answer.c share. Private to slack/. */
#ifndef SLACK_MODAL_PRIVATE_H
#define SLACK_MODAL_PRIVATE_H

#include "slack/modal.h"

#define MODAL_OPTION_MAX_CHARS 75

/* A plain_text object, never empty. These two belong to the caller. */
struct json_object *modal_plain(const char *text, size_t max_chars);

/* An option whose value is its number. */
struct json_object *modal_option(const struct slack_option *option, size_t number);

/* A SELECT with options: one without any is a text. */
bool modal_is_list(const struct slack_modal_field *f);

#endif

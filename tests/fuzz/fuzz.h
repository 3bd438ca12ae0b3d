/*
 * What the fuzz targets share. A target is one NAME.c with LLVMFuzzerTestOneInput; it states what
 * must hold for any input with FUZZ_CHECK. Built with libFuzzer (-Dfuzz=enabled), or with replay.c,
 * which runs the seeds of corpus/NAME.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"
#include "base/json.h"
#include "slack/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with the place and the condition when it does not hold. */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fuzz_failed(__FILE__, __LINE__, #condition);                               \
	} while (0)

_Noreturn void fuzz_failed(const char *file, int line, const char *condition);

/* Valid UTF-8, and not NULL. */
void fuzz_check_utf8(const char *s);

/* Filled as an error must be: that kind, a text that people can read. */
void fuzz_check_error(const struct err *e, enum err_kind kind);

/* Well-formed mrkdwn: & only in &amp; &lt; &gt;, < > only around http(s) links, as the sandbox's
 * slack_mrkdwn.py has it. */
void fuzz_check_mrkdwn(const char *mrkdwn);

/* Nothing in it can ping or link: no <!…> <@…> <#…>, no "@here" and its kin, no bare "://".
 * The addresses of <http…> links and code fences are not looked into. */
void fuzz_check_quiet(const char *mrkdwn);

/* How much of a message is trusted: the parts of a saved one are ours, not data. */
enum fuzz_depth { FUZZ_LIMITS, FUZZ_LIMITS_AND_TEXT };

/* Slack's limits on an encoded message (tests/sandbox/slack_limits.py, in short), and with
 * FUZZ_LIMITS_AND_TEXT that all its mrkdwn is well-formed and quiet. */
void fuzz_check_message(struct json_object *encoded, enum slack_form form, enum fuzz_depth depth);

/* Every form of the message, and that what a job keeps of it makes the same message again. */
void fuzz_check_all_forms(TALLOC_CTX *ctx, const struct slack_message *m, enum fuzz_depth depth);

#endif

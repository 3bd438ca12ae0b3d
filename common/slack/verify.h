/* Whether a request came from Slack: signed secrets v0, and the old verification token. */
#ifndef SLACK_VERIFY_H
#define SLACK_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SLACK_VERIFY_WINDOW_S 300

/*
 * X-Slack-Signature = "v0=" + hex(HMAC-SHA256(secret, "v0:" timestamp ":" body)), constant time,
 * against each of n secrets (NULLs are skipped); the timestamp within 5 minutes of now, either
 * way. Missing headers (NULL) are wrong. ERR_AUTH with a text that tells the owner what to look at
 * (clock, secret). Source: "Verifying requests from Slack".
 */
bool slack_verify_signature(const char *const *secrets, size_t n, const char *timestamp,
			    const char *signature, const char *body, size_t len, int64_t now_ms,
			    struct err *e) ERR_MUST_CHECK;

/* The `token` form field against n tokens (NULLs skipped), constant time. ERR_AUTH. */
bool slack_verify_token(const char *const *tokens, size_t n, const char *token,
			struct err *e) ERR_MUST_CHECK;

#endif

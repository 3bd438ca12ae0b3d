/*
 * The one error type. A function that can fail returns bool and takes `struct err *e` last; it
 * fills it exactly when it returns false. Only the kind decides retries, HTTP status and the
 * sentence for people; the text is for a person who can act on it and never holds a secret.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

#define ERR_TEXT_MAX_BYTES 1024

#define ERR_MUST_CHECK __attribute__((warn_unused_result))

enum err_kind {
	ERR_NONE,
	ERR_BAD_INPUT,	  /* what came in cannot be used: tell the sender, never retry */
	ERR_AUTH,	  /* credentials are missing, wrong or expired */
	ERR_FORBIDDEN,	  /* known, but not allowed */
	ERR_NOT_FOUND,	  /* not there, or hidden from us */
	ERR_RATE_LIMITED, /* refused for now: never again before not_before_ms */
	ERR_TEMPORARY,	  /* failed before anything was sent, or the other side says "later" */
	ERR_UNKNOWN,	  /* sent, no answer: look before sending again */
	ERR_BAD_REPLY,	  /* the other side answered with something that makes no sense */
	ERR_INTERNAL,	  /* our fault */
};

struct err {
	enum err_kind kind;
	int64_t not_before_ms; /* unix time; only with ERR_RATE_LIMITED, else 0 */
	char text[ERR_TEXT_MAX_BYTES];
};

/* Fills `e`; always returns false, so that `return err_set(...)` reads well. */
bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "what: " before the text, kind unchanged; always returns false. */
bool err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "bad_input", "auth", ...: for logs. */
const char *err_kind_name(enum err_kind kind);

/* For exhaustion and broken invariants only: one log line, then abort(). */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

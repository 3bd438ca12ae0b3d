/*
 * What a button of ours stands for. The button carries a random key alone; its meaning is in the
 * state table for 30 days.
 */
#ifndef BOT_KEYS_H
#define BOT_KEYS_H

#include "bot/bot.h"

struct key_meaning {
	const char *kind;  /* "share", "again": a line of job_press.c */
	const char *owner; /* user id whose identity it was made for; NULL: nobody's */
	struct json_object *body;
};

/* *ret is 32 hex digits of 128 random bits. */
bool keys_put(TALLOC_CTX *ctx, struct bot *bot, const struct key_meaning *meaning, const char **ret,
	      struct err *e) ERR_MUST_CHECK;

/* The same for another time than 30 days. */
bool keys_put_for(TALLOC_CTX *ctx, struct bot *bot, const struct key_meaning *meaning,
		  int64_t life_ms, const char **ret, struct err *e) ERR_MUST_CHECK;

/* ERR_NOT_FOUND: expired, or never given out. A dot and what follows it are the button's own. */
bool keys_get(TALLOC_CTX *ctx, struct bot *bot, const char *key, struct key_meaning *ret,
	      struct err *e) ERR_MUST_CHECK;

#endif

/*
 * Loading texts: a line in the channel when Looker is asked for longer than a second, so that
 * nobody types the command again. One thread watches all commands under way, posts for those that
 * last, and notes each text in its job's progress: whoever answers replaces it, or takes it away
 * (bot/reply.c).
 */
#ifndef BOT_LOADING_H
#define BOT_LOADING_H

#include <sys/queue.h>

#include "bot/bot.h"
#include "slack/inbound.h"

#define LOADING_AFTER_MS 1000

struct loading;

/* ERR_INTERNAL when no thread can be made. Belongs to ctx. */
bool loading_start(TALLOC_CTX *ctx, struct loading **ret, struct err *e) ERR_MUST_CHECK;

/* When no watch is under way. NULL is fine. */
void loading_stop(struct loading *l);

/* Each moves on only, under the lock, so a text is either never posted or known when asking ends.
 */
enum loading_state { LOADING_WAITS, LOADING_POSTING, LOADING_OVER };

/* One command while Looker is asked; its memory is the worker's. */
struct loading_watch {
	/* The caller's; they must not change until loading_end. */
	struct bot *bot;
	const struct queue_job *job;
	const struct slack_inbound *in;
	/* loading.c's */
	TAILQ_ENTRY(loading_watch) link;
	enum loading_state state;
	int64_t due_ms; /* monotonic */
	/* After loading_end: */
	char ts[64]; /* of the text in the channel, or "" */
	bool doubt;  /* sent, but no answer: it may be there */
};

/* Nothing is shown when `l` is NULL. */
void loading_begin(struct loading *l, struct loading_watch *w);

/* Waits only for a post that is just being sent (2 s at most). */
void loading_end(struct loading *l, struct loading_watch *w);

/* The text for a job: English or another language, always the same for one job. */
char *loading_text(TALLOC_CTX *ctx, int64_t job);

#endif

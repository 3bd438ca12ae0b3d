/* How the relay listens, in words: for the log (once per change), for the state table (every few
 * seconds) and for systemd. One thread's own. */
#ifndef RELAY_REPORT_H
#define RELAY_REPORT_H

#include "bot/bot.h"
#include "bot/listening.h"

struct report {
	const char *way;
	int64_t tell_at_ms; /* monotonic: when the state must be told again at the latest */
	/* its own */
	enum listening_state state;
	int64_t since_ms;   /* unix: of the state */
	int64_t deaf_at_ms; /* monotonic: since when nothing has been open; 0: it was never */
	int64_t connections, elsewhere;
	bool refused, not_needed, ready, untold, changed;
	char reason[ERR_TEXT_MAX_BYTES];
};

/* The last try failed, and the next one is in so many ms. */
void report_trying(struct report *r, const char *reason, int64_t wait_ms);

/* Only other settings can help; `not_needed`: nothing is amiss, since Slack sends over HTTP. */
void report_refused(struct report *r, bool not_needed, const char *reason);
bool report_is_not_needed(const struct report *r);

/* There is a connection, or new settings: the refusal is of the past. */
void report_forgive(struct report *r);

/* So many connections of the app are not ours. */
void report_elsewhere(struct report *r, int64_t connections);

/* Tells, when it is time or something has changed. `open`: our connections. */
void report_tell(struct report *r, struct bot_host *host, int64_t open);

/* The last word: nobody listens any more. */
void report_end(struct bot_host *host);

#endif

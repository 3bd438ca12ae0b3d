/* The relay's state and who is told of its changes. It decides nothing. */
#include "rtm-relay/report.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sdnotify.h"

#define TELL_EVERY_MS 5000

void report_trying(struct report *r, const char *reason, int64_t wait_ms)
{
	log_warning("reconnecting", LOG_S("way", r->way), LOG_S("reason", reason),
		    LOG_I("in_ms", wait_ms));
	r->refused = r->not_needed = false;
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
	r->changed = true;
}

void report_refused(struct report *r, bool not_needed, const char *reason)
{
	bool known = r->refused && r->not_needed == not_needed && strcmp(r->reason, reason) == 0;

	if (!known && not_needed)
		log_info("not_needed", LOG_S("way", r->way), LOG_S("reason", reason),
			 LOG_S("note", "Slack sends over HTTP; I wait for other settings"));
	else if (!known)
		log_error("refused", LOG_S("way", r->way), LOG_S("reason", reason));
	r->refused = true;
	r->not_needed = not_needed;
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
	r->changed = true;
}

bool report_is_not_needed(const struct report *r)
{
	return r->not_needed;
}

void report_forgive(struct report *r)
{
	r->refused = r->not_needed = false;
	r->reason[0] = '\0';
}

void report_elsewhere(struct report *r, int64_t connections)
{
	if (connections == r->elsewhere)
		return;
	if (connections > 0)
		log_warning("connections_elsewhere", LOG_I("connections", connections),
			    LOG_S("note", "somebody else listens with this SLACK_APP_TOKEN, and "
					  "gets a share of what people send"));
	r->elsewhere = connections;
	r->changed = true;
}

static enum listening_state state_of(const struct report *r, int64_t open)
{
	if (open > 0)
		return LISTENING_OPEN;
	if (r->not_needed)
		return LISTENING_NOT_NEEDED;
	return r->refused ? LISTENING_REFUSED : LISTENING_CONNECTING;
}

/* Deaf from the moment that the last connection was gone. */
static void note_hearing(struct report *r, enum listening_state state)
{
	if (r->state == LISTENING_OPEN && state != LISTENING_OPEN) {
		r->deaf_at_ms = clock_mono_ms();
		log_warning("deaf", LOG_S("way", r->way), LOG_S("reason", r->reason));
	} else if (state == LISTENING_OPEN && r->deaf_at_ms) {
		log_info("hearing", LOG_S("way", r->way),
			 LOG_I("deaf_ms", clock_mono_ms() - r->deaf_at_ms));
		r->deaf_at_ms = 0;
	}
}

static void tell_systemd(TALLOC_CTX *ctx, struct report *r)
{
	static const char *const words[LISTENING_STATES] = {
		[LISTENING_SILENT] = "starting",
		[LISTENING_CONNECTING] = "connecting to Slack",
		[LISTENING_OPEN] = "listening",
		[LISTENING_REFUSED] = "refused",
		[LISTENING_NOT_NEEDED] = "not needed",
	};

	sdnotify_send(mem_printf(ctx, "STATUS=%s: %s%s%s", r->way, words[r->state],
				 *r->reason ? ": " : "", r->reason));
	/* Who is refused has started, too: it waits for new settings, and a start that times out
	 * would say less. */
	if (!r->ready && r->state != LISTENING_CONNECTING)
		sdnotify_send("READY=1");
	r->ready = r->ready || r->state != LISTENING_CONNECTING;
}

static void tell_all(TALLOC_CTX *ctx, struct report *r, struct bot_host *host)
{
	const struct listening l = {
		.state = r->state,
		.way = r->way,
		.reason = *r->reason ? r->reason : NULL,
		.since_ms = r->since_ms,
		.connections = r->connections,
		.elsewhere = r->elsewhere,
	};
	struct bot *bot = bot_take(host);
	struct err e;
	bool told = listening_tell(ctx, bot, &l, &e);

	bot_drop(bot);
	if (!told && !r->untold)
		log_error("state_not_told", LOG_S("reason", e.text));
	r->untold = !told;
}

void report_tell(struct report *r, struct bot_host *host, int64_t open)
{
	enum listening_state state = state_of(r, open);
	TALLOC_CTX *ctx;

	if (state == r->state && open == r->connections && !r->changed &&
	    clock_left_ms(r->tell_at_ms) > 0)
		return;
	ctx = mem_ctx(NULL);
	r->connections = open;
	if (state != r->state) {
		note_hearing(r, state);
		r->state = state;
		r->since_ms = clock_now_ms();
		r->changed = true;
	}
	if (r->changed)
		tell_systemd(ctx, r);
	if (!r->ready) /* Slack cannot be reached: that is no reason to start us again */
		sdnotify_send("EXTEND_TIMEOUT_USEC=30000000");
	tell_all(ctx, r, host);
	r->changed = false;
	r->tell_at_ms = clock_deadline_ms(TELL_EVERY_MS);
	talloc_free(ctx);
}

void report_end(struct bot_host *host)
{
	const struct listening silent = { .state = LISTENING_SILENT };
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct bot *bot = bot_take(host);
	struct err ignored;

	(void)!listening_tell(ctx, bot, &silent, &ignored);
	bot_drop(bot);
	talloc_free(ctx);
}

/*
 * Decides how many connections there are: looks at each, drops what has ended, starts what is
 * wanted, asks to end what was replaced. Waits on the board in between. What a connection does is
 * its own thread's business (connection.c); the words for the state are report.c's.
 */
#include "rtm-relay/relay.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "rtm-relay/backoff.h"
#include "rtm-relay/connection.h"
#include "rtm-relay/report.h"

#define CONNECTIONS_MAX 8
#define OLD_MS 10000		     /* how long a replaced connection may still bring something */
#define REFUSED_MS (5 * 60 * 1000LL) /* Socket Mode; RTM waits for new settings */
#define RECOUNT_FIRST_MS (60 * 1000LL)
#define RECOUNT_MS (10 * 60 * 1000LL)
#define NEVER_MS INT64_MAX

/* What a connection is for. Another one, and it is of the past. */
struct target {
	const struct way *way;
	const char *api_url;
	const char *token;
	bool http; /* Slack may send over HTTP as well */
};

struct member {
	struct connection *connection;
	struct connection_view view;
	bool old;	   /* replaced, or of an earlier target */
	bool of_past;	   /* of an earlier target */
	bool counted;	   /* its hello was looked at */
	int64_t old_at_ms; /* monotonic: since when there is a newer one */
};

struct relay {
	struct bot_host *host;
	struct board board;
	pthread_t thread;
	bool stop, changed; /* guarded by the board's lock */
	/* the thread's own */
	struct target *target;
	struct member members[CONNECTIONS_MAX];
	size_t n;
	int64_t started; /* connections, ever: their numbers */
	unsigned failures;
	int64_t next_ms; /* no new connection before that */
	int64_t excess_since_ms,
		recount_ms; /* connections elsewhere: since when, look again when */
	struct report report;
};

/* --- the target --- */

static struct target *target_new(struct relay *r)
{
	struct target *t = mem_zero(r, struct target);
	struct bot *bot = bot_take(r->host);
	const struct config *c = bot->config;

	t->way = c->slack_app_token ? &socket_mode : &rtm;
	t->api_url = mem_strdup(t, c->slack_api_url);
	t->token = mem_strdup(t, c->slack_app_token ? c->slack_app_token : c->slack_api_key);
	t->http = c->slack_signing_secrets[0] || c->slack_slash_tokens[0];
	bot_drop(bot);
	return t;
}

static bool same_target(const struct target *a, const struct target *b)
{
	return a->way == b->way && strcmp(a->api_url, b->api_url) == 0 &&
	       strcmp(a->token, b->token) == 0;
}

/* Good connections stay when only other settings have changed; refused ones are tried again. */
static void take_target(struct relay *r)
{
	struct target *next = target_new(r);
	bool same = same_target(r->target, next);

	for (size_t i = 0; i < r->n && !same; i++)
		r->members[i].old = r->members[i].of_past = true;
	talloc_free(r->target);
	r->target = next;
	r->report.way = next->way->name;
	r->failures = 0;
	r->next_ms = 0;
	report_forgive(&r->report);
}

/* --- connections that end --- */

static void refuse(struct relay *r, const struct connection_view *v)
{
	bool is_rtm = r->target->way == &rtm;

	r->next_ms = is_rtm ? NEVER_MS : clock_deadline_ms(REFUSED_MS);
	report_refused(&r->report, is_rtm && r->target->http, v->reason);
}

static void try_later(struct relay *r, const struct connection_view *v)
{
	int64_t wait_ms, lived_ms = v->was_open ? v->ended_ms - v->opened_ms : 0;

	r->failures = backoff_count(r->failures, v->was_open, lived_ms);
	wait_ms = backoff_ms(r->failures, randombytes_random());
	if (v->not_before_ms - clock_now_ms() > wait_ms)
		wait_ms = v->not_before_ms - clock_now_ms();
	r->next_ms = clock_deadline_ms(wait_ms);
	report_trying(&r->report, v->reason, wait_ms);
}

static void on_ended(struct relay *r, const struct member *m)
{
	if (m->of_past)
		return;
	if (m->view.final)
		refuse(r, &m->view);
	else if (!m->old)
		try_later(r, &m->view);
}

static void reap(struct relay *r)
{
	for (size_t i = 0; i < r->n;) {
		struct member *m = &r->members[i];

		m->view = connection_look(m->connection);
		/* Slack has asked for a new one in its place. */
		m->old = m->old || m->view.state == CONNECTION_LEAVING;
		if (m->view.state != CONNECTION_ENDED) {
			i++;
			continue;
		}
		on_ended(r, m);
		connection_free(m->connection);
		*m = r->members[--r->n];
	}
}

/* --- connections of the app that are not ours --- */

static int64_t count_open(const struct relay *r)
{
	int64_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->members[i].view.state == CONNECTION_OPEN ||
		     r->members[i].view.state == CONNECTION_LEAVING;
	return n;
}

/* Only a hello tells the number. One that is too high may count a dead connection of our own that
 * Slack has not noticed yet: it is believed when a new connection hears it again. */
static void count(struct relay *r, struct member *m)
{
	int64_t excess = m->view.reported - count_open(r), now_ms = clock_mono_ms();

	m->counted = true;
	if (excess <= 0) {
		r->excess_since_ms = r->recount_ms = 0;
		report_elsewhere(&r->report, 0);
		return;
	}
	if (r->excess_since_ms == 0)
		r->excess_since_ms = now_ms;
	bool believed = now_ms - r->excess_since_ms >= RECOUNT_FIRST_MS;
	if (believed)
		report_elsewhere(&r->report, excess);
	r->recount_ms = now_ms + (believed ? RECOUNT_MS : RECOUNT_FIRST_MS);
}

/* --- one turn --- */

static struct member *find_current(struct relay *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->members[i].old)
			return &r->members[i];
	return NULL;
}

static void start_one(struct relay *r)
{
	struct member m = { .counted = false };
	struct err e;

	if (connection_start(r->host, &r->board, r->target->way, ++r->started, &m.connection, &e)) {
		r->members[r->n++] = m;
		return;
	}
	struct connection_view failed = { .ended_ms = clock_mono_ms() };
	snprintf(failed.reason, sizeof(failed.reason), "%s", e.text);
	try_later(r, &failed);
}

/* Asks the old ones to end, now or in a while; false as long as some may stay. */
static void end_old(struct relay *r, const struct member *current)
{
	bool replaced = current && current->view.state == CONNECTION_OPEN;
	int64_t now_ms = clock_mono_ms();

	for (size_t i = 0; i < r->n; i++) {
		struct member *m = &r->members[i];

		if (!m->old || !(replaced || (m->of_past && report_is_not_needed(&r->report))))
			continue;
		if (m->old_at_ms == 0)
			m->old_at_ms = now_ms;
		if (m->of_past || now_ms - m->old_at_ms >= OLD_MS)
			connection_close(m->connection);
	}
}

/* When the next thing is due by the clock. */
static int64_t due_ms(const struct relay *r, const struct member *current)
{
	int64_t due = r->report.tell_at_ms;

	if (!current && r->next_ms < due)
		due = r->next_ms;
	for (size_t i = 0; i < r->n; i++)
		if (r->members[i].old_at_ms && r->members[i].old_at_ms + OLD_MS < due)
			due = r->members[i].old_at_ms + OLD_MS;
	return due;
}

static int64_t turn(struct relay *r)
{
	struct member *current = NULL;

	reap(r);
	current = find_current(r);
	if (current && current->view.state == CONNECTION_OPEN) {
		report_forgive(&r->report);
		if (!current->counted)
			count(r, current);
		if (r->recount_ms && clock_left_ms(r->recount_ms) == 0) {
			r->recount_ms = 0;
			current->old = true; /* a new one shall hear the number again */
			current = NULL;
			r->next_ms = 0;
		}
	}
	end_old(r, current);
	if (!current && r->n < CONNECTIONS_MAX && clock_left_ms(r->next_ms) == 0)
		start_one(r);
	report_tell(&r->report, r->host, count_open(r));
	return due_ms(r, find_current(r));
}

/* Waits for news or the time. Takes what others asked for; false: to stop. */
static bool wait_for_news(struct relay *r, int64_t until_ms)
{
	const struct timespec until = clock_timespec(until_ms);

	pthread_mutex_lock(&r->board.lock);
	while (!r->stop && !r->changed && !r->board.news && clock_left_ms(until_ms) > 0)
		(void)pthread_cond_clockwait(&r->board.changed, &r->board.lock, CLOCK_MONOTONIC,
					     &until);
	bool stop = r->stop, changed = r->changed;
	r->changed = r->board.news = false;
	pthread_mutex_unlock(&r->board.lock);
	if (changed)
		take_target(r);
	return !stop;
}

/* All of them end, each in its time: none is left when this returns. */
static void end_all(struct relay *r)
{
	for (size_t i = 0; i < r->n; i++)
		connection_close(r->members[i].connection);
	for (size_t i = 0; i < r->n; i++)
		connection_free(r->members[i].connection); /* waits for it */
	r->n = 0;
	report_end(r->host);
}

static void *run(void *arg)
{
	struct relay *r = arg;

	while (wait_for_news(r, turn(r)))
		;
	end_all(r);
	return NULL;
}

/* --- for others --- */

bool relay_start(struct bot_host *host, struct relay **ret, struct err *e)
{
	struct relay *r = mem_zero(NULL, struct relay);

	r->host = host;
	pthread_mutex_init(&r->board.lock, NULL);
	pthread_cond_init(&r->board.changed, NULL);
	r->target = target_new(r);
	r->report.way = r->target->way->name;
	int failed = pthread_create(&r->thread, NULL, run, r);
	if (failed) {
		talloc_free(r);
		return err_set(e, ERR_INTERNAL, "cannot start a thread: %s", strerror(failed));
	}
	*ret = r;
	return true;
}

static void ask(struct relay *r, bool *what)
{
	pthread_mutex_lock(&r->board.lock);
	*what = true;
	pthread_cond_broadcast(&r->board.changed);
	pthread_mutex_unlock(&r->board.lock);
}

void relay_changed(struct relay *relay)
{
	ask(relay, &relay->changed);
}

void relay_stop(struct relay *relay)
{
	ask(relay, &relay->stop);
	pthread_join(relay->thread, NULL);
	for (size_t i = 0; i < relay->board.n_seen; i++)
		talloc_free(relay->board.seen[i]);
	pthread_cond_destroy(&relay->board.changed);
	pthread_mutex_destroy(&relay->board.lock);
	talloc_free(relay);
}

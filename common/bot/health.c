/*
 * Queue and disk are looked at while the caller waits. Slack and each Looker are targets: when what
 * is known of one is old, a thread of its own asks it once and remembers the outcome.
 */
#include "bot/health.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/listening.h"
#include "bot/people.h"

#define GOOD_FOR_MS (60 * 1000LL)
#define BAD_FOR_MS (10 * 1000LL) /* what is mended shows sooner */
#define CHECK_DEADLINE_MS (10 * 1000LL)
#define PATIENCE_MS 1000 /* of whoever asks, when checks were due */
#define WRITTEN_FOR_MS 1000
#define STUCK_MS (5 * 60 * 1000LL)
#define STACK_BYTES (256 * 1024)

/* Nearly full: below 5 % of the disk, but never below the first and never above the second. */
#define DISK_FREE_PARTS 20
#define DISK_FREE_MIN_BYTES (INT64_C(256) << 20)
#define DISK_FREE_MAX_BYTES (INT64_C(5) << 30)

#define WRITTEN_KEY "health:written"
#define WRITTEN_TTL_MS (3600 * 1000LL)

/* Slack, or a Looker; guarded by the health's lock. */
struct target {
	bool busy;
	int64_t checked_ms; /* monotonic; 0: never */
	bool failed;
	char reason[ERR_TEXT_MAX_BYTES];
};

struct health {
	pthread_mutex_t lock; /* all that follows; never held across I/O */
	pthread_cond_t changed;
	int64_t written_ms; /* monotonic; 0: never tried */
	bool unwritable;
	char write_reason[ERR_TEXT_MAX_BYTES];
	struct target *targets; /* Slack, then the Lookers as configured */
	size_t n;
};

struct check {
	struct bot *bot; /* held */
	size_t target;
};

struct health *health_new(struct bot *bot)
{
	struct health *h = mem_zero(bot, struct health);

	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
	h->n = 1 + bot->n_lookers;
	h->targets = mem_array(h, struct target, h->n);
	return h;
}

void health_free(struct health *h)
{
	if (!h)
		return;
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
}

static char *target_name(TALLOC_CTX *ctx, const struct bot *bot, size_t target)
{
	if (target == 0)
		return mem_strdup(ctx, "Slack");
	return mem_printf(ctx, "Looker at %s", looker_name(bot->lookers[target - 1]));
}

/* --- one check, in a thread of its own --- */

static bool ask(TALLOC_CTX *ctx, struct bot *bot, size_t target, struct err *e)
{
	int64_t deadline_ms = clock_deadline_ms(CHECK_DEADLINE_MS);
	struct slack_identity id;

	if (target > 0)
		return looker_ping(ctx, bot->lookers[target - 1], deadline_ms, e);
	return people_ask_self(ctx, bot, deadline_ms, &id, e) || e->kind == ERR_RATE_LIMITED;
}

static void *check_main(void *arg)
{
	struct check *c = arg;
	struct health *h = c->bot->health;
	struct target *t = &h->targets[c->target];
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct err e = { 0 };
	bool ok = ask(ctx, c->bot, c->target, &e);

	pthread_mutex_lock(&h->lock);
	t->busy = false;
	t->checked_ms = clock_mono_ms();
	t->failed = !ok;
	memcpy(t->reason, e.text, sizeof(t->reason));
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
	talloc_free(ctx);
	bot_drop(c->bot);
	free(c);
	return NULL;
}

static bool start_check(struct bot *bot, size_t target)
{
	struct check *c = malloc(sizeof(*c));
	pthread_attr_t attr;
	pthread_t thread;

	if (!c)
		die("out of memory");
	*c = (struct check){ bot_hold(bot), target };
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	bool ok = pthread_create(&thread, &attr, check_main, c) == 0;
	pthread_attr_destroy(&attr);
	if (!ok) {
		bot_drop(bot);
		free(c);
	}
	return ok;
}

/* --- the targets --- */

static bool is_due(const struct target *t)
{
	int64_t good_for_ms = t->failed ? BAD_FOR_MS : GOOD_FOR_MS;

	return !t->busy && (t->checked_ms == 0 || clock_mono_ms() - t->checked_ms > good_for_ms);
}

/* With the lock. */
static size_t count_busy(const struct health *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += h->targets[i].busy;
	return n;
}

/* Starts what is due. Only who started something waits for it: checks that hang must not hold the
 * threads of all who ask. */
static void refresh(struct bot *bot)
{
	const struct timespec until = clock_timespec(clock_deadline_ms(PATIENCE_MS));
	struct health *h = bot->health;
	bool started = false;
	int failed = 0;

	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < h->n; i++) {
		if (!is_due(&h->targets[i]) || !start_check(bot, i))
			continue;
		h->targets[i].busy = true;
		started = true;
	}
	while (started && count_busy(h) > 0 && failed == 0)
		failed = pthread_cond_clockwait(&h->changed, &h->lock, CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(&h->lock);
}

/* An error's text as a sentence of its own. */
static char *sentence(TALLOC_CTX *ctx, const char *text)
{
	size_t len = strlen(text);

	return mem_printf(ctx, "%s%s", text, len > 0 && text[len - 1] == '.' ? "" : ".");
}

/* NULL when the target is well. */
static char *target_reason(TALLOC_CTX *ctx, struct bot *bot, size_t target)
{
	struct health *h = bot->health;
	char *name = target_name(ctx, bot, target);
	char *reason = NULL;

	pthread_mutex_lock(&h->lock);
	const struct target *t = &h->targets[target];
	if (t->checked_ms == 0)
		reason = mem_printf(ctx, "%s has not answered yet.", name);
	else if (t->failed)
		reason = sentence(ctx, t->reason);
	pthread_mutex_unlock(&h->lock);
	return reason;
}

/* --- queue and disk --- */

const char *health_queue_reason(TALLOC_CTX *ctx, struct bot *bot)
{
	struct health *h = bot->health;
	int64_t now_ms = clock_mono_ms();
	struct err e = { 0 };

	pthread_mutex_lock(&h->lock);
	bool known = h->written_ms != 0 && now_ms - h->written_ms < WRITTEN_FOR_MS;
	pthread_mutex_unlock(&h->lock);
	bool written = known || queue_state_set(bot->queue, WRITTEN_KEY, "1", 1,
						clock_now_ms() + WRITTEN_TTL_MS, &e);

	pthread_mutex_lock(&h->lock);
	if (!known) {
		h->written_ms = clock_mono_ms();
		h->unwritable = !written;
		memcpy(h->write_reason, e.text, sizeof(h->write_reason));
	}
	char *reason =
		h->unwritable ? mem_printf(ctx, "The queue cannot be written: %s.", h->write_reason)
			      : NULL;
	pthread_mutex_unlock(&h->lock);
	return reason;
}

static const char *stuck_reason(TALLOC_CTX *ctx, const struct queue_depth *depth)
{
	if (depth->oldest_due_ms < STUCK_MS)
		return NULL;
	return mem_printf(ctx, "The oldest job in the queue has waited for %lld minutes.",
			  (long long)depth->oldest_due_ms / 60000);
}

static const char *size_reason(TALLOC_CTX *ctx, const struct bot *bot,
			       const struct queue_depth *depth)
{
	if (depth->bytes < bot->config->state_max_bytes)
		return NULL;
	return mem_printf(ctx,
			  "The queue has reached LOOKERBOT_STATE_MAX (%lld MiB), so deliveries are "
			  "refused.",
			  (long long)(bot->config->state_max_bytes >> 20));
}

static const char *disk_reason(TALLOC_CTX *ctx, const struct bot *bot)
{
	const char *dir = bot->config->state_dir;
	struct statvfs fs;

	if (statvfs(dir, &fs) != 0)
		return mem_printf(ctx, "The state directory %s is not there: %s.", dir,
				  strerror(errno));
	int64_t free_bytes = (int64_t)(fs.f_bavail * fs.f_frsize);
	int64_t needed = (int64_t)(fs.f_blocks * fs.f_frsize) / DISK_FREE_PARTS;
	if (needed < DISK_FREE_MIN_BYTES)
		needed = DISK_FREE_MIN_BYTES;
	if (needed > DISK_FREE_MAX_BYTES)
		needed = DISK_FREE_MAX_BYTES;
	if (free_bytes >= needed)
		return NULL;
	return mem_printf(ctx, "The disk of the state directory %s is nearly full: %lld MiB left.",
			  dir, (long long)(free_bytes >> 20));
}

struct reasons {
	const char **texts;
	size_t n;
};

static void add(TALLOC_CTX *ctx, struct reasons *all, const char *text)
{
	if (!text)
		return;
	all->texts = mem_grow(ctx, all->texts, const char *, all->n + 2);
	all->texts[all->n++] = text;
	all->texts[all->n] = NULL;
}

const char **health_reasons(TALLOC_CTX *ctx, struct bot *bot)
{
	struct reasons all = { .texts = mem_array(ctx, const char *, 1) };
	struct queue_depth depth;
	struct err e;

	refresh(bot);
	for (size_t i = 0; i < bot->health->n; i++)
		add(ctx, &all, target_reason(ctx, bot, i));
	add(ctx, &all, listening_reason(ctx, bot));
	add(ctx, &all, health_queue_reason(ctx, bot));
	if (queue_depth(bot->queue, &depth, &e)) {
		add(ctx, &all, stuck_reason(ctx, &depth));
		add(ctx, &all, size_reason(ctx, bot, &depth));
	} else {
		add(ctx, &all, mem_printf(ctx, "The queue cannot be read: %s.", e.text));
	}
	add(ctx, &all, disk_reason(ctx, bot));
	return all.texts;
}

/*
 * Puts the parts together, and counts who uses which generation. The lane rules stand here because
 * they join Looker's limit (a setting) with Slack's (one message a second and channel).
 */
#include "bot/bot.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/catalogue.h"
#include "bot/health.h"
#include "store/store.h"

#define SLACK_GAP_MS 1000

struct generation {
	struct bot bot; /* first: bot_drop gets back from it */
	struct bot_host *host;
	size_t users; /* the host is one while it is the current */
};

struct bot_host {
	struct queue *queue;
	pthread_mutex_t lock; /* all users, and the two below */
	pthread_cond_t idle;
	struct generation *current;
	size_t taken; /* bot_take and bot_hold without their bot_drop, of all generations */
};

static bool open_queue(TALLOC_CTX *ctx, const struct config *config, bool visitor,
		       struct queue **ret, struct err *e)
{
	const struct queue_lane_rule rules[] = {
		{ "looker:", config->looker_concurrency, 0 },
		{ "slack:", 1, SLACK_GAP_MS },
	};
	struct queue_options options = {
		.url = config->queue_url,
		.state_dir = config->state_dir,
		.max_bytes = config->state_max_bytes,
		.rules = rules,
		.n_rules = sizeof(rules) / sizeof(rules[0]),
		.visitor = visitor,
	};
	return queue_open(ctx, &options, ret, e);
}

bool bot_visit_queue(TALLOC_CTX *ctx, const struct config *config, struct queue **ret,
		     struct err *e)
{
	return open_queue(ctx, config, true, ret, e);
}

/* A talloc tree of its own: it ends in whatever thread drops it last. */
static struct generation *generation_new(struct bot_host *host, struct config *config)
{
	struct generation *g = mem_zero(NULL, struct generation);
	struct bot *bot = &g->bot;

	g->host = host;
	g->users = 1;
	bot->queue = host->queue;
	bot->config = talloc_steal(g, config);
	bot->slack = slack_api_new(g, config->slack_api_url, config->slack_api_key);
	bot->n_lookers = config->n_lookers;
	bot->lookers = mem_array(g, struct looker *, bot->n_lookers);
	for (size_t i = 0; i < bot->n_lookers; i++)
		bot->lookers[i] = looker_new(g, &config->lookers[i], config->looker_tls_verify,
					     config->looker_ca_file);
	bot->store = store_new(g, bot->config);
	bot->catalogue = catalogue_cache_new(bot);
	bot->health = health_new(bot);
	return g;
}

static void generation_free(struct generation *g)
{
	health_free(g->bot.health);
	catalogue_cache_free(g->bot.catalogue);
	talloc_free(g);
}

static void generation_drop(struct generation *g, size_t taken)
{
	struct bot_host *host = g->host;

	pthread_mutex_lock(&host->lock);
	bool last = --g->users == 0;
	pthread_mutex_unlock(&host->lock);
	if (last)
		generation_free(g);
	/* Counted last: who waits for all of them may free the host at once. */
	pthread_mutex_lock(&host->lock);
	host->taken -= taken;
	if (host->taken == 0)
		pthread_cond_broadcast(&host->idle);
	pthread_mutex_unlock(&host->lock);
}

bool bot_host_new(TALLOC_CTX *ctx, struct config *config, struct bot_host **ret, struct err *e)
{
	struct bot_host *host = mem_zero(ctx, struct bot_host);

	if (!open_queue(host, config, false, &host->queue, e)) {
		talloc_free(host);
		return false;
	}
	pthread_mutex_init(&host->lock, NULL);
	pthread_cond_init(&host->idle, NULL);
	host->current = generation_new(host, config);
	*ret = host;
	return true;
}

bool bot_host_wait(struct bot_host *host, int64_t wait_ms)
{
	const struct timespec until = clock_timespec(clock_deadline_ms(wait_ms));
	int failed = 0;

	pthread_mutex_lock(&host->lock);
	while (host->taken > 0 && failed == 0)
		failed = pthread_cond_clockwait(&host->idle, &host->lock, CLOCK_MONOTONIC, &until);
	bool all = host->taken == 0;
	pthread_mutex_unlock(&host->lock);
	return all;
}

void bot_host_free(struct bot_host *host)
{
	if (!host)
		return;
	generation_drop(host->current, 0);
	queue_close(host->queue);
	pthread_cond_destroy(&host->idle);
	pthread_mutex_destroy(&host->lock);
	talloc_free(host);
}

struct queue *bot_host_queue(const struct bot_host *host)
{
	return host->queue;
}

void bot_host_change(struct bot_host *host, struct config *config)
{
	struct generation *next = generation_new(host, config);

	pthread_mutex_lock(&host->lock);
	struct generation *old = host->current;
	host->current = next;
	pthread_mutex_unlock(&host->lock);
	generation_drop(old, 0);

	struct bot *bot = bot_take(host); /* a new command folder is read before somebody asks */
	catalogue_read_later(bot, CATALOGUE_MAX_AGE_MS);
	bot_drop(bot);
}

struct bot *bot_take(struct bot_host *host)
{
	pthread_mutex_lock(&host->lock);
	struct generation *g = host->current;
	g->users++;
	host->taken++;
	pthread_mutex_unlock(&host->lock);
	return &g->bot;
}

static struct generation *generation_of(struct bot *bot)
{
	return (struct generation *)bot;
}

struct bot *bot_hold(struct bot *bot)
{
	struct generation *g = generation_of(bot);

	pthread_mutex_lock(&g->host->lock);
	g->users++;
	g->host->taken++;
	pthread_mutex_unlock(&g->host->lock);
	return bot;
}

void bot_drop(struct bot *bot)
{
	generation_drop(generation_of(bot), 1);
}

char *bot_looker_lane(TALLOC_CTX *ctx, const struct looker *lk)
{
	return mem_printf(ctx, "looker:%s", looker_name(lk));
}

char *bot_slack_lane(TALLOC_CTX *ctx, const char *channel_id)
{
	return mem_printf(ctx, "slack:%s", channel_id);
}

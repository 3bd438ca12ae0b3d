/*
 * Puts the parts together. The lane rules stand here because they join Looker's limit (a setting)
 * with Slack's (one message a second and channel).
 */
#include "bot/bot.h"

#include "base/mem.h"
#include "bot/catalogue.h"

#define SLACK_GAP_MS 1000

static bool open_queue(TALLOC_CTX *ctx, const struct config *config, struct queue **ret,
		       struct err *e)
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
	};
	return queue_open(ctx, &options, ret, e);
}

bool bot_new(TALLOC_CTX *ctx, const struct config *config, struct bot **ret, struct err *e)
{
	struct bot *bot = mem_zero(ctx, struct bot);

	bot->config = config;
	if (!open_queue(bot, config, &bot->queue, e)) {
		talloc_free(bot);
		return false;
	}
	bot->slack = slack_api_new(bot, config->slack_api_url, config->slack_api_key);
	bot->n_lookers = config->n_lookers;
	bot->lookers = mem_array(bot, struct looker *, bot->n_lookers);
	for (size_t i = 0; i < bot->n_lookers; i++)
		bot->lookers[i] = looker_new(bot, &config->lookers[i], config->looker_tls_verify,
					     config->looker_ca_file);
	bot->catalogue = catalogue_cache_new(bot);
	*ret = bot;
	return true;
}

void bot_free(struct bot *bot)
{
	if (!bot)
		return;
	queue_close(bot->queue);
	catalogue_cache_free(bot->catalogue);
	talloc_free(bot);
}

char *bot_looker_lane(TALLOC_CTX *ctx, const struct looker *lk)
{
	return mem_printf(ctx, "looker:%s", looker_name(lk));
}

char *bot_slack_lane(TALLOC_CTX *ctx, const char *channel_id)
{
	return mem_printf(ctx, "slack:%s", channel_id);
}

/*
 * Whether a request came from a Looker: by the token that its admin page names (header
 * X-Looker-Webhook-Token), or by LOOKERBOT_AUTH_TOKEN in an Authorization header, as the Action Hub
 * sends it. Only headers are looked at: a stranger's body is never read.
 */
#include "fcgi/handlers.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "fcgi/say_looker.h"
#include "slack/verify.h"

/* The original bot's words. */
#define REFUSED "Invalid authorization headers."

#define SCHEME "token "
#define PARAMETER "token="

/* The token of `Token token="…"`, in any case, with or without quotes; NULL when it is not that. */
static const char *token_of_header(TALLOC_CTX *ctx, const char *header)
{
	if (!header || strncasecmp(header, SCHEME, strlen(SCHEME)) != 0)
		return NULL;
	header += strlen(SCHEME);
	header += strspn(header, " \t");
	if (strncasecmp(header, PARAMETER, strlen(PARAMETER)) != 0)
		return NULL;
	header += strlen(PARAMETER);
	if (*header == '"')
		header++;
	return mem_strndup(ctx, header, strcspn(header, "\", \t"));
}

static bool fits(const char *const *tokens, const char *given)
{
	struct err e;

	return slack_verify_token(tokens, CONFIG_ROTATION, given, &e);
}

static bool any_token(const struct config *config)
{
	bool any = false;

	for (size_t k = 0; k < CONFIG_ROTATION; k++) {
		any |= config->lookerbot_auth_tokens[k] != NULL;
		for (size_t i = 0; i < config->n_lookers; i++)
			any |= config->lookers[i].webhook_tokens[k] != NULL;
	}
	return any;
}

/* Which setting has to be what, for whoever set it up in Looker. */
static const char *remedy(const struct config *config, bool by_hub)
{
	if (by_hub && config->lookerbot_auth_tokens[0])
		return REFUSED " The authorization token of the action hub in Looker's admin page "
			       "(Actions) must be the bot's LOOKERBOT_AUTH_TOKEN.";
	if (by_hub)
		return REFUSED " The bot has no LOOKERBOT_AUTH_TOKEN: its owner can set it to the "
			       "authorization token of the action hub in Looker's admin page "
			       "(Actions).";
	if (any_token(config))
		return REFUSED " The webhook token of Looker's admin page (Webhooks) must be the "
			       "bot's LOOKER_WEBHOOK_TOKEN.";
	return REFUSED " The bot has no LOOKER_WEBHOOK_TOKEN: its owner can set it to the token of "
		       "Looker's admin page (Webhooks).";
}

bool auth_looker(struct request *rq, const struct config *config, struct response *rs)
{
	const char *webhook = request_header(rq, "X-Looker-Webhook-Token");
	const char *hub = token_of_header(rq, request_header(rq, "Authorization"));
	bool *token_of = mem_array(rq, bool, config->n_lookers);
	/* The hub's token is the bot's own, and good for any of its Lookers. */
	const bool by_hub = fits(config->lookerbot_auth_tokens, hub);
	bool any = false;

	for (size_t i = 0; i < config->n_lookers; i++) {
		token_of[i] = fits(config->lookers[i].webhook_tokens, webhook) || by_hub;
		any |= token_of[i];
	}
	rq->token_of = token_of;
	if (any)
		return true;
	say_looker(rq, rs, 401, false, remedy(config, hub && !webhook));
	rs->note = webhook || hub ? "the token fits no Looker" : "no token";
	return false;
}

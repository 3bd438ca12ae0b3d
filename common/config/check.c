/*
 * What needs more than the text of one setting to be judged: tokens in each other's place, settings
 * that only work together, leftovers of the original bot, and defaults that depend on others.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "config/loading.h"

#define SQLITE_PREFIX "sqlite:"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum verdict { VERDICT_OK, VERDICT_WARNING, VERDICT_FATAL };

/* What a token's beginning says, for each of the two settings. NULL prefix: any other token. */
struct token_rule {
	const char *prefix;
	enum verdict verdict;
	const char *problem;
	const char *fix;
};

static const struct token_rule api_key_rules[] = {
	{ "xoxb-", VERDICT_OK, NULL, NULL },
	{ "xapp-", VERDICT_FATAL, "This is an app-level token: it belongs in SLACK_APP_TOKEN.",
	  "Set SLACK_API_KEY to the Bot User OAuth Token (OAuth & Permissions)." },
	{ "xoxp-", VERDICT_WARNING, "This is a user's token: the bot would speak as that person.",
	  "Use the Bot User OAuth Token, which begins with xoxb-." },
	{ "xoxe.", VERDICT_WARNING, "This token expires after 12 hours (token rotation).",
	  "Switch token rotation off for the app, and use the token that begins with xoxb-." },
	{ "xox", VERDICT_WARNING, "This is an old kind of token, which Slack may refuse.",
	  "Use the Bot User OAuth Token, which begins with xoxb-." },
	{ NULL, VERDICT_FATAL, "This is no Slack token.",
	  "Use the Bot User OAuth Token, which begins with xoxb- (OAuth & Permissions)." },
};

static const struct token_rule app_token_rules[] = {
	{ "xapp-", VERDICT_OK, NULL, NULL },
	{ "xox", VERDICT_FATAL, "This is a bot's or user's token: it belongs in SLACK_API_KEY.",
	  "Create an app-level token (Basic Information, App-Level Tokens), which begins with "
	  "xapp-." },
	{ NULL, VERDICT_FATAL, "This is no app-level token.",
	  "Create one (Basic Information, App-Level Tokens); it begins with xapp-." },
};

static void check_token(struct loading *l, const char *setting, const char *token,
			const struct token_rule *rule)
{
	while (rule->prefix && strncmp(token, rule->prefix, strlen(rule->prefix)) != 0)
		rule++;
	if (rule->verdict == VERDICT_OK)
		return;
	loading_fault(l, (struct config_fault){
				 .fatal = rule->verdict == VERDICT_FATAL,
				 .setting = setting,
				 .value = config_mask(l->ctx, token),
				 .problem = rule->problem,
				 .fix = rule->fix,
			 });
}

static void check_slack(struct loading *l)
{
	const struct config *c = &l->values->c;
	if (c->slack_api_key)
		check_token(l, "SLACK_API_KEY", c->slack_api_key, api_key_rules);
	else if (!loading_has_fault(l, "SLACK_API_KEY"))
		loading_fault(l,
			      (struct config_fault){
				      .fatal = true,
				      .setting = "SLACK_API_KEY",
				      .problem = "It is not set.",
				      .fix = "Set it to the Bot User OAuth Token of the Slack app "
					     "(OAuth & Permissions), which begins with xoxb-.",
			      });
	if (c->slack_app_token)
		check_token(l, "SLACK_APP_TOKEN", c->slack_app_token, app_token_rules);
	if (!c->slack_signing_secrets[0] && !c->slack_slash_tokens[0] &&
	    !loading_has_fault(l, "SLACK_SIGNING_SECRET") &&
	    !loading_has_fault(l, "SLACK_SLASH_COMMAND_TOKEN"))
		loading_fault(l,
			      (struct config_fault){
				      .setting = "SLACK_SIGNING_SECRET",
				      .problem = "It is not set, so slash commands and buttons are "
						 "answered with a sentence that says so.",
				      .fix = "Set it to the Signing Secret of the Slack app (Basic "
					     "Information).",
			      });
}

/* Settings of picture stores that are of no use alone. */
static const struct {
	size_t has;
	size_t needs;
	const char *needs_name;
	const char *problem;
} pairs[] = {
#define MEMBER(m) offsetof(struct config, m)
	{ MEMBER(s3_bucket), MEMBER(aws_access_key_id), "AWS_ACCESS_KEY_ID",
	  "It is not set, but SLACKBOT_S3_BUCKET is." },
	{ MEMBER(s3_bucket), MEMBER(aws_secret_access_key), "AWS_SECRET_ACCESS_KEY",
	  "It is not set, but SLACKBOT_S3_BUCKET is." },
	{ MEMBER(azure_container), MEMBER(azure_account), "AZURE_STORAGE_ACCOUNT",
	  "It is not set, but SLACKBOT_AZURE_CONTAINER is." },
	{ MEMBER(azure_account), MEMBER(azure_container), "SLACKBOT_AZURE_CONTAINER",
	  "It is not set, but AZURE_STORAGE_ACCOUNT is." },
	{ MEMBER(azure_account), MEMBER(azure_key), "AZURE_STORAGE_ACCESS_KEY",
	  "It is not set, but AZURE_STORAGE_ACCOUNT is." },
#undef MEMBER
};

static bool is_set(const struct config *c, size_t offset)
{
	const char *value;
	memcpy(&value, (const char *)c + offset, sizeof(value));
	return value != NULL;
}

static void check_pairs(struct loading *l)
{
	const struct config *c = &l->values->c;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		if (!is_set(c, pairs[i].has) || is_set(c, pairs[i].needs) ||
		    loading_has_fault(l, pairs[i].needs_name))
			continue;
		loading_fault(
			l, (struct config_fault){
				   .setting = pairs[i].needs_name,
				   .problem = pairs[i].problem,
				   .fix = "Set both, or neither; pictures are kept in Slack then.",
			   });
	}
}

static void check_leftovers(struct loading *l)
{
	struct config_values *v = l->values;
	v->c.looker_tls_verify = true;
	if (v->node_tls.value && strcmp(v->node_tls.value, "0") == 0) {
		v->c.looker_tls_verify = false;
		loading_fault(
			l, (struct config_fault){
				   .setting = v->node_tls.name,
				   .value = "0",
				   .problem = "Looker's certificate is not checked: whoever sits "
					      "between can read and change everything.",
				   .fix = "Set LOOKER_CA_FILE to Looker's certificate instead.",
			   });
	}
	const char *unsafe = v->unsafe_local_dev.value;
	if (unsafe && strcasecmp(unsafe, "false") != 0 && strcmp(unsafe, "0") != 0)
		loading_fault(l, (struct config_fault){
					 .fatal = true,
					 .setting = v->unsafe_local_dev.name,
					 .value = unsafe,
					 .problem = "This bot has no mode without TLS checks.",
					 .fix = "Remove it; deploy/run starts a safe sandbox.",
				 });
}

/* systemd may name several directories, separated by colons. */
static void choose_state_dir(struct loading *l)
{
	struct config *c = &l->values->c;
	const char *given = loading_env(l, "STATE_DIRECTORY");
	size_t len = given ? strcspn(given, ":") : 0;
	if (!c->state_dir)
		c->state_dir = loading_absolute(l->ctx, len > 0 ? mem_strndup(l->ctx, given, len)
								: "./var");
}

static void choose_queue(struct loading *l)
{
	struct config *c = &l->values->c;
	size_t len = strlen(SQLITE_PREFIX);
	const char *path = NULL;
	if (c->queue_url && strncmp(c->queue_url, SQLITE_PREFIX, len) == 0)
		path = c->queue_url + len;
	while (path && path[0] == '/' && path[1] == '/')
		path++;
	if (c->queue_url && (!path || !*path))
		loading_fault(l, (struct config_fault){
					 .fatal = true,
					 .setting = "LOOKERBOT_QUEUE_URL",
					 .value = strchr(c->queue_url, '@')
							  ? config_mask(l->ctx, c->queue_url)
							  : c->queue_url,
					 .problem = "There is no queue of this kind.",
					 .fix = "Write sqlite:/path/queue.db, or leave it out.",
				 });
	if (!path || !*path)
		path = mem_printf(l->ctx, "%s/queue.db", c->state_dir);
	c->queue_url = mem_printf(l->ctx, SQLITE_PREFIX "%s", loading_absolute(l->ctx, path));
}

void loading_check_all(struct loading *l)
{
	struct config *c = &l->values->c;
	c->slack_api_url = mem_printf(l->ctx, "%s/", c->slack_api_url);
	choose_state_dir(l);
	choose_queue(l);
	check_slack(l);
	check_pairs(l);
	check_leftovers(l);
}

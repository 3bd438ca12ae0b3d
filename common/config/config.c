/*
 * The order of loading, and the few questions that others ask a configuration. Reading, judging
 * and masking stand in the files beside it (loading.h).
 */
#include "config/config.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/loading.h"

/* A configuration can be given away (talloc_steal): it is where its texts hang. */
_Static_assert(offsetof(struct config_values, c) == 0, "the configuration comes first");

struct config *config_load(TALLOC_CTX *ctx, char *const *env, struct config_faults **faults)
{
	struct config_values *values = mem_zero(ctx, struct config_values);
	struct loading l = {
		.ctx = values, /* the configuration owns all its texts, and its faults' */
		.env = env,
		.faults = mem_zero(ctx, struct config_faults),
		.values = values,
	};
	loading_open_file(&l);
	loading_read_all(&l);
	loading_read_lookers(&l);
	loading_check_all(&l);
	loading_check_names(&l);
	*faults = l.faults;
	return &values->c;
}

bool config_has_slack(const struct config *c)
{
	return c->slack_set;
}

bool config_has_looker(const struct config *c)
{
	return c->looker_set;
}

static void hide_pair(const char *const secrets[CONFIG_ROTATION])
{
	for (size_t i = 0; i < CONFIG_ROTATION; i++)
		log_hide(secrets[i]);
}

/* The key inside may be logged decoded, without the JSON around it. */
static void hide_json(const char *text)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	struct json_object *o;
	struct err e;
	log_hide(text);
	if (text && json_parse(tmp, text, strlen(text), &o, &e))
		log_hide(json_str(o, "private_key"));
	talloc_free(tmp);
}

void config_hide_secrets(const struct config *c)
{
	log_hide(c->slack_api_key);
	log_hide(c->slack_app_token);
	hide_pair(c->slack_signing_secrets);
	hide_pair(c->slack_slash_tokens);
	hide_pair(c->lookerbot_auth_tokens);
	for (size_t i = 0; i < c->n_lookers; i++) {
		log_hide(c->lookers[i].client_id);
		log_hide(c->lookers[i].client_secret);
		hide_pair(c->lookers[i].webhook_tokens);
	}
	log_hide(c->aws_secret_access_key);
	log_hide(c->aws_session_token);
	log_hide(c->azure_key);
	hide_json(c->gcs_credentials_json);
}

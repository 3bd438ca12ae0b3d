/*
 * The one table of settings: names, what they are, defaults, what they do, and where they go. It
 * drives parsing (values.c), `lookerbot check` and the documentation; a new setting is one line
 * here and one member of struct config.
 */
#include "config/config.h"

#include <stddef.h>

#include "config/loading.h"

#define AT(member) .offset = offsetof(struct config_values, member)
#define RAW(member) .raw = true, .offset = offsetof(struct config_values, member)
#define NO_FILE .no_file = true
#define RESTART .restart = true
#define RANGE(low, high) .min = (low), .max = (high)
#define MIB (INT64_C(1024) * 1024)
#define TIB (MIB * 1024 * 1024)

/* clang-format off */
static const struct config_setting settings[] = {
	/* name, alias, type, default, help, group */
	{ "SLACK_API_KEY", NULL, "secret", NULL,
	  "Bot user OAuth token of the Slack app (xoxb-…).", "slack", AT(c.slack_api_key) },
	{ "SLACK_SIGNING_SECRET", NULL, "secrets", NULL,
	  "Signing secret of the Slack app: proves that requests come from Slack.", "slack",
	  AT(c.slack_signing_secrets) },
	{ "SLACK_SLASH_COMMAND_TOKEN", NULL, "secrets", NULL,
	  "Verification token of the Slack app: the older proof, used without a signing secret.",
	  "slack", AT(c.slack_slash_tokens) },
	{ "SLACK_APP_TOKEN", NULL, "secret", NULL,
	  "App-level token (xapp-…) for Socket Mode.", "slack", AT(c.slack_app_token) },
	{ "SLACK_API_URL", NULL, "url", "https://slack.com/api/",
	  "Address of Slack's Web API; another one for GovSlack and for tests.", "slack",
	  AT(c.slack_api_url) },

	{ "LOOKER_URL", NULL, "url", NULL,
	  "Web address of Looker.", "looker", RAW(looker[LOOKER_FIELD_URL]) },
	{ "LOOKER_API_BASE_URL", NULL, "url", NULL,
	  "Address of Looker's API, ending in /api/4.0.", "looker",
	  RAW(looker[LOOKER_FIELD_API]) },
	{ "LOOKER_API_3_CLIENT_ID", "LOOKER_API_CLIENT_ID", "secret", NULL,
	  "Client id of the Looker account that the bot uses.", "looker",
	  RAW(looker[LOOKER_FIELD_ID]) },
	{ "LOOKER_API_3_CLIENT_SECRET", "LOOKER_API_CLIENT_SECRET", "secret", NULL,
	  "Client secret that belongs to the client id.", "looker",
	  RAW(looker[LOOKER_FIELD_SECRET]) },
	{ "LOOKER_CUSTOM_COMMAND_SPACE_ID", "LOOKER_CUSTOM_COMMAND_FOLDER_ID", "text", NULL,
	  "Id of the Looker folder whose dashboards become commands.", "looker",
	  RAW(looker[LOOKER_FIELD_FOLDER]) },
	{ "LOOKER_WEBHOOK_TOKEN", NULL, "secrets", NULL,
	  "Token that Looker sends with scheduled webhooks.", "looker",
	  RAW(looker[LOOKER_FIELD_TOKEN]) },
	{ "LOOKERS", NULL, "json", NULL,
	  "Several Lookers as a JSON array; replaces the single LOOKER_ variables.", "looker",
	  RAW(lookers) },
	{ "LOOKER_CA_FILE", NULL, "file", NULL,
	  "PEM file of certificate authorities to trust for Looker beside the system's.", "looker",
	  AT(c.looker_ca_file) },
	{ "NODE_TLS_REJECT_UNAUTHORIZED", NULL, "text", NULL,
	  "0 accepts any certificate from Looker; LOOKER_CA_FILE is the safe way.", "service",
	  RAW(node_tls) },

	{ "LOOKERBOT_AUTH_TOKEN", NULL, "secrets", NULL,
	  "Token that Looker's action hub sends.", "service", AT(c.lookerbot_auth_tokens) },
	{ "LOOKERBOT_PUBLIC_URL", NULL, "url", NULL,
	  "Address under which Slack and Looker reach the bot.", "service", AT(c.public_url) },
	{ "PORT", NULL, "number", "3333",
	  "Port that nginx listens on when deploy/run starts it.", "service",
	  AT(c.port), RESTART, RANGE(1, 65535) },
	{ "LOOKERBOT_BIND", NULL, "ip", "0.0.0.0",
	  "Interface that nginx listens on when deploy/run starts it.", "service", AT(c.bind), RESTART },
	{ "LOOKERBOT_ENV_FILE", NULL, "text", ".env",
	  "File with settings; read from the environment only.", "service", RAW(env_file), NO_FILE },
	{ "LOOKERBOT_STATE_DIR", NULL, "path", NULL,
	  "Directory for the queue; default: systemd's STATE_DIRECTORY, else ./var.", "service",
	  AT(c.state_dir), RESTART },
	{ "LOOKERBOT_STATE_MAX", NULL, "bytes", "2GiB",
	  "Size of the state directory above which deliveries are refused.", "service",
	  AT(c.state_max_bytes), RESTART, RANGE(16 * MIB, 1024 * TIB) },
	{ "LOOKERBOT_QUEUE_URL", NULL, "text", NULL,
	  "Where jobs are kept; default: sqlite:queue.db in the state directory.", "service",
	  AT(c.queue_url), RESTART },
	{ "LOOKERBOT_WORKERS", NULL, "number", "256",
	  "Jobs that one process works on at the same time.", "service",
	  AT(c.workers), RESTART, RANGE(0, 4096) },
	{ "LOOKERBOT_THREADS", NULL, "number", "32",
	  "Threads that accept requests.", "service", AT(c.threads), RESTART, RANGE(1, 64) },
	{ "LOOKERBOT_LOOKER_CONCURRENCY", NULL, "number", "256",
	  "Jobs that may ask one Looker at the same time.", "service",
	  AT(c.looker_concurrency), RESTART, RANGE(1, 10000) },
	{ "LOOKERBOT_RUN_AS_ASKER", NULL, "bool", "false",
	  "Ask Looker with the rights of the person who asks, found by the confirmed e-mail "
	  "address; the bot's Looker user must be an Admin.", "service",
	  AT(c.run_as_asker) },
	{ "DEBUG_MODE", NULL, "bool", "false",
	  "Write debug lines to the log.", "service", AT(c.debug) },
	{ "UNSAFE_LOCAL_DEV", NULL, "text", NULL,
	  "Of the original bot; refused here.", "service", RAW(unsafe_local_dev), NO_FILE },

	{ "LOOKER_SLACKBOT_LOADING_MESSAGES", NULL, "bool", "true",
	  "Post a line while Looker is asked.", "messages", AT(c.loading_messages) },
	{ "LOOKERBOT_DATA_ACTIONS_IN_MESSAGES", NULL, "bool", "true",
	  "Show Looker's data actions below single values and records as buttons; without them, "
	  "presses of old ones are refused.", "messages", AT(c.data_actions) },
	{ "LOOKER_SLACKBOT_EXPAND_URLS", NULL, "bool", "false",
	  "Answer pasted Looker links with what they show.", "messages", AT(c.expand_urls) },
	{ "LOOKERBOT_UNFURL_OFF", NULL, "text", NULL,
	  "Ids of channels in which links are left alone.", "messages", AT(c.unfurl_off) },
	{ "ALLOW_SLACK_GUEST_USERS", NULL, "bool", "false",
	  "Let guests of the workspace use the bot.", "messages", AT(c.allow_guests) },
	{ "ALLOW_SLACK_SHARED_WORKSPACES", NULL, "bool", "false",
	  "Let people from other workspaces use the bot, and answer for all in shared channels.",
	  "messages", AT(c.allow_shared_workspaces) },
	{ "LOOKERBOT_STRICT_TEAMS", NULL, "bool", "false",
	  "Count people of other workspaces of the same Enterprise Grid as outsiders.", "messages",
	  AT(c.strict_teams) },
	{ "LOOKERBOT_CHARTS", NULL, "choice", "auto",
	  "How charts are shown: native by Slack, as images by Looker, or whatever fits.",
	  "messages", AT(c.charts), .choices = "auto native image" },
	{ "LOOKERBOT_DASHBOARDS", NULL, "choice", "tiles",
	  "How dashboards of several tiles are shown: tile by tile in a thread, as one image by "
	  "Looker, or as a PDF file; the latter two need a renderer there.", "messages",
	  AT(c.dashboards), .choices = "tiles image pdf" },

	{ "SLACKBOT_S3_BUCKET", NULL, "text", NULL,
	  "Amazon S3 bucket for chart images.", "pictures", AT(c.s3_bucket) },
	{ "SLACKBOT_S3_BUCKET_REGION", NULL, "text", "us-east-1",
	  "Region of the bucket.", "pictures", AT(c.s3_region) },
	{ "SLACKBOT_S3_ENDPOINT", NULL, "url", NULL,
	  "Address of an S3 that is not Amazon's.", "pictures", AT(c.s3_endpoint) },
	{ "AWS_ACCESS_KEY_ID", NULL, "text", NULL,
	  "Access key that may write to the bucket.", "pictures", AT(c.aws_access_key_id) },
	{ "AWS_SECRET_ACCESS_KEY", NULL, "secret", NULL,
	  "Secret of the access key.", "pictures", AT(c.aws_secret_access_key) },
	{ "AWS_SESSION_TOKEN", NULL, "secret", NULL,
	  "Session token of temporary keys.", "pictures", AT(c.aws_session_token) },
	{ "AZURE_STORAGE_ACCOUNT", NULL, "text", NULL,
	  "Azure Storage account for chart images.", "pictures", AT(c.azure_account) },
	{ "SLACKBOT_AZURE_CONTAINER", NULL, "text", NULL,
	  "Container in the Azure account.", "pictures", AT(c.azure_container) },
	{ "AZURE_STORAGE_ACCESS_KEY", NULL, "secret", NULL,
	  "Access key of the Azure account.", "pictures", AT(c.azure_key) },
	{ "AZURE_STORAGE_ENDPOINT", NULL, "url", NULL,
	  "Address of an Azure Storage that is not the public one.", "pictures",
	  AT(c.azure_endpoint) },
	{ "GOOGLE_CLOUD_BUCKET", NULL, "text", NULL,
	  "Google Cloud Storage bucket for chart images.", "pictures", AT(c.gcs_bucket) },
	{ "GOOGLE_CLOUD_PROJECT", NULL, "text", NULL,
	  "Google Cloud project of the bucket.", "pictures", AT(c.gcs_project) },
	{ "GOOGLE_CLOUD_CREDENTIALS_JSON", NULL, "json", NULL,
	  "Service account key as JSON; not needed on Google Compute Engine.", "pictures",
	  AT(c.gcs_credentials_json) },
	{ "GOOGLE_CLOUD_STORAGE_ENDPOINT", NULL, "url", NULL,
	  "Address of a Google Cloud Storage that is not Google's.", "pictures",
	  AT(c.gcs_endpoint) },
	{ "GCE_METADATA_HOST", NULL, "text", NULL,
	  "Host of the metadata server on Google Compute Engine.", "pictures",
	  AT(c.gce_metadata_host) },
	{ 0 },
};
/* clang-format on */

const struct config_setting *config_settings(void)
{
	return settings;
}

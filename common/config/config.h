/*
 * What the owner configured, checked. One table (config/settings.c) names every setting; parsing,
 * `lookerbot check` and the documentation read it. The environment wins over the .env file.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

/* Incoming secrets may be two, separated by a blank, while they are rotated. Unused ones NULL. */
#define CONFIG_ROTATION 2

struct config_looker {
	const char *name;    /* host[:port] of url: lanes, logs, "find HOST words" */
	const char *url;     /* https://looker.example.com, no final slash */
	const char *api_url; /* https://looker.example.com:19999/api/4.0 */
	const char *client_id;
	const char *client_secret;
	const char *command_folder; /* NULL: no custom commands */
	const char *webhook_tokens[CONFIG_ROTATION];
};

struct config {
	/* Slack */
	const char *slack_api_key;
	const char *slack_app_token;
	const char *slack_api_url; /* ends in '/' */
	const char *slack_signing_secrets[CONFIG_ROTATION];
	const char *slack_slash_tokens[CONFIG_ROTATION];
	/* Looker */
	struct config_looker *lookers;
	size_t n_lookers;
	const char *lookerbot_auth_tokens[CONFIG_ROTATION];
	const char *looker_ca_file;
	bool looker_tls_verify; /* false: NODE_TLS_REJECT_UNAUTHORIZED=0 */
	bool run_as_asker;
	int64_t looker_concurrency;
	/* the service */
	const char
		*env_file; /* absolute path of the .env that was read; NULL when there was none */
	const char *state_dir; /* absolute */
	int64_t state_max_bytes;
	const char *queue_url; /* sqlite:/absolute/path/queue.db */
	int64_t workers;
	int64_t threads;
	int64_t port;
	const char *bind;
	const char *public_url;
	bool debug;
	/* behaviour */
	bool loading_messages;
	bool data_actions;
	bool expand_urls;
	bool allow_guests;
	bool allow_shared_workspaces;
	bool strict_teams;
	const char *charts;	/* auto, native, image */
	const char *dashboards; /* tiles, image, pdf */
	const char *unfurl_off;
	/* whether any setting of Slack (of Looker) was given, right or wrong */
	bool slack_set, looker_set;
	/* picture stores; all may be NULL */
	const char *s3_bucket, *s3_region, *s3_endpoint;
	const char *aws_access_key_id, *aws_secret_access_key, *aws_session_token;
	const char *azure_account, *azure_container, *azure_key, *azure_endpoint;
	const char *gcs_bucket, *gcs_project, *gcs_credentials_json, *gcs_endpoint,
		*gce_metadata_host;
};

/* One mistake: the setting, what stands there (secrets masked), what is wrong, what to do. */
struct config_fault {
	bool fatal; /* false: a warning, the bot runs */
	const char *setting;
	const char *value;
	const char *problem;
	const char *fix;
};

struct config_faults {
	struct config_fault *faults;
	size_t n;
	bool fatal; /* any of them is */
};

/*
 * Reads `environ` (NAME=value, NULL at the end) and the .env file it names. Always returns a
 * config; every mistake is in *faults, all at once. Both are owned by ctx; the texts of either live
 * as long as the config. Settings that a later release uses are parsed and checked already. No I/O
 * but reading the files.
 */
struct config *config_load(TALLOC_CTX *ctx, char *const *environ, struct config_faults **faults);

/* Whether nothing of Slack (of Looker) is set: then deploy/run starts the fake one. */
bool config_has_slack(const struct config *c);
bool config_has_looker(const struct config *c);

/*
 * Before `next` takes the place of `running`: what only a restart can change stays as it is
 * running. Returns the settings that differ, NULL at the end, owned by ctx.
 */
const char **config_keep(TALLOC_CTX *ctx, const struct config *running, struct config *next);

/* log_hide() for every secret of the configuration. */
void config_hide_secrets(const struct config *c);

/* "xoxb-…(24 characters)": what kind of secret, when Slack's prefix says so, and how long. */
char *config_mask(TALLOC_CTX *ctx, const char *secret);

/* The table itself, for documentation and tests: NULL name ends it. */
struct config_setting {
	const char *name;
	const char *alias;     /* the second name that is honoured, or NULL */
	const char *type;      /* text, secret, secrets, bool, number, bytes, url, choice, json, ip,
				  path, file */
	const char *otherwise; /* default as text, or NULL */
	const char *help;      /* one sentence */
	const char *group;     /* slack, looker, service, messages, pictures */
	bool no_file;	       /* of no use in a .env file */
	bool restart;	       /* a change needs a restart: SIGHUP does not do */
	/* How config/ reads it; nothing for others. */
	bool raw; /* taken as it stands, checked together with others (lookers.c, check.c) */
	size_t offset;
	int64_t min, max;    /* number, bytes */
	const char *choices; /* choice: separated by blanks */
};
const struct config_setting *config_settings(void);

/* Whether it may stand in a file of its own, as NAME_FILE or as a systemd credential. */
bool config_may_be_file(const struct config_setting *s);

/* One setting as it is in force, for people. */
struct config_shown {
	const struct config_setting *setting;
	const char *value;  /* secrets masked; NULL: not set */
	const char *name;   /* the one of its names that it was found under */
	const char *origin; /* "the environment", "/etc/lookerbot/lookerbot.env, line 3", ...; NULL:
			       the default */
};

/* All of them, in the order of the table. */
struct config_shown *config_show(TALLOC_CTX *ctx, char *const *environ, size_t *ret_n);

#endif

/*
 * `lookerbot manifest`: the Slack app as the settings want it, to be pasted at api.slack.com/apps
 * ("Create New App", "From a manifest"). Facts: docs.slack.dev, App manifest reference. It asks for
 * the scopes and events that the bot uses, and for no other.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "net/url.h"

#define UNFURL_DOMAINS_MAX 5 /* Slack's */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct scope {
	const char *name;
	bool optional; /* whoever installs the app may leave it out */
} scopes[] = {
	{ "app_mentions:read", false }, /* mentions */
	{ "channels:history", true },	/* to look for a message whose post was not answered */
	{ "channels:join", true },	/* a file can be shared by a member only */
	{ "channels:read", false },	/* whether another company reads along */
	{ "chat:write", false },	/* answers */
	{ "chat:write.public", true },	/* answers where the bot was not invited */
	{ "commands", false },		/* the slash command */
	{ "files:read", false },	/* whether a file is there whose share was not answered */
	{ "files:write", false },	/* all rows as a file, and pictures */
	{ "groups:history", true },	/* as channels:history */
	{ "groups:read", false },	/* as channels:read */
	{ "im:history", false },	/* direct messages */
	{ "im:write", false },		/* files for one person alone */
	{ "links:read", false },	/* links that are posted ... */
	{ "links:write", false },	/* ... and their previews */
	{ "mpim:history", true },	/* as channels:history */
	{ "mpim:read", false },		/* as channels:read */
	{ "users:read", false },	/* who may ask */
	{ "users:read.email", true },	/* LOOKERBOT_RUN_AS_ASKER */
};

static const char *const events[] = {
	"app_home_opened",	 "app_mention",	   "app_uninstalled",  "channel_id_changed",
	"channel_rename",	 "channel_shared", "channel_unshared", "link_shared",
	"member_joined_channel", "message.im",	   "tokens_revoked",   "user_change",
};

static struct json_object *add_object(struct json_object *parent, const char *name)
{
	struct json_object *o = json_object_new_object();

	json_set(parent, name, o);
	return o;
}

static struct json_object *add_array(struct json_object *parent, const char *name)
{
	struct json_object *a = json_object_new_array();

	json_set(parent, name, a);
	return a;
}

static void add_item(struct json_object *array, const char *text)
{
	json_object_array_add(array, json_object_new_string(text));
}

/* Socket Mode needs no address. */
static void set_address(TALLOC_CTX *ctx, struct json_object *o, const char *name,
			const char *public_url, const char *path)
{
	if (public_url)
		json_set_str(o, name, mem_printf(ctx, "%s%s", public_url, path));
}

/* Slack wants names of hosts: no scheme, no port. */
static void add_domains(TALLOC_CTX *ctx, struct json_object *features, const struct config *c)
{
	struct json_object *domains = add_array(features, "unfurl_domains");

	for (size_t i = 0; i < c->n_lookers && i < UNFURL_DOMAINS_MAX; i++) {
		struct url *url;
		struct err ignored;

		if (url_parse(ctx, c->lookers[i].url, &url, &ignored))
			add_item(domains, url->host);
	}
}

static void add_features(TALLOC_CTX *ctx, struct json_object *manifest, const struct config *c,
			 const char *public_url)
{
	struct json_object *features = add_object(manifest, "features");
	struct json_object *home = add_object(features, "app_home");
	struct json_object *user = add_object(features, "bot_user");
	struct json_object *command = json_object_new_object();

	json_set_bool(home, "home_tab_enabled", true);
	json_set_bool(home, "messages_tab_enabled", true);
	json_set_bool(home, "messages_tab_read_only_enabled", false);
	json_set_str(user, "display_name", "looker");
	json_set_bool(user, "always_online", true);
	json_set_str(command, "command", "/looker");
	set_address(ctx, command, "url", public_url, "/slack/receive");
	json_set_str(command, "description", "Ask Looker a question");
	json_set_str(command, "usage_hint", "help | a command of your company | find words");
	json_set_bool(command, "should_escape", false);
	json_object_array_add(add_array(features, "slash_commands"), command);
	add_domains(ctx, features, c);
}

static void add_scopes(struct json_object *manifest)
{
	struct json_object *o = add_object(add_object(manifest, "oauth_config"), "scopes");
	struct json_object *bot = add_array(o, "bot"), *optional = add_array(o, "bot_optional");

	for (size_t i = 0; i < COUNT(scopes); i++) {
		add_item(bot, scopes[i].name);
		if (scopes[i].optional)
			add_item(optional, scopes[i].name);
	}
}

static void add_settings(TALLOC_CTX *ctx, struct json_object *manifest, const char *public_url)
{
	struct json_object *settings = add_object(manifest, "settings");
	struct json_object *subscriptions = add_object(settings, "event_subscriptions");
	struct json_object *interactivity = add_object(settings, "interactivity");

	set_address(ctx, subscriptions, "request_url", public_url, "/slack/event");
	struct json_object *list = add_array(subscriptions, "bot_events");
	for (size_t i = 0; i < COUNT(events); i++)
		add_item(list, events[i]);
	json_set_bool(interactivity, "is_enabled", true);
	set_address(ctx, interactivity, "request_url", public_url, "/slack/action");
	set_address(ctx, interactivity, "message_menu_options_url", public_url, "/slack/options");
	json_set_bool(settings, "org_deploy_enabled", false);
	json_set_bool(settings, "socket_mode_enabled", public_url == NULL);
	json_set_bool(settings, "token_rotation_enabled", false);
}

static void print_manifest(TALLOC_CTX *ctx, const struct config *c, const char *public_url)
{
	struct json_object *manifest = json_new_object(ctx);
	struct json_object *version = add_object(manifest, "_metadata");
	struct json_object *display = add_object(manifest, "display_information");

	json_set_int(version, "major_version", 1);
	json_set_int(version, "minor_version", 1);
	json_set_str(display, "name", "Looker");
	json_set_str(display, "description", "Ask Looker questions, and see what its links show");
	json_set_str(display, "background_color", "#4b2a8c");
	add_features(ctx, manifest, c, public_url);
	add_scopes(manifest);
	add_settings(ctx, manifest, public_url);
	puts(json_object_to_json_string_ext(manifest, JSON_C_TO_STRING_PRETTY |
							      JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* Socket Mode when it is asked for, or when that is what is set up. */
static bool wants_socket(const struct config *c, const char *option)
{
	return option ? strcmp(option, "--socket") == 0 : c->slack_app_token != NULL;
}

int cli_manifest(const char *option)
{
	if (option && strcmp(option, "--socket") != 0 && strcmp(option, "--http") != 0) {
		fprintf(stderr, "lookerbot: manifest knows --socket and --http, not \"%s\".\n",
			option);
		return CLI_USAGE;
	}
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct config_faults *faults;
	const struct config *c = config_load(ctx, environ, &faults);
	bool socket = wants_socket(c, option);
	int status = CLI_OK;

	if (!socket && !c->public_url) {
		fputs("lookerbot: LOOKERBOT_PUBLIC_URL is not set: the address at which Slack "
		      "reaches your nginx,\nsuch as https://looker-bot.example.com. Without one: "
		      "lookerbot manifest --socket.\n",
		      stderr);
		status = CLI_FAULT;
	} else {
		print_manifest(ctx, c, socket ? NULL : c->public_url);
	}
	talloc_free(ctx);
	return status;
}

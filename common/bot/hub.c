/* The Action Hub's list: one action, which keeps the name it had in the original bot, so that
 * schedules set up with it go on. Facts: Looker's action_api.md. */
#include "bot/hub.h"

#include <sodium.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define ACTION_NAME "post"

/* Bars in a speech bubble, as on the page of deploy/nginx. */
#define ICON                                                                                       \
	"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 34 34\" fill=\"none\" "           \
	"stroke=\"#5b3cc4\"><rect x=\"2\" y=\"4\" width=\"30\" height=\"22\" rx=\"6\" "            \
	"fill=\"#fff\" stroke-width=\"2.5\"/><path d=\"M10 26v5l6-5\" fill=\"#fff\" "              \
	"stroke-width=\"2.5\" stroke-linejoin=\"round\"/><path d=\"M10 20v-4M17 20v-9M24 20v-6\" " \
	"stroke-width=\"3\" stroke-linecap=\"round\"/></svg>"

/* What looker/webhook.c reads. */
static const char *const formats[] = {
	"json_detail", "csv",	      "txt",	     "inline_json",   "json",	 "xlsx",
	"html",	       "wysiwyg_png", "wysiwyg_pdf", "assembled_pdf", "csv_zip", NULL,
};
static const char *const types[] = { "query", "dashboard", NULL };
static const char *const formattings[] = { "formatted", "unformatted", NULL };
static const char *const vis_formattings[] = { "apply", "noapply", NULL };
static const char *const download_settings[] = { "push", NULL };
static const char *const nothing[] = { NULL };

static void set_list(struct json_object *o, const char *key, const char *const *items)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; items[i]; i++)
		json_object_array_add(list, json_object_new_string(items[i]));
	json_set(o, key, list);
}

static char *icon(TALLOC_CTX *ctx)
{
	const size_t len = sizeof(ICON) - 1;
	const size_t max = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	char *text = mem_array(ctx, char, max);

	sodium_bin2base64(text, max, (const unsigned char *)ICON, len,
			  sodium_base64_VARIANT_ORIGINAL);
	return mem_printf(ctx, "data:image/svg+xml;base64,%s", text);
}

static struct json_object *action(TALLOC_CTX *ctx, const char *public_url)
{
	struct json_object *o = json_object_new_object();

	json_set_str(o, "name", ACTION_NAME);
	json_set_str(o, "label", "Slack (Lookerbot)");
	json_set_str(o, "description",
		     "Post data, pictures and files to a channel or a person in Slack.");
	json_set_str(o, "url", mem_printf(ctx, "%s" HUB_EXECUTE, public_url));
	json_set_str(o, "form_url", mem_printf(ctx, "%s" HUB_FORM, public_url));
	json_set_str(o, "icon_data_uri", icon(ctx));
	set_list(o, "supported_action_types", types);
	set_list(o, "supported_formats", formats);
	set_list(o, "supported_formattings", formattings);
	set_list(o, "supported_visualization_formattings", vis_formattings);
	set_list(o, "supported_download_settings", download_settings);
	json_set_bool(o, "uses_oauth", false);
	set_list(o, "params", nothing);
	set_list(o, "required_fields", nothing);
	return o;
}

bool hub_list(TALLOC_CTX *ctx, struct bot *bot, const char **ret, struct err *e)
{
	struct json_object *o = json_new_object(ctx), *actions;

	if (!bot->config->public_url)
		return err_set(e, ERR_NOT_FOUND,
			       "LOOKERBOT_PUBLIC_URL is not set: the bot's owner can set it to the "
			       "address at which Looker reaches the bot, such as "
			       "https://looker-bot.example.com.");
	actions = json_object_new_array();
	json_object_array_add(actions, action(ctx, bot->config->public_url));
	json_set_str(o, "label", "Lookerbot");
	json_set(o, "integrations", actions);
	*ret = mem_strdup(ctx, json_text(o));
	return true;
}

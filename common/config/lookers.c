/*
 * Which Lookers there are: one from the LOOKER_ variables, or several from LOOKERS. Both become
 * the same list of found fields, and one function judges them. Only whole ones are kept: who uses
 * the configuration never meets half a Looker.
 */
#include <string.h>

#include "base/fuzzy.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/loading.h"

#define LOOKERS_MAX 50
#define API_PATH "/api/4.0"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The keys of a LOOKERS entry. The original documented clientID and read clientId. */
static const struct {
	const char *key;
	enum looker_field field;
} keys[] = {
	{ "url", LOOKER_FIELD_URL },
	{ "apiBaseUrl", LOOKER_FIELD_API },
	{ "clientId", LOOKER_FIELD_ID },
	{ "clientID", LOOKER_FIELD_ID },
	{ "clientSecret", LOOKER_FIELD_SECRET },
	{ "customCommandFolderId", LOOKER_FIELD_FOLDER },
	{ "customCommandSpaceId", LOOKER_FIELD_FOLDER },
	{ "webhookToken", LOOKER_FIELD_TOKEN },
};

/* What to do about a field that must be there and is not. */
static const char *const how_to_get[LOOKER_FIELDS] = {
	[LOOKER_FIELD_URL] = "Set it to the address of Looker, like https://looker.example.com.",
	[LOOKER_FIELD_API] =
		"Set it to Looker's API, like https://looker.example.com:19999/api/4.0.",
	[LOOKER_FIELD_ID] = "Create an API key in Looker (Admin, Users, Edit, API keys).",
	[LOOKER_FIELD_SECRET] = "Looker shows it beside the client id (Admin, Users, API keys).",
};

static void warn(struct loading *l, const char *setting, const char *value, const char *problem,
		 const char *fix)
{
	loading_fault(l, (struct config_fault){ false, setting, value, problem, fix });
}

static void refuse(struct loading *l, const char *setting, const char *value, const char *problem,
		   const char *fix)
{
	loading_fault(l, (struct config_fault){ true, setting, value, problem, fix });
}

/* The API's path as 4.0 of it, with a warning when it said something else. */
static const char *api_path(struct loading *l, const struct config_found *f, const char *path)
{
	const char *api = strstr(path, "/api/");
	if (api && strcmp(api, API_PATH) == 0)
		return path;
	size_t before = api ? (size_t)(api - path) : strlen(path);
	if (!api && before >= 4 && strcmp(path + before - 4, "/api") == 0)
		before -= 4;
	char *wanted = mem_printf(l->ctx, "%.*s" API_PATH, (int)before, path);
	bool old = api && strncmp(api, "/api/3.", 7) == 0;
	warn(l, f->name, f->value,
	     old ? "Looker has switched off its API 3; the bot uses " API_PATH " instead."
		 : "The address does not end in " API_PATH "; the bot uses it with that ending.",
	     mem_printf(l->ctx, "Let it end in %s.", wanted));
	return wanted;
}

static const char *read_api_url(struct loading *l, const struct config_found *f)
{
	struct address a;
	if (!f->value || !loading_read_address(l, f->name, f->value, &a))
		return NULL;
	a.path = api_path(l, f, a.path);
	return address_text(l->ctx, &a);
}

static void read_url(struct loading *l, const struct config_found *f, struct config_looker *ret)
{
	struct address a;
	if (!f->value || !loading_read_address(l, f->name, f->value, &a))
		return;
	ret->url = address_text(l->ctx, &a);
	ret->name = address_name(l->ctx, &a);
}

static const char *read_secret(struct loading *l, const struct config_found *f)
{
	return f->value && loading_check_secret(l, f->name, f->value) ? f->value : NULL;
}

static void check_same(struct loading *l, const struct config_found *f, const char *url)
{
	for (size_t i = 0; i < l->values->c.n_lookers; i++)
		if (strcmp(l->values->c.lookers[i].url, url) == 0)
			warn(l, f->name, url, "Another entry has the same address.",
			     "Remove one of the two.");
}

/* Judges the fields; a whole Looker joins the configuration. */
static void add_looker(struct loading *l, const struct config_found found[LOOKER_FIELDS])
{
	struct config *c = &l->values->c;
	struct config_looker looker = {
		.api_url = read_api_url(l, &found[LOOKER_FIELD_API]),
		.client_id = read_secret(l, &found[LOOKER_FIELD_ID]),
		.client_secret = read_secret(l, &found[LOOKER_FIELD_SECRET]),
		.command_folder = found[LOOKER_FIELD_FOLDER].value,
	};
	read_url(l, &found[LOOKER_FIELD_URL], &looker);
	const struct config_found *token = &found[LOOKER_FIELD_TOKEN];
	if (token->value)
		loading_read_secrets(l, token->name, token->value, looker.webhook_tokens);

	for (size_t i = 0; i < LOOKER_FIELDS; i++)
		if (how_to_get[i] && !found[i].value && !loading_has_fault(l, found[i].name))
			refuse(l, found[i].name, NULL, "It is not set.", how_to_get[i]);
	if (!looker.url || !looker.api_url || !looker.client_id || !looker.client_secret)
		return;
	check_same(l, &found[LOOKER_FIELD_URL], looker.url);
	c->lookers = mem_grow(l->ctx, c->lookers, struct config_looker, c->n_lookers + 1);
	c->lookers[c->n_lookers++] = looker;
}

static void warn_unknown_key(struct loading *l, size_t index, const char *key)
{
	size_t nearest = 0, least = SIZE_MAX;
	for (size_t i = 0; i < COUNT(keys); i++) {
		size_t typos = fuzzy_edits(key, keys[i].key);
		if (typos < least) {
			least = typos;
			nearest = i;
		}
	}
	TALLOC_CTX *ctx = l->ctx;
	char *shown = text_cut(ctx, text_clean(ctx, key, strlen(key)), 40);
	warn(l, mem_printf(ctx, "LOOKERS[%zu].%s", index, shown), NULL,
	     "There is no key of this name.",
	     mem_printf(ctx, "The nearest is %s.", keys[nearest].key));
}

/* Puts one member of an entry into the list of found fields. */
static void find_field(struct loading *l, size_t index, const char *key,
		       const struct json_object *entry, struct config_found *found)
{
	size_t i = 0;
	while (i < COUNT(keys) && strcmp(keys[i].key, key) != 0)
		i++;
	if (i == COUNT(keys)) {
		warn_unknown_key(l, index, key);
		return;
	}
	struct config_found *f = &found[keys[i].field];
	char *name = mem_printf(l->ctx, "LOOKERS[%zu].%s", index, key);
	const char *value = json_id(l->ctx, entry, key);
	bool empty = !value && json_str(entry, key);
	if (!value && !empty && json_get(entry, key)) {
		refuse(l, name, NULL, "This is no text.", "Put the value in double quotes.");
		f->name = name;
	}
	if (!value || f->value)
		return; /* both spellings: the first counts */
	value = text_trim(l->ctx, text_clean(l->ctx, value, strlen(value)));
	*f = (struct config_found){ .name = name, .value = *value ? value : NULL };
}

static void read_entry(struct loading *l, size_t index, struct json_object *entry)
{
	struct config_found found[LOOKER_FIELDS] = { 0 };
	for (size_t i = COUNT(keys); i > 0; i--)
		found[keys[i - 1].field].name =
			mem_printf(l->ctx, "LOOKERS[%zu].%s", index, keys[i - 1].key);
	if (!json_object_is_type(entry, json_type_object)) {
		refuse(l, mem_printf(l->ctx, "LOOKERS[%zu]", index), NULL, "This is no object.",
		       "Write {\"url\": …, \"apiBaseUrl\": …, \"clientId\": …, "
		       "\"clientSecret\": …}.");
		return;
	}
	struct json_object_iterator at = json_object_iter_begin(entry);
	struct json_object_iterator end = json_object_iter_end(entry);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		find_field(l, index, json_object_iter_peek_name(&at), entry, found);
	add_looker(l, found);
}

static void read_list(struct loading *l, const struct config_found *f)
{
	struct json_object *list;
	struct err e;
	const char *masked = config_mask(l->ctx, f->value);
	if (!json_parse(l->ctx, f->value, strlen(f->value), &list, &e)) {
		refuse(l, f->name, masked, mem_strdup(l->ctx, e.text),
		       "Write a JSON array, in single quotes when it stands in a file.");
		return;
	}
	size_t n = json_len(list);
	if (n == 0 || n > LOOKERS_MAX) {
		refuse(l, f->name, masked,
		       mem_printf(l->ctx, "This is no JSON array of 1 to %d objects.", LOOKERS_MAX),
		       "Write [{\"url\": …}, {\"url\": …}].");
		return;
	}
	for (size_t i = 0; i < n; i++)
		read_entry(l, i, json_item(list, i));
}

static const char *first_single(const struct loading *l)
{
	for (size_t i = 0; i < LOOKER_FIELDS; i++)
		if (l->values->looker[i].value)
			return l->values->looker[i].name;
	return NULL;
}

void loading_read_lookers(struct loading *l)
{
	const char *single = first_single(l);
	if (l->values->lookers.value) {
		if (single)
			warn(l, single, NULL, "It is ignored: LOOKERS is set.",
			     "Remove the single LOOKER_ variables, or LOOKERS.");
		read_list(l, &l->values->lookers);
		return;
	}
	if (!single) {
		refuse(l, "LOOKER_URL", NULL, "No Looker is set.",
		       "Set LOOKER_URL, LOOKER_API_BASE_URL, LOOKER_API_3_CLIENT_ID and "
		       "LOOKER_API_3_CLIENT_SECRET.");
		return;
	}
	add_looker(l, l->values->looker);
}

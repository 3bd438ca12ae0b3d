/*
 * The two ways of a picture of commands: from Looker's folders into JSON, which any process can
 * store and load, and from that JSON into structs. Keeps nothing.
 */
#include "bot/catalogue.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#define HIDDEN "[hidden]"
#define TOP_CATEGORY "Shortcuts"

char *catalogue_key(TALLOC_CTX *ctx, const char *text)
{
	char *folded = text_fold(ctx, text);
	char *to = folded;

	for (const char *from = folded; *from; from++) {
		bool blank = *from == ' ' || *from == '\t' || *from == '\n';
		if (!blank)
			*to++ = *from;
		else if (to > folded && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > folded && to[-1] == ' ')
		to--;
	*to = '\0';
	return folded;
}

/* --- Looker -> JSON --- */

static struct json_object *filter_json(TALLOC_CTX *ctx, const struct looker_filter *f)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "name", f->name);
	json_set_str(o, "title", f->title);
	json_set_int(o, "kind", f->kind);
	json_set_str(o, "default", f->default_value);
	json_set_bool(o, "required", f->required);
	return json_object_get(o);
}

static struct json_object *command_json(TALLOC_CTX *ctx, const struct looker_dashboard *d,
					const char *category)
{
	struct json_object *o = json_new_object(ctx);
	struct json_object *filters = json_new_array(ctx);

	for (size_t i = 0; i < d->n_filters; i++)
		json_object_array_add(filters, filter_json(ctx, &d->filters[i]));
	json_set_str(o, "id", d->id);
	json_set_str(o, "title", d->title);
	json_set_str(o, "description", d->description);
	json_set_str(o, "category", category);
	json_set(o, "filters", json_object_get(filters));
	return json_object_get(o);
}

static bool add_folder(TALLOC_CTX *ctx, struct looker *lk, const struct looker_folder *folder,
		       const char *category, int64_t deadline_ms, struct json_object *commands,
		       struct err *e)
{
	struct looker_dashboard *dashboards;
	size_t n;

	if (!looker_folder_dashboards(ctx, lk, deadline_ms, folder->id, &dashboards, &n, e))
		return err_wrap(e, "the command folder “%s”", folder->name);
	for (size_t i = 0; i < n; i++)
		json_object_array_add(commands, command_json(ctx, &dashboards[i], category));
	return true;
}

/* A child folder that is gone or closed to the bot does not hide the others. */
static bool add_child(TALLOC_CTX *ctx, struct looker *lk, const struct looker_folder *child,
		      int64_t deadline_ms, struct json_object *picture, struct err *e)
{
	if (add_folder(ctx, lk, child, child->name, deadline_ms, json_array_at(picture, "commands"),
		       e))
		return true;
	if (e->kind != ERR_NOT_FOUND && e->kind != ERR_FORBIDDEN)
		return false;
	json_set_str(picture, "problem", e->text);
	return true;
}

bool catalogue_fetch(TALLOC_CTX *ctx, struct looker *lk, const char *folder_id, int64_t deadline_ms,
		     struct json_object **ret, struct err *e)
{
	struct json_object *picture = json_new_object(ctx);
	struct looker_folder top, *children;
	size_t n;

	if (!looker_folder_get(ctx, lk, deadline_ms, folder_id, &top, e) ||
	    !looker_folder_children(ctx, lk, deadline_ms, folder_id, &children, &n, e))
		return err_wrap(e, "the command folder");
	json_set_str(picture, "folder", top.name);
	json_set(picture, "commands", json_object_new_array());
	if (!add_folder(ctx, lk, &top, TOP_CATEGORY, deadline_ms,
			json_array_at(picture, "commands"), e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!add_child(ctx, lk, &children[i], deadline_ms, picture, e))
			return false;
	json_set_int(picture, "read_ms", clock_now_ms());
	*ret = picture;
	return true;
}

/* --- JSON -> picture --- */

/* `title` without its [hidden], in *ret_hidden whether it had one. */
static char *without_tag(TALLOC_CTX *ctx, const char *title, bool *ret_hidden)
{
	const char *tag = strcasestr(title, HIDDEN);

	*ret_hidden = tag != NULL;
	if (!tag)
		return text_trim(ctx, title);
	return text_trim(
		ctx, mem_printf(ctx, "%.*s%s", (int)(tag - title), title, tag + strlen(HIDDEN)));
}

static void load_filters(TALLOC_CTX *ctx, const struct json_object *filters,
			 struct catalogue_command *c)
{
	c->n_filters = json_len(filters);
	c->filters = mem_array(ctx, struct looker_filter, c->n_filters);
	for (size_t i = 0; i < c->n_filters; i++) {
		const struct json_object *f = json_item(filters, i);
		c->filters[i] = (struct looker_filter){
			.name = mem_strdup(ctx, json_str_or(f, "name", "")),
			.title = mem_strdup(ctx, json_str_or(f, "title", "")),
			.kind = (enum looker_filter_kind)json_int_or(f, "kind", 0),
			.default_value = mem_strdup(ctx, json_str_or(f, "default", "")),
			.required = json_bool_or(f, "required", false),
		};
	}
}

static void add_command(TALLOC_CTX *ctx, struct catalogue *c, size_t instance,
			const struct json_object *o)
{
	const char *title = json_str_or(o, "title", "");
	bool hidden_title, hidden_category;

	c->commands = mem_grow(ctx, c->commands, struct catalogue_command, c->n_commands + 1);
	struct catalogue_command *command = &c->commands[c->n_commands];
	*command = (struct catalogue_command){
		.instance = instance,
		.id = mem_strdup(ctx, json_str_or(o, "id", "")),
		.title = without_tag(ctx, title, &hidden_title),
		.category = without_tag(ctx, json_str_or(o, "category", TOP_CATEGORY),
					&hidden_category),
		.description = mem_strdup(ctx, json_str_or(o, "description", "")),
		.tagged_key = catalogue_key(ctx, title),
	};
	command->key = catalogue_key(ctx, command->title);
	command->hidden = hidden_title || hidden_category;
	load_filters(ctx, json_array_at(o, "filters"), command);
	if (command->key[0] != '\0' && command->id[0] != '\0')
		c->n_commands++;
}

void catalogue_add(TALLOC_CTX *ctx, struct catalogue *c, size_t instance, const char *folder_id,
		   const struct json_object *picture)
{
	struct json_object *commands = json_array_at(picture, "commands");

	c->folders = mem_grow(ctx, c->folders, struct catalogue_folder, c->n_folders + 1);
	c->folders[c->n_folders++] = (struct catalogue_folder){
		.instance = instance,
		.id = mem_strdup(ctx, folder_id),
		.name = mem_strdup(ctx, json_str_or(picture, "folder", "")),
		.read_ms = json_int_or(picture, "read_ms", 0),
		.problem = mem_strdup(ctx, json_str(picture, "problem")),
	};
	for (size_t i = 0; i < json_len(commands); i++)
		add_command(ctx, c, instance, json_item(commands, i));
}

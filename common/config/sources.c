/*
 * Where a setting's text comes from: the environment, a systemd credential, the .env file; secrets
 * also from a file that NAME_FILE names. An empty variable counts as set to nothing, and hides
 * what stands in the file (as the original's dotenv did).
 */
#include "config/loading.h"

#include <string.h>
#include <unistd.h>

#include "base/fuzzy.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/file.h"

#define SECRET_FILE_MAX_BYTES (256 * 1024)
#define ENV_FILE_DEFAULT ".env"
#define TYPOS_MAX 2

const char *loading_env(const struct loading *l, const char *name)
{
	size_t len = strlen(name);
	for (char *const *p = l->env; p && *p; p++)
		if (strncmp(*p, name, len) == 0 && (*p)[len] == '=')
			return *p + len + 1;
	return NULL;
}

char *loading_absolute(TALLOC_CTX *ctx, const char *path)
{
	char cwd[4096];
	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return mem_strdup(ctx, path);
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	return mem_printf(ctx, "%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, path);
}

void loading_open_file(struct loading *l)
{
	const char *named = loading_env(l, "LOOKERBOT_ENV_FILE");
	bool chosen = named && *named;
	char *path = loading_absolute(l->ctx, chosen ? named : ENV_FILE_DEFAULT);
	struct dotenv *file;
	struct err e;
	if (dotenv_read(l->ctx, path, &file, &e)) {
		l->file = file;
		l->values->c.env_file = path;
		return;
	}
	if (e.kind == ERR_NOT_FOUND && !chosen)
		return;
	loading_fault(l, (struct config_fault){
				 .fatal = true,
				 .setting = "LOOKERBOT_ENV_FILE",
				 .value = path,
				 .problem = mem_strdup(l->ctx, e.text),
				 .fix = "Mend the file, or name another one.",
			 });
}

/* A place where NAME=value may stand. */
struct source {
	const char *(*lookup)(const struct loading *l, const char *name);
	const char *(*where)(const struct loading *l, const char *name);
};

static const char *where_env(const struct loading *l, const char *name)
{
	(void)l;
	(void)name;
	return "the environment";
}

static const char *lookup_file(const struct loading *l, const char *name)
{
	return l->file ? dotenv_get(l->file, name) : NULL;
}

static const char *where_file(const struct loading *l, const char *name)
{
	return mem_printf(l->ctx, "%s, line %d", l->values->c.env_file,
			  dotenv_find(l->file, name)->line);
}

static const struct source from_env = { loading_env, where_env };
static const struct source from_file = { lookup_file, where_file };

/* The content of a file that holds one secret, without the newline that editors add. */
static struct config_found read_secret_file(struct loading *l, const char *name, const char *path,
					    const char *origin)
{
	struct config_found found = { .name = name, .origin = origin };
	char *text;
	size_t len;
	struct err e;
	if (!file_read(l->ctx, path, SECRET_FILE_MAX_BYTES, &text, &len, &e)) {
		loading_fault(l, (struct config_fault){
					 .fatal = true,
					 .setting = name,
					 .value = mem_strdup(l->ctx, path),
					 .problem = mem_strdup(l->ctx, e.text),
					 .fix = "Name a file that the bot can read.",
				 });
		return found;
	}
	found.value = text_trim(l->ctx, text_clean(l->ctx, text, len));
	talloc_free(text);
	return found;
}

bool config_may_be_file(const struct config_setting *s)
{
	return strncmp(s->type, "secret", 6) == 0 || strcmp(s->type, "json") == 0;
}

static bool is_given(const struct config_found *f)
{
	return f->value && *f->value;
}

/* NAME, ALIAS, NAME_FILE, ALIAS_FILE in one source: the first that is not empty. */
static struct config_found find_in(struct loading *l, const struct config_setting *s,
				   const struct source *source)
{
	const char *const names[] = { s->name, s->alias };
	struct config_found found = { 0 };
	for (size_t i = 0; i < 2 && !is_given(&found); i++) {
		const char *value = names[i] ? source->lookup(l, names[i]) : NULL;
		if (!value)
			continue;
		char *clean = text_clean(l->ctx, value, strlen(value));
		found = (struct config_found){ names[i], text_trim(l->ctx, clean),
					       source->where(l, names[i]) };
	}
	for (size_t i = 0; i < 2 && !is_given(&found) && config_may_be_file(s); i++) {
		if (!names[i])
			continue;
		char *name = mem_printf(l->ctx, "%s_FILE", names[i]);
		const char *path = source->lookup(l, name);
		if (path && *path)
			found = read_secret_file(l, name, path,
						 mem_printf(l->ctx, "%s, named in %s", path,
							    source->where(l, name)));
	}
	return found;
}

static struct config_found find_credential(struct loading *l, const struct config_setting *s)
{
	const char *dir = loading_env(l, "CREDENTIALS_DIRECTORY");
	const char *const names[] = { s->name, s->alias };
	struct config_found found = { 0 };
	for (size_t i = 0; i < 2 && dir && config_may_be_file(s); i++) {
		if (!names[i])
			continue;
		char *path = mem_printf(l->ctx, "%s/%s", dir, names[i]);
		if (access(path, F_OK) == 0)
			return read_secret_file(l, names[i], path,
						mem_printf(l->ctx, "the credential %s", path));
	}
	return found;
}

struct config_found loading_find(struct loading *l, const struct config_setting *s)
{
	struct config_found found = find_in(l, s, &from_env);
	if (!found.name)
		found = find_credential(l, s);
	if (!found.name)
		found = find_in(l, s, &from_file);
	if (!found.name)
		found.name = s->name;
	if (found.value && !*found.value)
		found.value = NULL;
	return found;
}

static bool is_ours(const char *known)
{
	return strncmp(known, "SLACK", 5) == 0 || strncmp(known, "LOOKER", 6) == 0;
}

static void check_name(struct loading *l, const char *name)
{
	const char *nearest = NULL;
	size_t least = TYPOS_MAX + 1;
	for (const struct config_setting *s = config_settings(); s->name; s++) {
		const char *const names[] = { s->name, s->alias };
		for (size_t i = 0; i < 2 && names[i]; i++) {
			if (strcmp(name, names[i]) == 0)
				return;
			size_t typos = is_ours(names[i]) ? fuzzy_edits(name, names[i]) : least;
			if (typos < least) {
				least = typos;
				nearest = names[i];
			}
		}
	}
	if (!nearest)
		return;
	loading_fault(l, (struct config_fault){
				 .setting = mem_strdup(l->ctx, name),
				 .problem = "There is no setting of this name.",
				 .fix = mem_printf(l->ctx, "Did you mean %s?", nearest),
			 });
}

void loading_check_names(struct loading *l)
{
	for (char *const *p = l->env; p && *p; p++)
		check_name(l, mem_strndup(l->ctx, *p, strcspn(*p, "=")));
	for (size_t i = 0; l->file && i < l->file->n; i++)
		check_name(l, l->file->entries[i].name);
}

/* `lookerbot config`: the settings in force, one a line. Faults are `lookerbot check`'s. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"

static void append_names(char **line, const struct config_shown *s)
{
	mem_append(line, s->setting->name);
	if (s->setting->alias)
		mem_appendf(line, ", %s", s->setting->alias);
}

static void append_value(char **line, const struct config_shown *s)
{
	if (s->value)
		mem_appendf(line, " = %s", s->value);
	else
		mem_append(line, " is not set");
}

/* Where it stands, under which of its names when that is not the first, and the default. */
static void append_origin(char **line, const struct config_shown *s)
{
	const char *otherwise = s->setting->otherwise;

	if (!s->origin) {
		mem_append(line, s->value ? "  (default)" : "  (no default)");
		return;
	}
	mem_appendf(line, "  (from %s", s->origin);
	if (strcmp(s->name, s->setting->name) != 0)
		mem_appendf(line, " as %s", s->name);
	if (otherwise)
		mem_appendf(line, "; default %s)", otherwise);
	else
		mem_append(line, "; no default)");
}

static void print_setting(TALLOC_CTX *ctx, const struct config_shown *s)
{
	char *line = mem_strdup(ctx, "");

	append_names(&line, s);
	append_value(&line, s);
	append_origin(&line, s);
	/* Values may be anything: one line a setting, and nothing that a terminal obeys. */
	char *clean = text_clean(ctx, line, strlen(line));
	for (char *p = clean; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	puts(clean);
}

static int print_settings(void)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	size_t n;
	const struct config_shown *all = config_show(ctx, environ, &n);

	for (size_t i = 0; i < n; i++)
		print_setting(ctx, &all[i]);
	talloc_free(ctx);
	return CLI_OK;
}

int cli_config(const char *option)
{
	static const struct {
		const char *option;
		int (*run)(void);
	} forms[] = {
		{ "", print_settings },
		{ "--sample", cli_sample_env },
		{ "--man", cli_sample_man },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(option ? option : "", forms[i].option) == 0)
			return forms[i].run();
	fprintf(stderr, "lookerbot: config knows --sample and --man, not \"%s\".\n", option);
	return CLI_USAGE;
}

/* The table of settings as documents: a commented .env file, and the list in the manual page
 * lookerbot.env(5). Both are made of the table, so that neither can be out of date. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct {
	const char *group;
	const char *title;
} titles[] = {
	{ "slack", "Slack" },	    { "looker", "Looker" },	{ "service", "The service" },
	{ "messages", "Messages" }, { "pictures", "Pictures" },
};

static const char *title_of(const char *group)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(titles[i].group, group) == 0)
			return titles[i].title;
	return group;
}

static bool begins_group(const struct config_setting *s, const char **group)
{
	bool begins = !*group || strcmp(*group, s->group) != 0;

	*group = s->group;
	return begins;
}

static void print_env_setting(const struct config_setting *s)
{
	printf("\n# %s\n", s->help);
	if (s->choices)
		printf("# One of: %s.\n", s->choices);
	if (s->alias)
		printf("# Also as %s.\n", s->alias);
	if (strcmp(s->type, "secrets") == 0)
		puts("# Two values, separated by a blank, while it is changed.");
	if (config_may_be_file(s))
		printf("# Or in a file of its own: %s_FILE=/path\n", s->name);
	printf("#%s=%s\n", s->name, s->otherwise ? s->otherwise : "");
}

int cli_sample_env(void)
{
	const char *group = NULL;

	puts("# Settings of Lookerbot. Take the # away from a line to set it; `lookerbot check` "
	     "tests the\n"
	     "# settings. The environment wins over this file. A value with blanks or a # stands "
	     "in quotes.");
	for (const struct config_setting *s = config_settings(); s->name; s++) {
		if (s->no_file)
			continue;
		if (begins_group(s, &group))
			printf("\n# --- %s ---\n", title_of(s->group));
		print_env_setting(s);
	}
	return CLI_OK;
}

/* Text as roff takes it. */
static void print_roff(const char *text)
{
	for (; *text; text++) {
		if (*text == '-' || *text == '\\')
			putchar('\\');
		if (*text == '\\')
			putchar('e');
		else
			putchar(*text);
	}
}

static void print_man_setting(const struct config_setting *s)
{
	printf(".TP\n.B %s\n", s->name);
	print_roff(s->help);
	printf("\n(%s", s->type);
	if (s->choices)
		printf(": %s", s->choices);
	if (s->alias)
		printf("; also as %s", s->alias);
	fputs(s->otherwise ? "; default " : "", stdout);
	print_roff(s->otherwise ? s->otherwise : "");
	puts(s->restart ? "; a change needs a restart)" : ")");
}

int cli_sample_man(void)
{
	const char *group = NULL;

	for (const struct config_setting *s = config_settings(); s->name; s++) {
		if (begins_group(s, &group))
			printf(".SS %s\n", title_of(s->group));
		print_man_setting(s);
	}
	return CLI_OK;
}

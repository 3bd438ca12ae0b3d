/* lookerbot: finds the subcommand in the table and runs it. Takes no options but --help and
 * --version: what the bot does is decided by its settings. */
#include <stdio.h>
#include <string.h>

#include "base/fuzzy.h"
#include "cli/cli.h"

#define TYPOS_MAX 2
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int print_help(void);

static int print_version(void)
{
	puts("lookerbot " LOOKERBOT_VERSION);
	return CLI_OK;
}

static const struct {
	const char *name;
	const char *option; /* the same as an option, or NULL */
	const char *help;
	int (*run)(void);
} commands[] = {
	{ "check", NULL, "test the settings, Slack, each Looker and the state directory",
	  cli_check },
	{ "version", "--version", "print the version", print_version },
	{ "help", "--help", "print this", print_help },
};

static void print_usage(FILE *to)
{
	fputs("usage: lookerbot COMMAND\n\n", to);
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	fputs("\nSettings are read from the environment and from .env (or LOOKERBOT_ENV_FILE).\n"
	      "Exit status: 0 fine or warnings only, 1 a fault, 2 wrong usage.\n",
	      to);
}

static int print_help(void)
{
	print_usage(stdout);
	return CLI_OK;
}

static int refuse_unknown(const char *name)
{
	fprintf(stderr, "lookerbot: there is no command \"%s\".", name);
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (fuzzy_edits(name, commands[i].name) > TYPOS_MAX)
			continue;
		fprintf(stderr, " Did you mean \"%s\"?", commands[i].name);
		break;
	}
	fputs("\n\n", stderr);
	print_usage(stderr);
	return CLI_USAGE;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return CLI_USAGE;
	}
	for (size_t i = 0; i < COUNT(commands); i++) {
		const char *option = commands[i].option;
		if (strcmp(argv[1], commands[i].name) != 0 &&
		    (!option || strcmp(argv[1], option) != 0))
			continue;
		if (argc == 2)
			return commands[i].run();
		fprintf(stderr, "lookerbot: %s takes nothing behind it.\n", commands[i].name);
		return CLI_USAGE;
	}
	return refuse_unknown(argv[1]);
}

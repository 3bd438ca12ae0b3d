/* lookerbot: finds the subcommand in the table and runs it. What the bot does is decided by its
 * settings, not by options. */
#include <stdio.h>
#include <string.h>

#include "base/fuzzy.h"
#include "cli/cli.h"

#define TYPOS_MAX 2
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int print_help(const char *option);

static int print_version(const char *option)
{
	(void)option;
	puts("lookerbot " LOOKERBOT_VERSION);
	return CLI_OK;
}

static const struct {
	const char *name;
	const char *option; /* the same as an option, or NULL */
	bool takes_option;
	const char *help;
	int (*run)(const char *option);
	int (*run_words)(const char *const *words); /* in place of `run`: takes any number */
} commands[] = {
	{ "check", NULL, false, "test the settings, Slack, each Looker and the state directory",
	  cli_check },
	{ "config", NULL, true,
	  "print the settings in force: value (secrets masked), origin, default;\n"
	  "           --sample: a commented .env file; --man: the list in lookerbot.env(5)",
	  cli_config },
	{ "jobs", NULL, true,
	  "list what Looker has sent and what became of it, newest first;\n"
	  "           show, retry, cancel JOB: one of them; --state waiting|running|done|dead;\n"
	  "           --all: jobs of all kinds; --max N: so many (100)",
	  NULL, cli_jobs },
	{ "manifest", NULL, true,
	  "print the Slack app for these settings, to be pasted at api.slack.com/apps;\n"
	  "           --socket: without an address of yours (Socket Mode); --http: with one",
	  cli_manifest },
	{ "version", "--version", false, "print the version", print_version },
	{ "help", "--help", false, "print this", print_help },
};

static void print_usage(FILE *to)
{
	fputs("usage: lookerbot COMMAND\n\n", to);
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	fputs("\nSettings are read from the environment and from .env (or LOOKERBOT_ENV_FILE).\n"
	      "Exit status: 0 fine or warnings only, 1 a fault that keeps the bot from working, "
	      "2 wrong usage.\n",
	      to);
}

static int print_help(const char *option)
{
	(void)option;
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
		if (commands[i].run_words)
			return commands[i].run_words((const char *const *)argv + 2);
		if (argc == 2 || (argc == 3 && commands[i].takes_option))
			return commands[i].run(argv[2]);
		fprintf(stderr, "lookerbot: %s takes no such word behind it.\n", commands[i].name);
		return CLI_USAGE;
	}
	return refuse_unknown(argv[1]);
}

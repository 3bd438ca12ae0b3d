/* Command line into struct options. Settings come from the environment and the .env file. */
#include "rtm-relay/options.h"

#include <getopt.h>
#include <stddef.h>

#include "base/text.h"
#include "bot/program.h"

const char options_help[] =
	"Usage: lookerbot-relay [--workers N]\n"
	"\n"
	"Keeps a WebSocket to Slack open, takes down what comes in, and carries out the jobs that\n"
	"come of it. With SLACK_APP_TOKEN it listens by Socket Mode, else by RTM, which Slack\n"
	"allows to the tokens of old classic apps only. Settings come from the environment and\n"
	"from .env.\n"
	"\n"
	"  --workers N          jobs carried out at the same time (LOOKERBOT_WORKERS); 0: none,\n"
	"                       what comes in is only taken down\n"
	"  --version            print the version and end\n"
	"  --help               print this and end\n"
	"\n"
	"SIGHUP reads .env and the NAME_FILEs again; other tokens get other connections.\n"
	"SIGTERM finishes what is in hand and ends with 0; a second one ends at once.\n"
	"Exit status: 64 wrong options, 78 settings that cannot work, 1 other failures.\n";

static bool set_workers(struct options *o, const char *value, struct err *e)
{
	if (text_to_int(value, 0, PROGRAM_WORKERS_MAX, &o->workers))
		return true;
	return err_set(e, ERR_BAD_INPUT, "--workers %s: not a number from 0 to %d", value,
		       PROGRAM_WORKERS_MAX);
}

/* In the order of the flags below; the first takes a value. */
static const struct option long_options[] = {
	{ .name = "workers", .has_arg = required_argument },
	{ .name = "suspect" },
	{ .name = "help" },
	{ .name = "version" },
	{ .name = NULL },
};

bool options_parse(int argc, char **argv, struct options *ret, struct err *e)
{
	struct options o = { .workers = PROGRAM_UNSET };
	bool *const flags[] = { NULL, &o.suspect, &o.help, &o.version };
	int index = 0;
	int got;

	opterr = 0; /* the message is ours */
	while ((got = getopt_long(argc, argv, "", long_options, &index)) == 0) {
		if (flags[index])
			*flags[index] = true;
		else if (!set_workers(&o, optarg, e))
			return false;
	}
	if (got != -1)
		return err_set(e, ERR_BAD_INPUT, "%s is no option, or lacks its value; see --help",
			       argv[optind - 1]);
	if (optind < argc)
		return err_set(e, ERR_BAD_INPUT, "%s is not understood; see --help", argv[optind]);
	*ret = o;
	return true;
}

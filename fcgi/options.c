/*
 * Command line into struct options. Settings are not here: they come from the environment and the
 * .env file (common/config); secrets never stand on a command line.
 */
#include "fcgi/options.h"

#include <getopt.h>

#include "base/text.h"
#include "bot/program.h"
#include "fcgi/acceptor.h"

const char options_help[] =
	"Usage: lookerbot-fcgi [--listen ADDRESS] [--threads N] [--workers N] [--allow-remote]\n"
	"\n"
	"Answers Slack's and Looker's requests that nginx passes on by FastCGI, and carries out "
	"the\n"
	"jobs that come of them. Settings come from the environment and from .env.\n"
	"\n"
	"  --listen unix:/PATH[,mode=0660][,group=www-data]\n"
	"  --listen HOST:PORT   where nginx finds the bot. Without it: the socket that systemd\n"
	"                       passes as fd 3, else the one that spawn-fcgi passes as fd 0\n"
	"  --allow-remote       let HOST be an address that other machines can reach\n"
	"  --threads N          requests answered at the same time (LOOKERBOT_THREADS)\n"
	"  --workers N          jobs carried out at the same time (LOOKERBOT_WORKERS); 0: none,\n"
	"                       requests are only taken down\n"
	"  --describe           print what the settings say about starting it (no secrets) and "
	"end\n"
	"  --version            print the version and end\n"
	"  --help               print this and end\n"
	"\n"
	"SIGHUP reads .env and the NAME_FILEs again; with a fault in them the old settings stay.\n"
	"SIGTERM finishes what is in hand and ends with 0; a second one ends at once.\n"
	"Exit status: 64 wrong options or no socket, 78 settings that cannot work, 1 other "
	"failures.\n";

static bool set_listen(struct options *o, const char *value, struct err *e)
{
	(void)e;
	o->listen = value;
	return true;
}

static bool set_threads(struct options *o, const char *value, struct err *e)
{
	if (text_to_int(value, 1, ACCEPTOR_THREADS_MAX, &o->threads))
		return true;
	return err_set(e, ERR_BAD_INPUT, "--threads %s: not a number from 1 to %d", value,
		       ACCEPTOR_THREADS_MAX);
}

static bool set_workers(struct options *o, const char *value, struct err *e)
{
	if (text_to_int(value, 0, PROGRAM_WORKERS_MAX, &o->workers))
		return true;
	return err_set(e, ERR_BAD_INPUT, "--workers %s: not a number from 0 to %d", value,
		       PROGRAM_WORKERS_MAX);
}

static bool set_allow_remote(struct options *o, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	o->allow_remote = true;
	return true;
}

static bool set_suspect(struct options *o, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	o->suspect = true;
	return true;
}

static bool set_describe(struct options *o, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	o->describe = true;
	return true;
}

static bool set_help(struct options *o, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	o->help = true;
	return true;
}

static bool set_version(struct options *o, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	o->version = true;
	return true;
}

/* In the order of `setters`: getopt_long gives the index. */
static const struct option long_options[] = {
	{ .name = "listen", .has_arg = required_argument },
	{ .name = "threads", .has_arg = required_argument },
	{ .name = "workers", .has_arg = required_argument },
	{ .name = "allow-remote" },
	{ .name = "suspect" },
	{ .name = "describe" },
	{ .name = "help" },
	{ .name = "version" },
	{ .name = NULL },
};

static bool (*const setters[])(struct options *, const char *, struct err *) = {
	set_listen,  set_threads,  set_workers, set_allow_remote,
	set_suspect, set_describe, set_help,	set_version,
};

bool options_parse(int argc, char **argv, struct options *ret, struct err *e)
{
	struct options o = { .threads = PROGRAM_UNSET, .workers = PROGRAM_UNSET };
	int index = 0;
	int got;

	opterr = 0; /* the message is ours */
	while ((got = getopt_long(argc, argv, "", long_options, &index)) == 0)
		if (!setters[index](&o, optarg, e))
			return false;
	if (got != -1)
		return err_set(e, ERR_BAD_INPUT, "%s is no option, or lacks its value; see --help",
			       argv[optind - 1]);
	if (optind < argc)
		return err_set(e, ERR_BAD_INPUT, "%s is not understood; see --help", argv[optind]);
	*ret = o;
	return true;
}

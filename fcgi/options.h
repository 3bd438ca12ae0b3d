/* The command line of lookerbot-fcgi. */
#ifndef FCGI_OPTIONS_H
#define FCGI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct options {
	const char *listen; /* NULL: inherited */
	bool allow_remote;
	int64_t threads; /* PROGRAM_UNSET: the setting's */
	int64_t workers; /* likewise; 0 only accepts */
	bool suspect;	 /* run one suspect job and end: what a worker pool starts us for */
	bool describe;	 /* print what a start script must know, and end */
	bool help;
	bool version;
};

extern const char options_help[];

/* ERR_BAD_INPUT with what is wrong and how to see the options. */
bool options_parse(int argc, char **argv, struct options *ret, struct err *e) ERR_MUST_CHECK;

#endif

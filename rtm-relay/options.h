/* The command line of lookerbot-relay. */
#ifndef RELAY_OPTIONS_H
#define RELAY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct options {
	int64_t workers; /* PROGRAM_UNSET: the setting's; 0 only takes down */
	bool suspect;	 /* run one suspect job and end: what a worker pool starts us for */
	bool help;
	bool version;
};

extern const char options_help[];

/* ERR_BAD_INPUT with what is wrong and how to see the options. */
bool options_parse(int argc, char **argv, struct options *ret, struct err *e) ERR_MUST_CHECK;

#endif

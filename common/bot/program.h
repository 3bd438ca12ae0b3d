/*
 * What the programs that run the bot share (lookerbot-fcgi, lookerbot-relay): settings at the start
 * and at SIGHUP with every fault in the log, signals, a suspect job. What a program is for, the
 * order in which its parts start and end, and its command line are its own.
 */
#ifndef BOT_PROGRAM_H
#define BOT_PROGRAM_H

#include "bot/bot.h"

#define PROGRAM_UNSET (-1)
#define PROGRAM_WORKERS_MAX 1024 /* of --workers */

struct program {
	const char *name; /* "lookerbot-fcgi": in the log */
	int64_t threads;  /* of the command line, which wins; or PROGRAM_UNSET */
	int64_t workers;
};

/* Logs the error; returns `status`, for the end of main. */
int program_fail(const char *event, const struct err *e, int status);

/* Starts the log, reads, hides secrets in the log, logs each fault (warnings not when `quiet`).
 * NULL when they cannot work. */
struct config *program_settings(TALLOC_CTX *ctx, const struct program *p, bool quiet);

/*
 * Reads the .env file and the NAME_FILEs again. Good ones become the host's next generation (true);
 * with a fault that keeps the bot from working, all stay as they are. What needs a restart is
 * named. The log says all of it.
 */
bool program_reload(struct bot_host *host, const struct program *p);

/* Before any thread, and after libraries that have handlers of their own: from now on SIGTERM,
 * SIGINT and SIGHUP come to program_wait alone. */
void program_take_signals(void);

/* The next of them. */
int program_wait(void);

/* From now on another SIGTERM or SIGINT ends the process at once. */
void program_arm_signals(void);

/* The last line of the log: "stopped" and the counters. */
void program_log_stopped(void);

/* What --suspect is for: the worker pool of another process started us to run one job that killed
 * its process twice. Returns the exit status. */
int program_run_suspect(TALLOC_CTX *ctx, struct config *config);

#endif

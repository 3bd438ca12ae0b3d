/* The operator's tool: each subcommand is one function, one file, one line in main.c's table. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "config/config.h"

enum cli_exit { CLI_OK = 0, CLI_FAULT = 1, CLI_USAGE = 2 };

/* `option`: the one word behind the subcommand, NULL when there is none. */

/* lookerbot check: prints every fault of the settings, then tries Slack, each Looker, the store for
 * pictures and the state directory. CLI_FAULT when anything keeps the bot from working. */
int cli_check(const char *option);

/* lookerbot config: prints each setting with its value (secrets masked), origin and default. With
 * --sample a commented .env file, with --man the list of settings in lookerbot.env(5). */
int cli_config(const char *option);
int cli_sample_env(void);
int cli_sample_man(void);

/* lookerbot manifest [--socket|--http]: prints the Slack app's manifest (JSON) that fits the
 * settings. CLI_FAULT when the address for Slack is not known. */
int cli_manifest(const char *option);

/* lookerbot jobs [list|show|retry|cancel] ...: the deliveries in the queue, and what an operator
 * may do with them, also while the bot runs. `words`: all behind "jobs", NULL at the end. CLI_FAULT
 * when there is no such job or it cannot be done, with the reason. */
int cli_jobs(const char *const *words);

/* The result of one probe, as one line or three on standard output. */
struct cli_report {
	int n_faults;
	int n_warnings;
};
void cli_report_ok(struct cli_report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void cli_report_bad(struct cli_report *r, bool fatal, const char *what, const char *problem,
		    const char *fix);

/* Whether Looker can use the bot as an action hub, and how; a look at the settings alone. */
void cli_probe_hub(const struct config *c, struct cli_report *r);

/* The probes: real calls with the loaded settings. */
void cli_probe_slack(TALLOC_CTX *ctx, const struct config *c, struct cli_report *r);
void cli_probe_lookers(TALLOC_CTX *ctx, const struct config *c, struct cli_report *r);
void cli_probe_store(TALLOC_CTX *ctx, const struct config *c, struct cli_report *r);
void cli_probe_state(TALLOC_CTX *ctx, const struct config *c, struct cli_report *r);

#endif

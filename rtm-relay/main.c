/*
 * lookerbot-relay: puts the parts together, waits for a signal, takes them apart in order. What
 * keeps Slack's WebSocket open is relay.c's; here is only the life of the process.
 */
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sdnotify.h"
#include "bot/bot.h"
#include "bot/program.h"
#include "bot/worker.h"
#include "net/http.h"
#include "rtm-relay/options.h"
#include "rtm-relay/relay.h"

#define PROGRAM "lookerbot-relay"
#define DRAIN_MS 20000 /* jobs; systemd kills after 90 s */

struct parts {
	struct bot_host *host;
	struct worker_pool *workers; /* NULL with --workers 0 */
	struct relay *relay;
};

static bool start(TALLOC_CTX *ctx, struct parts *p, struct config *config, struct err *e)
{
	if (!bot_host_new(ctx, config, &p->host, e))
		return err_wrap(e, "start");
	if (config->workers > 0 &&
	    !worker_start(ctx, p->host, (size_t)config->workers, &p->workers, e))
		return err_wrap(e, "workers");
	log_info("started", LOG_S("version", LOOKERBOT_VERSION), LOG_I("workers", config->workers),
		 LOG_S("state_dir", config->state_dir), LOG_S("env_file", config->env_file));
	return relay_start(p->host, &p->relay, e) || err_wrap(e, "relay");
}

/* The connections first, since they make jobs; then jobs. False: threads still run, so the process
 * must end without freeing what they use (the jobs go back to the queue when it is gone). */
static bool drain(struct parts *p)
{
	sdnotify_send("STOPPING=1");
	relay_stop(p->relay);
	if (p->workers && !worker_stop(p->workers, DRAIN_MS))
		return false;
	return bot_host_wait(p->host, DRAIN_MS);
}

static int serve(TALLOC_CTX *ctx, const struct program *program, struct config *config)
{
	struct parts p = { .workers = NULL };
	struct err e;
	int signal;

	program_take_signals();
	if (!start(ctx, &p, config, &e))
		_exit(program_fail("start", &e, EXIT_FAILURE)); /* threads may run */
	while ((signal = program_wait()) == SIGHUP)
		if (program_reload(p.host, program))
			relay_changed(p.relay);
	log_info("stopping", LOG_S("signal", sigabbrev_np(signal)));
	program_arm_signals();
	if (!drain(&p)) {
		log_warning("drain", LOG_S("note", "did not end in time; unfinished jobs go back "
						   "to the queue"));
		_exit(EXIT_SUCCESS);
	}
	bot_host_free(p.host);
	program_log_stopped();
	return EXIT_SUCCESS;
}

static int run(TALLOC_CTX *ctx, const struct options *o)
{
	const struct program program = { PROGRAM, PROGRAM_UNSET, o->workers };
	struct config *config = program_settings(ctx, &program, o->suspect);
	int status;

	if (!config)
		return EX_CONFIG;
	if (sodium_init() < 0)
		die("libsodium does not start");
	http_start();
	status = o->suspect ? program_run_suspect(ctx, config) : serve(ctx, &program, config);
	http_stop();
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	TALLOC_CTX *ctx;
	struct err e;
	int status;

	/* Arenas are kept by threads for ever: two bound what many threads can hold on to. */
	(void)mallopt(M_ARENA_MAX, 2);
	if (!options_parse(argc, argv, &options, &e)) {
		(void)fprintf(stderr, PROGRAM ": %s\n", e.text);
		return EX_USAGE;
	}
	if (options.help) {
		(void)fputs(options_help, stdout);
		return EXIT_SUCCESS;
	}
	if (options.version) {
		(void)puts(PROGRAM " " LOOKERBOT_VERSION);
		return EXIT_SUCCESS;
	}
	ctx = mem_ctx(NULL);
	status = run(ctx, &options);
	talloc_free(ctx);
	return status;
}

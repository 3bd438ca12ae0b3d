/*
 * lookerbot-fcgi: puts the parts together, waits for a signal, takes them apart in order. What a
 * request or a job does is elsewhere; here is only the life of the process.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sdnotify.h"
#include "bot/bot.h"
#include "bot/program.h"
#include "bot/worker.h"
#include "config/config.h"
#include "fcgi/acceptor.h"
#include "fcgi/listener.h"
#include "fcgi/options.h"
#include "net/http.h"

#define PROGRAM "lookerbot-fcgi"
#define DRAIN_MS 20000 /* requests, then jobs; systemd kills after 90 s */

struct server {
	struct listener listener;
	struct acceptor_pool *acceptors;
	struct bot_host *host;
	struct worker_pool *workers; /* NULL with --workers 0 */
};

static bool start(TALLOC_CTX *ctx, struct server *s, struct config *config, struct err *e)
{
	if (!bot_host_new(ctx, config, &s->host, e))
		return err_wrap(e, "start");
	if (config->workers > 0 &&
	    !worker_start(ctx, s->host, (size_t)config->workers, &s->workers, e))
		return err_wrap(e, "workers");
	if (!acceptor_start(&s->listener, s->host, (size_t)config->threads, &s->acceptors, e))
		return err_wrap(e, "acceptors");
	log_info("started", LOG_S("version", LOOKERBOT_VERSION), LOG_S("listen", s->listener.name),
		 LOG_I("threads", config->threads), LOG_I("workers", config->workers),
		 LOG_S("state_dir", config->state_dir), LOG_S("env_file", config->env_file));
	sdnotify_send("READY=1");
	return true;
}

/* Requests first, since they make jobs; then jobs; then what either left behind. False: threads
 * still run, so the process must end without freeing what they use (the jobs go back to the queue
 * when it is gone). */
static bool drain(struct server *s)
{
	sdnotify_send("STOPPING=1");
	listener_unlink(&s->listener);
	if (!acceptor_stop(s->acceptors, DRAIN_MS))
		return false;
	listener_close(&s->listener);
	if (s->workers && !worker_stop(s->workers, DRAIN_MS))
		return false;
	return bot_host_wait(s->host, DRAIN_MS);
}

static int serve(TALLOC_CTX *ctx, const struct options *o, const struct program *p,
		 struct config *config)
{
	struct server s = { .workers = NULL };
	struct err e;
	int signal;

	if (FCGX_Init() != 0) {
		(void)err_set(&e, ERR_INTERNAL, "libfcgi does not start");
		return program_fail("start", &e, EXIT_FAILURE);
	}
	program_take_signals(); /* FCGX_Init has handlers of its own: after it */
	if (!listener_open(ctx, o->listen, o->allow_remote, &s.listener, &e))
		return program_fail("listen", &e,
				    e.kind == ERR_BAD_INPUT ? EX_USAGE : EXIT_FAILURE);
	if (!start(ctx, &s, config, &e)) {
		listener_unlink(&s.listener);
		_exit(program_fail("start", &e,
				   EXIT_FAILURE)); /* threads may run: nothing is freed */
	}
	while ((signal = program_wait()) == SIGHUP)
		(void)program_reload(s.host, p);
	log_info("stopping", LOG_S("signal", sigabbrev_np(signal)));
	program_arm_signals();
	if (!drain(&s)) {
		log_warning("drain", LOG_S("note", "did not end in time; unfinished jobs go back "
						   "to the queue"));
		_exit(EXIT_SUCCESS);
	}
	bot_host_free(s.host);
	program_log_stopped();
	return EXIT_SUCCESS;
}

/* For deploy/run, which must not parse settings itself. Lines of NAME=value; no secrets. */
static int describe(TALLOC_CTX *ctx)
{
	struct config_faults *faults;
	const struct config *config = config_load(ctx, environ, &faults);

	(void)printf("slack=%s\nlooker=%s\nport=%lld\nbind=%s\nstate_dir=%s\n",
		     config_has_slack(config) ? "set" : "unset",
		     config_has_looker(config) ? "set" : "unset", (long long)config->port,
		     config->bind ? config->bind : "", config->state_dir);
	return EXIT_SUCCESS;
}

static int run(TALLOC_CTX *ctx, const struct options *o)
{
	const struct program p = { PROGRAM, o->threads, o->workers };
	struct config *config;
	int status;

	if (o->describe)
		return describe(ctx);
	config = program_settings(ctx, &p, o->suspect);
	if (!config)
		return EX_CONFIG;
	if (sodium_init() < 0)
		die("libsodium does not start");
	http_start();
	status = o->suspect ? program_run_suspect(ctx, config) : serve(ctx, o, &p, config);
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

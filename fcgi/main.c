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

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sdnotify.h"
#include "base/stats.h"
#include "bot/bot.h"
#include "bot/worker.h"
#include "config/config.h"
#include "fcgi/acceptor.h"
#include "fcgi/listener.h"
#include "fcgi/options.h"
#include "fcgi/settings.h"
#include "net/http.h"

#define PROGRAM "lookerbot-fcgi"
#define DRAIN_MS 20000 /* requests, then jobs; systemd kills after 90 s */

struct server {
	struct listener listener;
	struct acceptor_pool *acceptors;
	struct bot_host *host;
	struct worker_pool *workers; /* NULL with --workers 0 */
};

static int fail(const char *event, const struct err *e, int status)
{
	log_error(event, LOG_S("kind", err_kind_name(e->kind)), LOG_S("error", e->text));
	return status;
}

/* The signals that end us, and SIGHUP, which has the settings read again. */
static void fill_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

static void set_handler(int signal, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	sigemptyset(&action.sa_mask);
	(void)sigaction(signal, &action, NULL);
}

/* FCGX_Init has handlers of its own for SIGTERM, SIGUSR1 and SIGPIPE: ours come after it. Blocked
 * here, the signals stay blocked in every thread, and wait_for_end takes them. */
static void prepare_signals(void)
{
	sigset_t set;

	set_handler(SIGPIPE, SIG_IGN);
	set_handler(SIGUSR1, SIG_IGN);
	set_handler(SIGTERM, SIG_DFL);
	fill_signals(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Returns the signal that ends us. */
static int wait_for_end(struct bot_host *host, const struct options *o)
{
	sigset_t set;

	fill_signals(&set);
	for (;;) {
		int signal = sigwaitinfo(&set, NULL);

		if (signal == SIGHUP)
			settings_reload(host, o);
		else if (signal > 0)
			return signal;
	}
}

static void end_at_once(int signal)
{
	(void)signal;
	_exit(EXIT_FAILURE);
}

/* From now on the next SIGTERM or SIGINT does not wait for anything. */
static void arm_second_signal(void)
{
	sigset_t set;

	set_handler(SIGTERM, end_at_once);
	set_handler(SIGINT, end_at_once);
	fill_signals(&set);
	sigdelset(&set, SIGHUP);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void log_stopped(void)
{
	struct log_field fields[STATS_COUNTERS];

	for (int i = 0; i < STATS_COUNTERS; i++)
		fields[i] =
			LOG_I(stats_name((enum stats_counter)i), stats_get((enum stats_counter)i));
	log_write(LOG_LEVEL_INFO, "stopped", fields, STATS_COUNTERS);
}

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

static int serve(TALLOC_CTX *ctx, const struct options *o, struct config *config)
{
	struct server s = { .workers = NULL };
	struct err e;
	int signal;

	if (FCGX_Init() != 0) {
		(void)err_set(&e, ERR_INTERNAL, "libfcgi does not start");
		return fail("start", &e, EXIT_FAILURE);
	}
	prepare_signals();
	if (!listener_open(ctx, o->listen, o->allow_remote, &s.listener, &e))
		return fail("listen", &e, e.kind == ERR_BAD_INPUT ? EX_USAGE : EXIT_FAILURE);
	if (!start(ctx, &s, config, &e)) {
		listener_unlink(&s.listener);
		_exit(fail("start", &e, EXIT_FAILURE)); /* threads may run: nothing is freed */
	}
	signal = wait_for_end(s.host, o);
	log_info("stopping", LOG_S("signal", sigabbrev_np(signal)));
	arm_second_signal();
	if (!drain(&s)) {
		log_warning("drain", LOG_S("note", "did not end in time; unfinished jobs go back "
						   "to the queue"));
		_exit(EXIT_SUCCESS);
	}
	bot_host_free(s.host);
	log_stopped();
	return EXIT_SUCCESS;
}

/* The worker pool of another process started us to run one job that killed its process twice. */
static int run_suspect(TALLOC_CTX *ctx, struct config *config)
{
	struct bot_host *host;
	struct err e;
	sigset_t none;
	bool ok;

	sigemptyset(&none); /* the parent's mask came with us */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (!bot_host_new(ctx, config, &host, &e))
		return fail("suspect", &e, EXIT_FAILURE);
	ok = worker_run_suspect(host, &e);
	bot_host_free(host);
	return ok ? EXIT_SUCCESS : fail("suspect", &e, EXIT_FAILURE);
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
	struct config *config;
	int status;

	if (o->describe)
		return describe(ctx);
	config = settings_load(ctx, o, o->suspect);
	if (!config)
		return EX_CONFIG;
	if (sodium_init() < 0)
		die("libsodium does not start");
	http_start();
	status = o->suspect ? run_suspect(ctx, config) : serve(ctx, o, config);
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

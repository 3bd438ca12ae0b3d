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
#include "net/http.h"

#define PROGRAM "lookerbot-fcgi"
#define DRAIN_MS 20000 /* requests, then jobs; systemd kills after 90 s */

struct server {
	struct listener listener;
	struct acceptor_pool *acceptors;
	struct bot *bot;
	struct worker_pool *workers; /* NULL with --workers 0 */
};

static void log_faults(const struct config_faults *faults)
{
	for (size_t i = 0; i < faults->n; i++) {
		const struct config_fault *f = &faults->faults[i];

		LOG_WRITE(f->fatal ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "setting",
			  LOG_S("setting", f->setting), LOG_S("value", f->value),
			  LOG_S("problem", f->problem), LOG_S("fix", f->fix));
	}
}

static int fail(const char *event, const struct err *e, int status)
{
	log_error(event, LOG_S("kind", err_kind_name(e->kind)), LOG_S("error", e->text));
	return status;
}

/* The signals that end us (and SIGHUP, which must not). */
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
static int wait_for_end(void)
{
	sigset_t set;

	fill_signals(&set);
	for (;;) {
		int signal = sigwaitinfo(&set, NULL);

		if (signal == SIGHUP)
			log_warning("sighup", LOG_S("note", "settings are read at the start: "
							    "restart to use new ones"));
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

static bool start(TALLOC_CTX *ctx, struct server *s, const struct config *config, struct err *e)
{
	if (!bot_new(ctx, config, &s->bot, e))
		return err_wrap(e, "start");
	if (config->workers > 0 &&
	    !worker_start(ctx, s->bot, (size_t)config->workers, &s->workers, e))
		return err_wrap(e, "workers");
	if (!acceptor_start(&s->listener, s->bot, (size_t)config->threads, &s->acceptors, e))
		return err_wrap(e, "acceptors");
	log_info("started", LOG_S("version", LOOKERBOT_VERSION), LOG_S("listen", s->listener.name),
		 LOG_I("threads", config->threads), LOG_I("workers", config->workers),
		 LOG_S("state_dir", config->state_dir), LOG_S("env_file", config->env_file));
	sdnotify_send("READY=1");
	return true;
}

/* Requests first, since they make jobs; then jobs. False: threads still run, so the process must
 * end without freeing what they use (the jobs go back to the queue when it is gone). */
static bool drain(struct server *s)
{
	sdnotify_send("STOPPING=1");
	listener_unlink(&s->listener);
	if (!acceptor_stop(s->acceptors, DRAIN_MS))
		return false;
	listener_close(&s->listener);
	return !s->workers || worker_stop(s->workers, DRAIN_MS);
}

static int serve(TALLOC_CTX *ctx, const struct options *o, const struct config *config)
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
	signal = wait_for_end();
	log_info("stopping", LOG_S("signal", sigabbrev_np(signal)));
	arm_second_signal();
	if (!drain(&s)) {
		log_warning("drain", LOG_S("note", "did not end in time; unfinished jobs go back "
						   "to the queue"));
		_exit(EXIT_SUCCESS);
	}
	bot_free(s.bot);
	log_stopped();
	return EXIT_SUCCESS;
}

/* The worker pool of another process started us to run one job that killed its process twice. */
static int run_suspect(TALLOC_CTX *ctx, const struct config *config)
{
	struct bot *bot;
	struct err e;
	sigset_t none;
	bool ok;

	sigemptyset(&none); /* the parent's mask came with us */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (!bot_new(ctx, config, &bot, &e))
		return fail("suspect", &e, EXIT_FAILURE);
	ok = worker_run_suspect(bot, &e);
	bot_free(bot);
	return ok ? EXIT_SUCCESS : fail("suspect", &e, EXIT_FAILURE);
}

/* For deploy/run, which must not parse settings itself. Lines of NAME=value; no secrets. */
static int describe(const struct config *config)
{
	(void)printf("slack=%s\nlooker=%s\nport=%lld\nbind=%s\nstate_dir=%s\n",
		     config_has_slack(config) ? "set" : "unset",
		     config_has_looker(config) ? "set" : "unset", (long long)config->port,
		     config->bind ? config->bind : "", config->state_dir);
	return EXIT_SUCCESS;
}

static int run(TALLOC_CTX *ctx, const struct options *o)
{
	struct config_faults *faults;
	struct config *config = config_load(ctx, environ, &faults);
	int status;

	if (o->describe)
		return describe(config);
	log_init(PROGRAM, config->debug);
	config_hide_secrets(config);
	if (!o->suspect || faults->fatal)
		log_faults(faults);
	if (faults->fatal)
		return EX_CONFIG;
	if (o->threads != OPTIONS_UNSET)
		config->threads = o->threads;
	if (o->workers != OPTIONS_UNSET)
		config->workers = o->workers;

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

/*
 * The life of a process that runs the bot, as far as it is the same in all of them. It logs, as
 * bot/worker.c does: settings and signals are the process's business and nobody's request. What a
 * setting means is common/config's; who uses which generation of them is bot/bot.h's.
 */
#include "bot/program.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sdnotify.h"
#include "base/stats.h"
#include "bot/worker.h"

int program_fail(const char *event, const struct err *e, int status)
{
	log_error(event, LOG_S("kind", err_kind_name(e->kind)), LOG_S("error", e->text));
	return status;
}

/* --- settings --- */

static struct config *read_all(TALLOC_CTX *ctx, const struct program *p,
			       struct config_faults **ret_faults)
{
	struct config *config = config_load(ctx, environ, ret_faults);

	if (p->threads != PROGRAM_UNSET)
		config->threads = p->threads;
	if (p->workers != PROGRAM_UNSET)
		config->workers = p->workers;
	config_hide_secrets(config);
	return config;
}

static void log_faults(const struct config_faults *faults, bool quiet)
{
	for (size_t i = 0; i < faults->n; i++) {
		const struct config_fault *f = &faults->faults[i];

		if (quiet && !f->fatal)
			continue;
		LOG_WRITE(f->fatal ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "setting",
			  LOG_S("setting", f->setting), LOG_S("value", f->value),
			  LOG_S("problem", f->problem), LOG_S("fix", f->fix));
	}
}

struct config *program_settings(TALLOC_CTX *ctx, const struct program *p, bool quiet)
{
	struct config_faults *faults;
	struct config *config = read_all(ctx, p, &faults);

	log_init(p->name, config->debug);
	log_faults(faults, quiet);
	return faults->fatal ? NULL : config;
}

static void take_over(TALLOC_CTX *ctx, struct bot_host *host, struct config *next)
{
	struct bot *running = bot_take(host);
	const char **differ = config_keep(ctx, running->config, next);

	bot_drop(running);
	for (; *differ; differ++)
		log_warning("needs_restart", LOG_S("setting", *differ),
			    LOG_S("note", "it has changed, which takes effect at the next start"));
	log_set_debug(next->debug);
	bot_host_change(host, next);
	log_info("reloaded", LOG_S("env_file", next->env_file),
		 LOG_I("lookers", (long long)next->n_lookers));
}

static void tell_systemd_reloading(TALLOC_CTX *ctx)
{
	sdnotify_send(mem_printf(ctx, "RELOADING=1\nMONOTONIC_USEC=%lld",
				 (long long)clock_mono_ms() * 1000));
}

bool program_reload(struct bot_host *host, const struct program *p)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct config_faults *faults;
	struct config *next;

	tell_systemd_reloading(ctx);
	next = read_all(ctx, p, &faults);
	log_faults(faults, false);
	bool good = !faults->fatal;
	if (good)
		take_over(ctx, host, next);
	else
		log_error("reload_refused",
			  LOG_S("note", "the settings stay as they were; mend the faults above, "
					"then send SIGHUP again"));
	sdnotify_send("READY=1");
	talloc_free(ctx);
	return good;
}

/* --- signals --- */

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

/* Blocked here, the signals stay blocked in every thread, and program_wait takes them. */
void program_take_signals(void)
{
	sigset_t set;

	set_handler(SIGPIPE, SIG_IGN);
	set_handler(SIGUSR1, SIG_IGN);
	set_handler(SIGTERM, SIG_DFL);
	fill_signals(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

int program_wait(void)
{
	sigset_t set;
	int signal;

	fill_signals(&set);
	do
		signal = sigwaitinfo(&set, NULL);
	while (signal < 0);
	return signal;
}

static void end_at_once(int signal)
{
	(void)signal;
	_exit(EXIT_FAILURE);
}

void program_arm_signals(void)
{
	sigset_t set;

	set_handler(SIGTERM, end_at_once);
	set_handler(SIGINT, end_at_once);
	fill_signals(&set);
	sigdelset(&set, SIGHUP);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* --- the end, and suspects --- */

void program_log_stopped(void)
{
	struct log_field fields[STATS_COUNTERS];

	for (int i = 0; i < STATS_COUNTERS; i++)
		fields[i] =
			LOG_I(stats_name((enum stats_counter)i), stats_get((enum stats_counter)i));
	log_write(LOG_LEVEL_INFO, "stopped", fields, STATS_COUNTERS);
}

int program_run_suspect(TALLOC_CTX *ctx, struct config *config)
{
	struct bot_host *host;
	struct err e;
	sigset_t none;
	bool ok;

	sigemptyset(&none); /* the parent's mask came with us */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (!bot_host_new(ctx, config, &host, &e))
		return program_fail("suspect", &e, EXIT_FAILURE);
	ok = worker_run_suspect(host, &e);
	bot_host_free(host);
	return ok ? EXIT_SUCCESS : program_fail("suspect", &e, EXIT_FAILURE);
}

/*
 * From environment, files and command line to one configuration, with every fault in the log. What
 * a setting means is common/config's; who uses which generation of them is bot/bot.h's.
 */
#include "fcgi/settings.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sdnotify.h"

static struct config *read_all(TALLOC_CTX *ctx, const struct options *o,
			       struct config_faults **ret_faults)
{
	struct config *config = config_load(ctx, environ, ret_faults);

	if (o->threads != OPTIONS_UNSET)
		config->threads = o->threads;
	if (o->workers != OPTIONS_UNSET)
		config->workers = o->workers;
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

struct config *settings_load(TALLOC_CTX *ctx, const struct options *o, bool quiet)
{
	struct config_faults *faults;
	struct config *config = read_all(ctx, o, &faults);

	log_init("lookerbot-fcgi", config->debug);
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

void settings_reload(struct bot_host *host, const struct options *o)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct config_faults *faults;
	struct config *next;

	tell_systemd_reloading(ctx);
	next = read_all(ctx, o, &faults);
	log_faults(faults, false);
	if (faults->fatal)
		log_error("reload_refused",
			  LOG_S("note", "the settings stay as they were; mend the faults above, "
					"then send SIGHUP again"));
	else
		take_over(ctx, host, next);
	sdnotify_send("READY=1");
	talloc_free(ctx);
}

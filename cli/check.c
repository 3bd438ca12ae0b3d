/* `lookerbot check`: the settings' faults first, all of them, then the probes (probe.c) with
 * whatever could be loaded, so that one run names everything that has to be mended. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "net/http.h"

/* Names come from Slack and Looker: their control characters stay off the terminal. */
static void print_line(const char *label, const char *text)
{
	char *clean = text_clean(NULL, text, strlen(text));
	printf("%-8s %s\n", label, clean);
	talloc_free(clean);
}

void cli_report_ok(struct cli_report *r, const char *fmt, ...)
{
	(void)r;
	va_list ap;
	va_start(ap, fmt);
	char *text = mem_vprintf(NULL, fmt, ap);
	va_end(ap);
	print_line("ok", text);
	talloc_free(text);
}

void cli_report_bad(struct cli_report *r, bool fatal, const char *what, const char *problem,
		    const char *fix)
{
	*(fatal ? &r->n_faults : &r->n_warnings) += 1;
	print_line(fatal ? "fault" : "warning", what);
	print_line("", problem);
	print_line("", fix);
}

static void report_settings(TALLOC_CTX *ctx, const struct config_faults *faults,
			    struct cli_report *r)
{
	for (size_t i = 0; i < faults->n; i++) {
		const struct config_fault *f = &faults->faults[i];
		const char *what =
			*f->value ? mem_printf(ctx, "%s = %s", f->setting, f->value) : f->setting;
		cli_report_bad(r, f->fatal, what, f->problem, f->fix);
	}
}

static const char *plural(int n)
{
	return n == 1 ? "" : "s";
}

int cli_check(const char *option)
{
	(void)option;
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct config_faults *faults;
	struct cli_report r = { 0 };
	struct config *c = config_load(ctx, environ, &faults);
	log_init("lookerbot", c->debug);
	config_hide_secrets(c);

	if (c->env_file)
		cli_report_ok(&r, "settings from the environment and %s", c->env_file);
	else
		cli_report_ok(&r, "settings from the environment; there is no .env file");
	report_settings(ctx, faults, &r);
	http_start();
	cli_probe_slack(ctx, c, &r);
	cli_probe_lookers(ctx, c, &r);
	cli_probe_store(ctx, c, &r);
	cli_probe_state(ctx, c, &r);
	cli_probe_hub(c, &r);
	http_stop();

	printf("\n%d fault%s, %d warning%s\n", r.n_faults, plural(r.n_faults), r.n_warnings,
	       plural(r.n_warnings));
	talloc_free(ctx);
	return r.n_faults > 0 ? CLI_FAULT : CLI_OK;
}

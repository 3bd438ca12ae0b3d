/* Jobs of kind `catalogue`: one instance's commands are read again. */
#include <string.h>

#include "base/mem.h"
#include "bot/catalogue.h"
#include "bot/job_run.h"

/* Reads one instance's commands; its body is the instance's name. Nobody waits for it: when it
 * fails, the next use asks again. */
struct job_end job_run_catalogue(struct job_run *run)
{
	struct bot *bot = run->bot;
	struct err e;

	for (size_t i = 0; i < bot->n_lookers; i++) {
		if (strcmp(looker_name(bot->lookers[i]), run->job->body) != 0)
			continue;
		if (!catalogue_read(run->ctx, bot, i, run->deadline_ms, &e))
			return job_end_dead(run, mem_strdup(run->ctx, e.text));
		return job_end_done(run, "");
	}
	return job_end_dead(run, "this Looker is no longer configured");
}

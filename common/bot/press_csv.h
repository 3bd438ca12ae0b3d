/* A press of "All rows (CSV)": one line in the table of job_press.c. */
#ifndef BOT_PRESS_CSV_H
#define BOT_PRESS_CSV_H

#include "bot/job_run.h"
#include "bot/keys.h"

/* `so_far` is what the job's progress holds of an answer. */
struct job_end press_csv(struct job_run *run, const struct slack_inbound *in,
			 const struct reply *so_far, const struct key_meaning *key);

/* A title as a file's name on any system: "Sales.csv". */
char *press_csv_file_name(TALLOC_CTX *ctx, const char *title, const char *extension);

/* It comes into that channel now, only to share a file. */
void press_csv_joins(struct job_run *run, const char *channel_id);

/* Whether the bot came into that channel just now only to share a file: nothing to greet for. */
bool press_csv_came_in(struct job_run *run, const char *channel_id);

#endif

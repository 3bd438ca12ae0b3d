/* What fetching the rows (press_csv.c; press_file.c: as a spreadsheet) and sharing the file
 * (press_csv_share.c) have in common. */
#ifndef BOT_PRESS_CSV_PRIVATE_H
#define BOT_PRESS_CSV_PRIVATE_H

#include "bot/csv_offer.h"
#include "bot/press_csv.h"
#include "looker/download.h"

#define CSV_SLACK_DEADLINE_MS (20 * 1000LL)

/* As the progress has it. */
struct csv_step {
	bool said;
	int tries;	     /* that failed */
	int looks;	     /* for a share that may have been made */
	const char *file_id; /* NULL: nothing is uploaded */
	const char *channel; /* to which it goes */
	const char *thread_ts;
	const char *comment; /* of the share (mrkdwn) */
	const char *rows;    /* "12,345 rows" */
	const char *aside;   /* why it goes to the presser's direct messages; or NULL */
	bool sharing;	     /* that was sent: look before it is sent again */
};

struct csv_work;

/* What kind of file. */
struct csv_format {
	const char *extension;
	/* All rows of w->offer; *ret_rows: how many, 0 when nobody counts them. False: w->e. */
	bool (*fetch)(struct csv_work *w, struct looker *lk, int64_t deadline_ms,
		      struct spool **ret, uint64_t *ret_rows);
};

struct csv_work {
	const struct csv_format *format;
	struct job_run *run;
	const struct slack_inbound *in;
	struct reply reply; /* what is known of the answer: uses of the response_url */
	struct csv_offer offer;
	struct csv_step step;
	bool joined; /* the channel, just now */
	struct err e;
};

/* All steps, for what the job's progress says; to the end of the lease. */
struct job_end press_csv_run(struct csv_work *w);

/* As the progress has it: for csv_work.step. */
struct csv_step press_csv_step(struct job_run *run);

/* What of Looker is wanted for w->offer. */
struct looker_wanted press_csv_wanted(const struct csv_work *w);

/* Stores w->step. With a lane the job moves there; false: it waits for it. */
bool press_csv_keep(struct csv_work *w, const char *lane);

/* Ends the job with a word to the presser alone; `dead`: as a dead letter, or NULL. */
struct job_end press_csv_tell(struct csv_work *w, const char *mrkdwn, const char *dead);

/* Somebody has to mend something: told, and a dead letter. */
struct job_end press_csv_fail(struct csv_work *w, const char *why);

/* As w->e says: later when it may pass, and when it has not for a while, it is told. */
struct job_end press_csv_fail_or_later(struct csv_work *w);

/* From now on the file goes to the presser's direct messages. False: w->e. */
bool press_csv_go_aside(struct csv_work *w, const char *why);

/* Shares what is uploaded, in the channel's lane, to the end of the job. */
struct job_end press_csv_share(struct csv_work *w);

#endif

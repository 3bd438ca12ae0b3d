/*
 * Looker's own files of an answer: a spreadsheet (XLSX) of all rows of its query, a PDF of its
 * dashboard. For what somebody writes below an answer (`xlsx`, `pdf`; bot/followup.c): the presser
 * or writer gets them with that person's own rights, as with "All rows (CSV)".
 */
#ifndef BOT_PRESS_FILE_H
#define BOT_PRESS_FILE_H

#include "bot/csv_offer.h"
#include "bot/job_run.h"

/* The way of press_csv, with the same steps in the job's progress (`so_far` is what it holds of an
 * answer): fetched, uploaded, shared below the answer, told to the asker alone. Runs to the end of
 * the lease, and again with the same `offer` when the job is taken up again. */
struct job_end press_file_xlsx(struct job_run *run, const struct slack_inbound *in,
			       const struct reply *so_far, const struct csv_offer *offer);

/* The dashboard that an answer came of. */
struct press_file_pdf {
	const char *looker;    /* looker_name */
	const char *dashboard; /* its id; NULL: the answer is no dashboard's, which is told */
	const char *filters;   /* by name, "Region=EMEA&Period=7+days"; or NULL */
	const char *title;
	const char *link; /* in Looker, or NULL */
};

/* Answers that Looker draws it, and orders it (bot/picture.h): the file follows in the thread.
 * `so_far`: what the job's progress holds of an answer; one that is there is only delivered. */
struct job_end press_file_pdf(struct job_run *run, const struct slack_inbound *in,
			      const struct reply *so_far, const struct press_file_pdf *what);

#endif

/*
 * All rows of a query as a CSV file: streamed from Looker through the filter of base/csv.h into a
 * file without a name, never whole in memory.
 */
#ifndef LOOKER_DOWNLOAD_H
#define LOOKER_DOWNLOAD_H

#include <stdatomic.h>

#include "base/spool.h"
#include "looker/api.h"

#define LOOKER_DOWNLOAD_MAX_BYTES (1024 * 1024 * 1024)

struct looker_wanted {
	const char *query_id;
	int64_t limit;		 /* rows; -1: all */
	bool as_shown;		 /* labels, hidden fields and order as the visualization has them */
	const char *dir;	 /* for the file */
	const atomic_bool *stop; /* set: no more is wanted */
};

struct looker_download {
	struct spool *file; /* of ctx */
	uint64_t rows;	    /* without the heading */
};

/*
 * GET /queries/{id}/run/csv?limit=…, values as they are (formatted ones are no numbers to a
 * spreadsheet). Errors as looker_get has them, and those of base/spool.h. Looker appends an error
 * that comes up after the first row to the data, with status 200 (looker-sdk-ruby, streaming.md):
 * ERR_BAD_INPUT with its words; data that ends within a row are ERR_TEMPORARY. Stopped:
 * ERR_TEMPORARY.
 */
bool looker_download(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		     const struct looker_wanted *wanted, struct looker_download *ret,
		     struct err *e) ERR_MUST_CHECK;

#endif

/*
 * Files that Looker makes as a whole: a spreadsheet (XLSX) of all rows of a query, a PDF of a
 * dashboard. Streamed into a file without a name, never whole in memory, and looked at: an
 * instance that cannot make them may say 200 all the same.
 */
#ifndef LOOKER_FILE_H
#define LOOKER_FILE_H

#include "looker/download.h"

#define LOOKER_FILE_MAX_BYTES (200 * 1024 * 1024)

/*
 * GET /queries/{id}/run/xlsx?limit=…, `wanted` as for looker_download. Errors as looker_get has
 * them, and those of base/spool.h; ERR_BAD_REPLY: what came is no such file (empty, cut off, a
 * page), in words. Stopped: ERR_TEMPORARY.
 */
bool looker_file_xlsx(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		      const struct looker_wanted *wanted, struct spool **ret,
		      struct err *e) ERR_MUST_CHECK;

/* GET /render_tasks/{task}/results of a task that draws a PDF. *ret is NULL when it is not ready:
 * *ret_wait_ms is how long Looker wants to be left alone, or -1. ERR_NOT_FOUND: it is no longer
 * kept. Other errors as above. */
bool looker_file_pdf(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *task,
		     const char *dir, const atomic_bool *stop, struct spool **ret,
		     int64_t *ret_wait_ms, struct err *e) ERR_MUST_CHECK;

/* NULL, or what is wrong with the first `len` bytes of `fd` as such a file ("it is cut off"). */
const char *looker_file_xlsx_fault(int fd, size_t len);
const char *looker_file_pdf_fault(int fd, size_t len);

#endif

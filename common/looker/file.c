/*
 * One answer of any size, and whether it is the file that it should be: by its first bytes and by
 * what stands at its end. It is not read beyond that.
 */
#include "looker/file.h"

#include <string.h>
#include <unistd.h>

#include "base/form.h"
#include "base/mem.h"
#include "looker/client.h"

#define TAIL_MAX_BYTES (22 + 65535) /* of a ZIP: its last record with the longest comment */

struct kind {
	const char *name;
	const char *head, *tail;
	size_t tail_within; /* so many last bytes */
};

static const struct kind xlsx = { "spreadsheet", "PK\3\4", "PK\5\6", TAIL_MAX_BYTES };
static const struct kind pdf = { "PDF", "%PDF-", "%%EOF", 1024 };

struct stream {
	struct spool *file;
	const char *dir;
	const atomic_bool *stop;
	struct err why; /* with `refused` */
	bool refused;
};

static bool take(void *user, const char *data, size_t len)
{
	struct stream *s = user;

	s->refused = true;
	if (s->stop && atomic_load(s->stop))
		return err_set(&s->why, ERR_TEMPORARY, "the bot is being stopped");
	if (!spool_write(s->file, data, len, &s->why))
		return false;
	s->refused = false;
	return true;
}

static bool begins_with(int fd, const char *head)
{
	char buf[8] = { 0 };
	size_t len = strlen(head);

	return pread(fd, buf, len, 0) == (ssize_t)len && memcmp(buf, head, len) == 0;
}

static bool ends_with(int fd, size_t file_len, const struct kind *kind)
{
	char buf[TAIL_MAX_BYTES];
	size_t len = file_len < kind->tail_within ? file_len : kind->tail_within;
	ssize_t n = pread(fd, buf, len, (off_t)(file_len - len));

	return n == (ssize_t)len && memmem(buf, len, kind->tail, strlen(kind->tail)) != NULL;
}

static const char *fault_of(const struct kind *kind, int fd, size_t len)
{
	if (len == 0)
		return "it is empty";
	if (!begins_with(fd, kind->head))
		return "it is something else";
	return ends_with(fd, len, kind) ? NULL : "it is cut off";
}

const char *looker_file_xlsx_fault(int fd, size_t len)
{
	return fault_of(&xlsx, fd, len);
}

const char *looker_file_pdf_fault(int fd, size_t len)
{
	return fault_of(&pdf, fd, len);
}

static bool get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		struct stream *s, struct http_response **ret, struct err *e)
{
	struct http_request rq = {
		.method = "GET",
		.url = mem_printf(ctx, "%s%s", lk->config->api_url, path),
		.sink = take,
		.sink_user = s,
		.deadline_ms = deadline_ms,
		.max_bytes = LOOKER_FILE_MAX_BYTES,
	};
	struct err failure;

	if (looker_send_ready(ctx, lk, &rq, ret, &failure))
		return true;
	*e = s->refused ? s->why : failure;
	return false;
}

/* s->file is NULL when it is not ready; then *ret_wait_ms. */
static bool fetch(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const struct kind *kind,
		  const char *path, struct stream *s, int64_t *ret_wait_ms, struct err *e)
{
	struct http_response *rs = NULL;

	if (!spool_open(ctx, s->dir, LOOKER_FILE_MAX_BYTES, &s->file, e) ||
	    !get(ctx, lk, deadline_ms, path, s, &rs, e))
		return false;
	if (rs->status == 202) {
		TALLOC_FREE(s->file);
		*ret_wait_ms = rs->retry_after_ms;
		return true;
	}
	const char *fault = fault_of(kind, s->file->fd, s->file->bytes);
	if (fault)
		return err_set(e, ERR_BAD_REPLY,
			       "Looker at %s sent something that is no %s (%s); can it make them?",
			       looker_name(lk), kind->name, fault);
	return true;
}

bool looker_file_xlsx(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		      const struct looker_wanted *wanted, struct spool **ret, struct err *e)
{
	struct stream s = { .dir = wanted->dir, .stop = wanted->stop };
	int64_t wait_ms;
	char *path = mem_printf(
		ctx, "/queries/%s/run/xlsx?limit=%lld&apply_formatting=false&apply_vis=%s",
		form_escape(ctx, wanted->query_id), (long long)wanted->limit,
		wanted->as_shown ? "true" : "false");

	if (!fetch(ctx, lk, deadline_ms, &xlsx, path, &s, &wait_ms, e))
		return false;
	if (!s.file)
		return err_set(e, ERR_TEMPORARY, "Looker at %s is not done with the spreadsheet",
			       looker_name(lk));
	*ret = s.file;
	return true;
}

bool looker_file_pdf(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *task,
		     const char *dir, const atomic_bool *stop, struct spool **ret,
		     int64_t *ret_wait_ms, struct err *e)
{
	struct stream s = { .dir = dir, .stop = stop };
	char *path = mem_printf(ctx, "/render_tasks/%s/results", form_escape(ctx, task));

	if (!fetch(ctx, lk, deadline_ms, &pdf, path, &s, ret_wait_ms, e))
		return false;
	*ret = s.file;
	return true;
}

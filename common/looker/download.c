/*
 * One answer of any size, and what of it is no data: Looker has said 200 before it knows whether
 * there will be a last row, so an error is found by its shape.
 */
#include "looker/download.h"

#include <string.h>

#include "base/csv.h"
#include "base/form.h"
#include "base/mem.h"
#include "base/text.h"
#include "looker/client.h"

#define PIECE_BYTES (16 * 1024)
#define WORDS_MAX_CHARS 160

struct stream {
	const struct looker_wanted *wanted;
	struct csv_filter filter;
	struct spool *file;
	struct err *e;
	bool refused; /* *e says why */
	char out[CSV_OUT_MAX(PIECE_BYTES)];
};

static bool take(void *user, const char *data, size_t len)
{
	struct stream *s = user;

	if (s->wanted->stop && atomic_load(s->wanted->stop)) {
		s->refused = true;
		return err_set(s->e, ERR_TEMPORARY, "the bot is being stopped");
	}
	for (size_t at = 0; at < len; at += PIECE_BYTES) {
		size_t piece = len - at < PIECE_BYTES ? len - at : PIECE_BYTES;
		size_t n = csv_filter_feed(&s->filter, data + at, piece, s->out);

		if (!spool_write(s->file, s->out, n, s->e)) {
			s->refused = true;
			return false;
		}
	}
	return true;
}

static bool says_error(const char *line)
{
	return strcasestr(line, "error") != NULL || strcasestr(line, "exception") != NULL;
}

/* A record that is none: the only cell where there should be more, or one that says so. */
static bool is_message(const struct csv_filter *f)
{
	if (f->odd > 0)
		return f->odd_cells == 1 || says_error(f->line);
	/* One column, or nothing but a heading: only words can tell, as "SQL Error: …". */
	const char *colon = strchr(f->line, ':');
	return f->columns == 1 && colon && says_error(f->line) &&
	       strcasestr(f->line, "error") < colon;
}

static bool judge(TALLOC_CTX *ctx, const struct looker *lk, const struct csv_filter *f,
		  const struct http_response *rs, struct err *e)
{
	const char *name = looker_name(lk);

	if (strcmp(rs->content_type, "application/json") == 0 ||
	    strcmp(rs->content_type, "text/html") == 0)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s sent no CSV but %s", name,
			       rs->content_type);
	if (is_message(f)) {
		char *words = text_clean(ctx, f->line, strlen(f->line));
		return err_set(e, ERR_BAD_INPUT, "Looker at %s: %s", name,
			       text_cut(ctx, text_trim(ctx, words), WORDS_MAX_CHARS));
	}
	if (f->open)
		return err_set(e, ERR_TEMPORARY, "Looker at %s: the data end within a row", name);
	if (f->records == 0)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s sent an empty answer", name);
	return true;
}

static char *path_of(TALLOC_CTX *ctx, const struct looker_wanted *w)
{
	return mem_printf(ctx, "/queries/%s/run/csv?limit=%lld&apply_formatting=false&apply_vis=%s",
			  form_escape(ctx, w->query_id), (long long)w->limit,
			  w->as_shown ? "true" : "false");
}

static bool fetch(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, struct stream *s,
		  struct err *e)
{
	struct http_request rq = {
		.method = "GET",
		.url = mem_printf(ctx, "%s%s", lk->config->api_url, path_of(ctx, s->wanted)),
		.sink = take,
		.sink_user = s,
		.deadline_ms = deadline_ms,
		.max_bytes = LOOKER_DOWNLOAD_MAX_BYTES,
	};
	struct http_response *rs;
	struct err failure, why;

	s->e = &why;
	if (!looker_send(ctx, lk, &rq, &rs, &failure)) {
		*e = s->refused ? why : failure;
		return false;
	}
	size_t n = csv_filter_end(&s->filter, s->out);
	return judge(ctx, lk, &s->filter, rs, e) && spool_write(s->file, s->out, n, e);
}

bool looker_download(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		     const struct looker_wanted *wanted, struct looker_download *ret, struct err *e)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	struct stream *s = mem_zero(tmp, struct stream);

	s->wanted = wanted;
	bool ok = spool_open(tmp, wanted->dir, LOOKER_DOWNLOAD_MAX_BYTES, &s->file, e) &&
		  fetch(tmp, lk, deadline_ms, s, e);
	if (ok) {
		ret->file = talloc_steal(ctx, s->file);
		ret->rows = s->filter.records - 1;
	}
	talloc_free(tmp);
	return ok;
}

/*
 * The steps of an upload, each one exchange. Whom a file may be shared with, what a lost answer
 * means and when to begin anew is bot/press_csv.c.
 */
#include "slack/files.h"

#include "base/form.h"
#include "base/mem.h"
#include "net/url.h"
#include "slack/api_call.h"

bool slack_files_begin(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *name, size_t len, struct slack_upload *ret,
		       struct slack_outcome *outcome, struct err *e)
{
	struct slack_call c = slack_call_to(api, "files.getUploadURLExternal", SLACK_REPEATS,
					    deadline_ms, outcome);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;

	form_append(&form, "filename", name);
	form_append(&form, "length", mem_printf(ctx, "%zu", len));
	if (!slack_call_form(ctx, &c, form, &answer, NULL, e))
		return false;
	const char *url = json_str(answer, "upload_url"), *id = json_str(answer, "file_id");
	if (!url || !id)
		return err_set(e, ERR_BAD_REPLY,
			       "Slack (files.getUploadURLExternal): the answer has no address");
	*ret = (struct slack_upload){ .url = url, .file_id = id };
	return true;
}

bool slack_files_host_ok(const char *upload_url, const char *api_url)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct url *to = NULL, *api = NULL;
	struct err e;
	bool ok = false;

	if (url_parse(ctx, upload_url, &to, &e)) {
		bool slack =
			url_host_within(to, "slack.com") || url_host_within(to, "slack-gov.com");
		bool own = url_parse(ctx, api_url, &api, &e) && strcmp(to->host, api->host) == 0;
		bool plain = strcmp(to->scheme, "http") == 0 && url_is_loopback(to);
		ok = (slack || own) && (plain || strcmp(to->scheme, "https") == 0);
	}
	talloc_free(ctx);
	return ok;
}

bool slack_files_send(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *upload_url, int fd, size_t len, struct err *e)
{
	struct slack_call c = slack_call_to(api, "file upload", SLACK_REPEATS, deadline_ms, NULL);
	struct http_header headers[] = { { "Content-Type", "application/octet-stream" } };
	struct http_file file = { .fd = fd, .len = len };
	struct http_request rq = {
		.url = upload_url,
		.headers = headers,
		.n_headers = 1,
		.file = &file,
	};
	struct http_response *rs = NULL;

	c.secret_path = true;
	/* It came in from outside: never let it choose whom we talk to. */
	if (!slack_files_host_ok(upload_url, api->base_url))
		return err_set(e, ERR_BAD_REPLY,
			       "Slack (files.getUploadURLExternal): the address for the file is "
			       "not one of Slack's");
	if (!slack_call_send(ctx, &c, &rq, &rs, e))
		return false;
	if (rs->status == 200)
		return true;
	return err_set(e, ERR_TEMPORARY, "Slack did not take the file (%s)",
		       slack_call_describe(ctx, &c, rs));
}

bool slack_files_complete(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			  const struct slack_share *share, struct slack_outcome *outcome,
			  struct err *e)
{
	struct slack_call c = slack_call_to(api, "files.completeUploadExternal", SLACK_WRITES,
					    deadline_ms, outcome);
	struct json_object *files = json_new_array(ctx), *file = json_object_new_object();
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;

	json_set_str(file, "id", share->file_id);
	json_set_str(file, "title", share->title);
	json_object_array_add(files, file);
	form_append(&form, "files", json_text(files));
	if (share->channel_id)
		form_append(&form, "channel_id", share->channel_id);
	if (share->thread_ts)
		form_append(&form, "thread_ts", share->thread_ts);
	if (share->comment)
		form_append(&form, "initial_comment", share->comment);
	return slack_call_form(ctx, &c, form, &answer, NULL, e);
}

static bool has_members(const struct json_object *o)
{
	return o && json_object_object_length(o) > 0;
}

/* *ret is NULL when the answer has none. */
static bool file_info(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *file_id, struct json_object **ret, struct err *e)
{
	struct slack_call c = slack_call_to(api, "files.info", SLACK_READS, deadline_ms, NULL);
	char *form = mem_strdup(ctx, "");
	struct json_object *answer = NULL;

	form_append(&form, "file", file_id);
	if (!slack_call_form(ctx, &c, form, &answer, NULL, e))
		return false;
	*ret = json_object_at(answer, "file");
	return true;
}

bool slack_files_ready(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const char *file_id, bool *ret_ready, struct err *e)
{
	struct json_object *file = NULL;

	if (!file_info(ctx, api, deadline_ms, file_id, &file, e))
		return false;
	*ret_ready = json_str_or(file, "mimetype", "")[0] != '\0';
	return true;
}

bool slack_files_shared(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			const char *file_id, bool *ret_shared, struct err *e)
{
	struct json_object *file = NULL;

	if (!file_info(ctx, api, deadline_ms, file_id, &file, e))
		return false;
	struct json_object *shares = json_object_at(file, "shares");
	*ret_shared = has_members(json_object_at(shares, "public")) ||
		      has_members(json_object_at(shares, "private"));
	return true;
}

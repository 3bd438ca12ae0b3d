/*
 * Answers over FastCGI: status, a JSON body with a reason, the request's id. The one place that
 * knows which HTTP status an error kind is. It does not log and does not close the connection.
 */
#include "fcgi/response.h"

#include <fcgiapp.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 413, "Content Too Large" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
};

/* What a caller is to make of each kind: 503 says "send it again later". */
static const int kind_status[] = {
	[ERR_NONE] = 500,      [ERR_BAD_INPUT] = 400, [ERR_AUTH] = 401,
	[ERR_FORBIDDEN] = 403, [ERR_NOT_FOUND] = 404, [ERR_RATE_LIMITED] = 503,
	[ERR_TEMPORARY] = 503, [ERR_UNKNOWN] = 503,   [ERR_BAD_REPLY] = 502,
	[ERR_INTERNAL] = 500,
};

static const char *phrase_find(int status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Status";
}

void response_ok(struct response *rs, const char *json)
{
	*rs = (struct response){ .status = 200, .body = json };
}

void response_refuse(TALLOC_CTX *ctx, struct response *rs, int status, const char *reason)
{
	struct json_object *o = json_new_object(ctx);

	json_set_bool(o, "success", false);
	json_set_str(o, "reason", reason);
	*rs = (struct response){
		.status = status,
		.body = mem_strdup(ctx, json_text(o)),
		.note = mem_strdup(ctx, reason),
	};
}

void response_error(TALLOC_CTX *ctx, struct response *rs, const struct err *e)
{
	response_refuse(ctx, rs, kind_status[e->kind], e->text);
}

bool response_send(const struct request *rq, const struct response *rs)
{
	struct FCGX_Stream *out = rq->fcgx->out;
	const size_t body_len = strlen(rs->body);
	char *head = mem_printf((TALLOC_CTX *)rq, "Status: %d %s\r\n", rs->status,
				phrase_find(rs->status));

	if (body_len > 0)
		mem_append(&head, "Content-Type: application/json; charset=utf-8\r\n");
	if (rs->allow)
		mem_appendf(&head, "Allow: %s\r\n", rs->allow);
	mem_appendf(&head,
		    "Content-Length: %zu\r\n"
		    "Cache-Control: no-store\r\n"
		    "X-Request-Id: %s\r\n"
		    "\r\n",
		    body_len, rq->id);

	FCGX_PutS(head, out);
	if (rq->method != REQUEST_HEAD)
		FCGX_PutStr(rs->body, (int)body_len, out);
	/* In this order both streams and the end of the request leave in one write. */
	return FCGX_FClose(rq->fcgx->err) == 0 && FCGX_FClose(out) == 0;
}

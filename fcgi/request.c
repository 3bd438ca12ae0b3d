/*
 * Reads a request from libfcgi's streams: parameters into fields, the body up to a limit, a form
 * out of the body. It trusts neither CONTENT_LENGTH nor the peer's patience. It decides nothing:
 * which limit holds and whether a form is wanted is the route's business.
 */
#include "fcgi/request.h"

#include <ctype.h>
#include <fcgiapp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

/* A peer that sends a byte now and then must not hold its thread for ever. */
#define BODY_TIMEOUT_MS 30000
#define BODY_CHUNK_BYTES 16384
#define HEADER_NAME_MAX 64

#define FORM_TYPE "application/x-www-form-urlencoded"

static const struct {
	enum request_method method;
	const char *name;
} methods[] = {
	{ REQUEST_GET, "GET" },
	{ REQUEST_HEAD, "HEAD" },
	{ REQUEST_POST, "POST" },
};

static enum request_method method_find(const char *name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i].name, name) == 0)
			return methods[i].method;
	return REQUEST_OTHER;
}

const char *request_method_name(enum request_method method)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].method == method)
			return methods[i].name;
	return "other";
}

/* A FastCGI parameter; "" when absent. */
static const char *param(const struct request *rq, const char *name)
{
	const char *value = FCGX_GetParam(name, rq->fcgx->envp);

	return value ? value : "";
}

/* nginx's $request_id when it looks like one (it goes into our log and our answer). */
static const char *make_id(struct request *rq)
{
	const char *given = param(rq, "REQUEST_ID");
	unsigned char bytes[REQUEST_ID_CHARS / 2];
	char hex[REQUEST_ID_CHARS + 1];

	if (strlen(given) == REQUEST_ID_CHARS &&
	    strspn(given, "0123456789abcdef") == REQUEST_ID_CHARS)
		return mem_strdup(rq, given);
	randombytes_buf(bytes, sizeof(bytes));
	return mem_strdup(rq, sodium_bin2hex(hex, sizeof(hex), bytes, sizeof(bytes)));
}

/* DOCUMENT_URI is decoded and normalised by nginx; other servers may send only the later ones. */
static const char *make_path(struct request *rq)
{
	static const char *const names[] = { "DOCUMENT_URI", "SCRIPT_NAME", "REQUEST_URI" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = param(rq, names[i]);

		if (value[0] == '/')
			return mem_strndup(rq, value, strcspn(value, "?"));
	}
	return "";
}

struct request *request_new(struct FCGX_Request *fcgx)
{
	struct request *rq = mem_zero(NULL, struct request);

	rq->fcgx = fcgx;
	rq->started_ms = clock_mono_ms();
	rq->id = make_id(rq);
	rq->method = method_find(param(rq, "REQUEST_METHOD"));
	rq->path = make_path(rq);
	rq->query = param(rq, "QUERY_STRING");
	rq->body = "";
	rq->form_problem = rq->json_problem = "The request has no body.";
	return rq;
}

const char *request_header(const struct request *rq, const char *name)
{
	char key[HEADER_NAME_MAX] = "HTTP_";
	size_t n = strlen(key);

	for (; *name && n < sizeof(key) - 1; name++)
		key[n++] = *name == '-' ? '_' : (char)toupper((unsigned char)*name);
	key[n] = '\0';
	return FCGX_GetParam(key, rq->fcgx->envp);
}

enum request_body request_read_body(struct request *rq, size_t max_bytes)
{
	const char *length = param(rq, "CONTENT_LENGTH");
	const int64_t deadline_ms = clock_deadline_ms(BODY_TIMEOUT_MS);
	int64_t announced = -1;
	char *body;
	int n;

	if (length[0] != '\0' && !text_to_int(length, 0, INT64_MAX, &announced))
		return REQUEST_BODY_BROKEN;
	if (announced > (int64_t)max_bytes)
		return REQUEST_BODY_TOO_LARGE;

	body = mem_strdup(rq, "");
	for (size_t total = 0;; total += (size_t)n) {
		char chunk[BODY_CHUNK_BYTES];

		n = FCGX_GetStr(chunk, sizeof(chunk), rq->fcgx->in);
		if (n <= 0)
			break;
		if (total + (size_t)n > max_bytes)
			return REQUEST_BODY_TOO_LARGE;
		if (clock_left_ms(deadline_ms) == 0)
			return REQUEST_BODY_BROKEN;
		mem_append_n(&body, chunk, (size_t)n);
		rq->body_len = total + (size_t)n;
	}
	if (FCGX_GetError(rq->fcgx->in) != 0 ||
	    (announced >= 0 && (size_t)announced != rq->body_len)) {
		rq->body_len = 0;
		return REQUEST_BODY_BROKEN;
	}
	rq->body = body;
	return REQUEST_BODY_READ;
}

int64_t request_announced(const struct request *rq)
{
	int64_t n;

	return text_to_int(param(rq, "CONTENT_LENGTH"), 0, INT64_MAX, &n) ? n : -1;
}

void request_drop_body(struct request *rq)
{
	if (rq->body_len > 0)
		talloc_free((void *)rq->body);
	rq->body = "";
	rq->body_len = 0;
}

/* The media type without its parameters. */
static bool is_form_type(const char *type)
{
	size_t n = strcspn(type, "; \t");

	return n == strlen(FORM_TYPE) && strncasecmp(type, FORM_TYPE, n) == 0;
}

void request_parse_form(struct request *rq)
{
	struct form *form;
	struct err e;

	if (!is_form_type(param(rq, "CONTENT_TYPE"))) {
		rq->form_problem = "The body must be a form (" FORM_TYPE "), as Slack sends it.";
		return;
	}
	if (!form_parse(rq, rq->body, rq->body_len, &form, &e)) {
		rq->form_problem = mem_printf(rq, "The form cannot be read: %s.", e.text);
		return;
	}
	rq->form = form;
}

static void parse_json(struct request *rq, const char *text, size_t len)
{
	struct json_object *o;
	struct err e;

	if (!json_parse(rq, text, len, &o, &e))
		rq->json_problem = mem_printf(rq, "The JSON cannot be read: %s.", e.text);
	else if (!json_object_is_type(o, json_type_object))
		rq->json_problem = "The JSON is no object.";
	else
		rq->json = o;
}

void request_parse_json(struct request *rq)
{
	parse_json(rq, rq->body, rq->body_len);
}

void request_parse_json_field(struct request *rq, const char *field)
{
	const char *text = NULL;

	if (!rq->form)
		request_parse_form(rq);
	if (!rq->form)
		rq->json_problem = rq->form_problem;
	else if ((text = form_get(rq->form, field)) == NULL)
		rq->json_problem = mem_printf(rq, "The form has no field \"%s\".", field);
	else
		parse_json(rq, text, strlen(text));
}

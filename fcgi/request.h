/*
 * One HTTP request as it came over FastCGI, read with limits. A request is one talloc context:
 * what belongs to it, its answer included, is allocated below it and dies with it.
 */
#ifndef FCGI_REQUEST_H
#define FCGI_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/form.h"

#define REQUEST_ID_CHARS 32

/* Bits, so that a route can name several. */
enum request_method {
	REQUEST_OTHER = 0,
	REQUEST_GET = 1 << 0,
	REQUEST_HEAD = 1 << 1,
	REQUEST_POST = 1 << 2,
};

struct FCGX_Request;
struct json_object;

struct request {
	struct FCGX_Request *fcgx;
	const char *id; /* REQUEST_ID_CHARS hex digits: nginx's, else random */
	enum request_method method;
	const char *path;  /* without the query */
	const char *query; /* "" when there is none */
	const char *body;  /* NUL-terminated; "" until request_read_body */
	size_t body_len;
	const struct form *form;	/* NULL: the body is no form, form_problem says why */
	const char *form_problem;	/* a sentence for the sender */
	const struct json_object *json; /* NULL: json_problem says why */
	const char *json_problem;
	const bool *token_of; /* by auth_looker: whether it is that configured Looker's; or NULL */
	int64_t started_ms;   /* monotonic */
};

/* Takes over an accepted FastCGI request (kept by the caller until talloc_free). */
struct request *request_new(struct FCGX_Request *fcgx);

/* A request header by its HTTP name in any case; NULL when absent. Lives as long as the FastCGI
 * request. */
const char *request_header(const struct request *rq, const char *name);

/* "GET", "POST", ...; "other" for what no route takes. */
const char *request_method_name(enum request_method method);

enum request_body {
	REQUEST_BODY_READ,
	REQUEST_BODY_TOO_LARGE, /* more than max_bytes, announced or sent */
	REQUEST_BODY_BROKEN,	/* shorter or longer than announced, or the peer fell silent */
};

/* Reads the whole body; on anything but READ, rq->body stays "". */
enum request_body request_read_body(struct request *rq, size_t max_bytes) ERR_MUST_CHECK;

/* What Content-Length says, -1 when it says nothing that can be used. */
int64_t request_announced(const struct request *rq);

/* Gives the body's memory back before the request ends. */
void request_drop_body(struct request *rq);

/* Fills rq->form, or rq->form_problem. */
void request_parse_form(struct request *rq);

/* Fills rq->json, or rq->json_problem, from the body. */
void request_parse_json(struct request *rq);

/* The same from a field of the form, which is parsed first. */
void request_parse_json_field(struct request *rq, const char *field);

#endif

/* The answer to one request: filled by authentication or a handler, sent once. */
#ifndef FCGI_RESPONSE_H
#define FCGI_RESPONSE_H

#include <talloc.h>

#include "base/err.h"
#include "fcgi/request.h"

struct response {
	int status;
	const char *body;  /* JSON; "" for none */
	const char *allow; /* the methods, with 405; else NULL */
	const char *note;  /* why, for our log alone; NULL when there is nothing to say */
	int64_t job;	   /* the job that came of it, for our log; 0 when none */
};

/* 200 with a JSON text, or with nothing when it is "". */
void response_ok(struct response *rs, const char *json);

/* {"success":false,"reason":"..."}: one plain sentence for whoever called. */
void response_refuse(TALLOC_CTX *ctx, struct response *rs, int status, const char *reason);

/* The same from an error: the status follows from the kind, the text is the reason. */
void response_error(TALLOC_CTX *ctx, struct response *rs, const struct err *e);

/* Writes status line, headers, body and the end of the request; false when the peer did not take
 * them all. */
bool response_send(const struct request *rq, const struct response *rs) ERR_MUST_CHECK;

#endif

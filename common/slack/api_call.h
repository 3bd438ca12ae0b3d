/* One exchange with Slack, its answer judged; what the methods of api.c share. Private to slack/.
 */
#ifndef SLACK_API_CALL_H
#define SLACK_API_CALL_H

#include "net/http.h"
#include "slack/api.h"

struct slack_api {
	const char *base_url;
	const char *authorization;
};

/* What a call changes. When nobody knows whether it was done, READS and REPEATS are made again. */
enum slack_effect {
	SLACK_READS,
	SLACK_REPEATS, /* changes something, and twice is the same as once */
	SLACK_WRITES,
};

struct slack_call {
	const struct slack_api *api;
	const char *method;
	enum slack_effect effect;
	int64_t deadline_ms;
	size_t max_bytes;
	struct slack_outcome *outcome; /* may be NULL */
	bool secret_path;	       /* a response_url: error pages like to repeat the path */
};

#define SLACK_ANSWER_MAX_BYTES (1024 * 1024)

/* A call as most are: an answer of at most SLACK_ANSWER_MAX_BYTES. */
struct slack_call slack_call_to(const struct slack_api *api, const char *method,
				enum slack_effect effect, int64_t deadline_ms,
				struct slack_outcome *outcome);

/* Calls the method with a form as body. *ret is the answer that says ok; ret_rs may be NULL. */
bool slack_call_form(TALLOC_CTX *ctx, const struct slack_call *c, const char *form,
		     struct json_object **ret, struct http_response **ret_rs,
		     struct err *e) ERR_MUST_CHECK;

/* Sends; any answer but 429 and 5xx comes back. */
bool slack_call_send(TALLOC_CTX *ctx, const struct slack_call *c, struct http_request *rq,
		     struct http_response **ret, struct err *e) ERR_MUST_CHECK;

/* The error of an answer that says no. Always false. */
bool slack_call_refuse(TALLOC_CTX *ctx, const struct slack_call *c, const struct http_response *rs,
		       const struct json_object *answer, struct err *e);

/* The answer in words, without a secret path. */
char *slack_call_describe(TALLOC_CTX *ctx, const struct slack_call *c,
			  const struct http_response *rs);

void slack_call_clear(struct slack_outcome *outcome);

#endif

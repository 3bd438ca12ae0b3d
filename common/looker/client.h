/* What one instance is to the files of looker/: its settings and tokens. Private to looker/. */
#ifndef LOOKER_CLIENT_H
#define LOOKER_CLIENT_H

#include <pthread.h>

#include "looker/api.h"
#include "net/http.h"

#define LOOKER_TOKEN_MAX_BYTES 2048
#define LOOKER_LOGIN_MAX_BYTES (64 * 1024) /* of a login's answer */
#define LOOKER_API_PATH "/api/4.0"	   /* config/ sees to it that every api_url ends in it */

/* The token of one Looker user. `lock` guards all that follows it and is never held across I/O. */
struct looker_auth {
	const char *user_id; /* NULL: the account that client id and secret belong to */
	pthread_mutex_t lock;
	pthread_cond_t done;		    /* a login ended */
	bool busy;			    /* somebody is logging in */
	uint64_t round;			    /* logins that ended so far */
	struct err failure;		    /* of the last round; ERR_NONE when it succeeded */
	bool out_of_time;		    /* that failure came from its caller's deadline only */
	char token[LOOKER_TOKEN_MAX_BYTES]; /* "" when there is none */
	uint64_t generation;		    /* of the token */
	int64_t renew_at_ms;		    /* monotonic */
	int64_t expires_at_ms;		    /* monotonic */
};

struct looker_sessions;

/* A handle: an instance, and whose rights its calls have. */
struct looker {
	const struct config_looker *config;
	struct http_tls tls;
	struct looker_auth *auth;
	struct looker *own; /* the bot's own handle: itself, or who logged in for it */
	struct looker_sessions *sessions; /* of the own handle and all that it made */
};

/* A token copied from lk->auth, with the generation that looker_auth_drop wants back. */
struct looker_token {
	char text[LOOKER_TOKEN_MAX_BYTES];
	uint64_t generation;
};

/* `user_id` must outlive it. */
void looker_auth_init(struct looker_auth *a, const char *user_id);
void looker_auth_release(struct looker_auth *a);

/* A live token; logs in when there is none, or waits for the thread that does. */
bool looker_auth_get(struct looker *lk, int64_t deadline_ms, struct looker_token *ret,
		     struct err *e) ERR_MUST_CHECK;

/* Looker refused the token of that generation: nobody gets it any more. */
void looker_auth_drop(struct looker *lk, uint64_t generation);

/* The tokens of other users (auth_as.c). They live until the own handle and all handles made from
 * it are gone, in whatever order that is. */
struct looker_sessions *looker_sessions_new(void);
void looker_sessions_drop(struct looker_sessions *s);

/* POST /login/{user_id} with the own account's token; *ret is the login's answer. Refusals as
 * looker_as has them. */
bool looker_as_login(TALLOC_CTX *ctx, const struct looker *lk, int64_t deadline_ms,
		     struct json_object **ret, struct err *e) ERR_MUST_CHECK;

/* Sends with a live token, once more with a new one after a 401. *ret has status 200; all else is
 * an error as looker_get has them. `rq` needs no headers and no trust. */
bool looker_send(TALLOC_CTX *ctx, struct looker *lk, struct http_request *rq,
		 struct http_response **ret, struct err *e) ERR_MUST_CHECK;

/* The same for what may not be ready yet: *ret is a 200, or a 202. */
bool looker_send_ready(TALLOC_CTX *ctx, struct looker *lk, struct http_request *rq,
		       struct http_response **ret, struct err *e) ERR_MUST_CHECK;

/* Looker's answer as an error: kind by status, text by Looker's words. Always returns false. */
bool looker_reply_error(const struct looker *lk, const struct http_response *rs, struct err *e);

/* The answer's JSON, owned by ctx. ERR_BAD_REPLY for a page or broken JSON. */
bool looker_reply_json(TALLOC_CTX *ctx, const struct looker *lk, const struct http_response *rs,
		       struct json_object **ret, struct err *e) ERR_MUST_CHECK;

/* As looker_get, for what is no JSON: *ret is a 200, or a 202 (not ready yet). */
bool looker_get_bytes(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		      size_t max_bytes, struct http_response **ret, struct err *e) ERR_MUST_CHECK;

/* As looker_post, for what must not be done twice: ERR_UNKNOWN when it was sent and nobody can tell
 * what came of it (no answer, 5xx, an answer that cannot be read); all other kinds say that it was
 * not done. A 401 proves that nothing was, and the call is made again with a new token. */
bool looker_post_once(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		      struct json_object *body, size_t max_bytes, struct json_object **ret,
		      struct err *e) ERR_MUST_CHECK;

/* The filters of a Dashboard object in display order. */
void looker_filters_read(TALLOC_CTX *ctx, const struct json_object *dashboard,
			 struct looker_dashboard *ret);

/* Heads a Dashboard object: id, title, description, updated_at and its filters. */
void looker_dashboard_read_head(TALLOC_CTX *ctx, const struct json_object *o,
				struct looker_dashboard *ret);

/* The fields that looker_dashboard_read_head needs, for `fields=`. */
#define LOOKER_DASHBOARD_HEAD_FIELDS                                                               \
	"id,title,description,updated_at,deleted,"                                                 \
	"dashboard_filters(name,title,type,default_value,required,row,field,model)"

#endif

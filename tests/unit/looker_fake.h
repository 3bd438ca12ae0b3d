/* A Looker in the test's own process: answers by a table of paths, counts logins. */
#ifndef TESTS_LOOKER_FAKE_H
#define TESTS_LOOKER_FAKE_H

#include <stdatomic.h>

#include "httpd.h"
#include "looker/api.h"

struct looker_fake_path {
	const char *method;
	const char *path; /* what the request's path begins with */
	int status;
	const char *type; /* NULL: application/json */
	const char *body;
	size_t missing;
};

struct looker_fake {
	/* set by the test */
	const struct looker_fake_path *paths;
	size_t n_paths;
	int login_status;	/* 0: 200 */
	const char *login_body; /* NULL: a token that counts up */
	const char *login_type;
	int expires_in_s; /* 0: 3600 */
	int login_ms;	  /* how long a login takes */
	int refuse;	  /* so many calls are answered 401, whatever the token */
	/* written by the server */
	atomic_int logins;
	atomic_int calls;
	char last_path[4096];
	char last_body[HTTPD_REQUEST_MAX_BYTES];
	char last_login[4096];
	char token[64];
	char login_answer[256];
	struct httpd *httpd;
	/* for the test */
	char url[64];
	struct config_looker config;
	struct looker *lk;
	TALLOC_CTX *ctx;
};

void looker_fake_start(struct looker_fake *f);
void looker_fake_stop(struct looker_fake *f);

/* Monotonic, far enough away. */
int64_t looker_fake_deadline(void);

#endif

/*
 * The in-process Looker: /login gives tokens, everything else needs the newest one, as the real
 * one does; what is not in the test's table is Looker's 404.
 */
#include "looker_fake.h"

#include "base/clock.h"
#include "base/mem.h"

#define NEEDS_LOGIN "{\"message\":\"Requires authentication.\",\"documentation_url\":\"\"}"
#define NOT_FOUND "{\"message\":\"Not found\",\"documentation_url\":\"\"}"

static void copy(char *ret, size_t size, const char *s)
{
	snprintf(ret, size, "%s", s);
}

static void on_login(struct looker_fake *f, const struct httpd_request *rq,
		     struct httpd_answer *ret)
{
	int n = atomic_fetch_add(&f->logins, 1) + 1;

	copy(f->last_login, sizeof(f->last_login), rq->body);
	if (f->login_ms > 0)
		clock_sleep_until(clock_deadline_ms(f->login_ms));
	if (f->login_status == 0 && f->login_body == NULL)
		snprintf(f->token, sizeof(f->token), "Bearer tok%d", n);
	snprintf(f->login_answer, sizeof(f->login_answer),
		 "{\"access_token\":\"tok%d\",\"token_type\":\"Bearer\",\"expires_in\":%d,"
		 "\"refresh_token\":null}",
		 n, f->expires_in_s != 0 ? f->expires_in_s : 3600);
	ret->status = f->login_status != 0 ? f->login_status : 200;
	ret->body = f->login_body != NULL ? f->login_body : f->login_answer;
	if (f->login_type != NULL)
		ret->type = f->login_type;
}

static void on_call(struct looker_fake *f, const struct httpd_request *rq, struct httpd_answer *ret)
{
	atomic_fetch_add(&f->calls, 1);
	copy(f->last_path, sizeof(f->last_path), rq->path);
	copy(f->last_body, sizeof(f->last_body), rq->body);
	if (f->refuse > 0 || strcmp(rq->authorization, f->token) != 0) {
		f->refuse -= f->refuse > 0;
		ret->status = 401;
		ret->body = NEEDS_LOGIN;
		return;
	}
	ret->status = 404;
	ret->body = NOT_FOUND;
	for (size_t i = 0; i < f->n_paths; i++) {
		const struct looker_fake_path *p = &f->paths[i];

		if (strcmp(p->method, rq->method) != 0 ||
		    strncmp(rq->path, p->path, strlen(p->path)) != 0)
			continue;
		ret->status = p->status;
		ret->body = p->body;
		ret->missing = p->missing;
		if (p->type != NULL)
			ret->type = p->type;
		return;
	}
}

static void on_request(void *arg, const struct httpd_request *rq, struct httpd_answer *ret)
{
	if (strcmp(rq->path, "/api/4.0/login") == 0)
		on_login(arg, rq, ret);
	else
		on_call(arg, rq, ret);
}

void looker_fake_start(struct looker_fake *f)
{
	f->ctx = mem_ctx(NULL);
	f->httpd = httpd_start(on_request, f);
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%d/api/4.0", httpd_port(f->httpd));
	f->config = (struct config_looker){
		.name = "shop.example.com",
		.url = "https://shop.example.com",
		.api_url = f->url,
		.client_id = "id&1",
		.client_secret = "sec ret",
	};
	f->lk = looker_new(f->ctx, &f->config, true, NULL);
}

void looker_fake_stop(struct looker_fake *f)
{
	if (f->httpd != NULL)
		httpd_stop(f->httpd);
	talloc_free(f->ctx);
	f->httpd = NULL;
}

int64_t looker_fake_deadline(void)
{
	return clock_deadline_ms(20 * 1000);
}

/* A store and a server in this process that says what the test wants. */
#ifndef TEST_STORE_H
#define TEST_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http.h"
#include "store/store.h"
#include "test_http_server.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TOKEN_JSON "{\"access_token\":\"token-not-a-secret\",\"expires_in\":3599}"

/* The n-th answer to the n-th request, the last one for ever; and what was asked. */
struct answer {
	int status;
	const char *headers; /* or NULL */
	const char *body;
};

static struct {
	const struct answer *answers;
	size_t n;
	int base; /* requests before this script */
	char requests[6][8192];
} script;

static inline bool serve(struct server_conn *c, const char *path, int nth)
{
	size_t i = (size_t)(nth - script.base - 1), at = i < script.n ? i : script.n - 1;
	const struct answer *a = &script.answers[at];
	char head[256];

	(void)path;
	if (i < COUNT(script.requests))
		snprintf(script.requests[i], sizeof(script.requests[i]), "%.8000s", c->s->last);
	if (a->status == 0) {
		server_reset(c);
		return false;
	}
	snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n", a->status,
		 a->headers ? a->headers : "", strlen(a->body));
	server_say(c, head);
	server_say(c, a->body);
	return true;
}

struct fixture {
	TALLOC_CTX *ctx;
	struct server *s;
	const char *url;
	struct config config;
	struct err e;
};

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->ctx = mem_ctx(NULL);
	f->s = server_start(serve, NULL);
	f->url = mem_printf(f->ctx, "http://127.0.0.1:%d", f->s->port);
	f->config.s3_region = "us-east-1";
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	server_stop(f->s);
	talloc_free(f->ctx);
	free(f);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static inline void answers(struct fixture *f, const struct answer *list, size_t n)
{
	script.answers = list;
	script.n = n;
	script.base = f->s->n_requests;
	memset(script.requests, 0, sizeof(script.requests));
}

static inline void use_s3(struct fixture *f)
{
	f->config.s3_bucket = "pictures";
	f->config.s3_endpoint = mem_printf(f->ctx, "%s/", f->url);
	f->config.aws_access_key_id = "AKIDEXAMPLE";
	f->config.aws_secret_access_key = "aws-not-a-secret";
}

static inline void use_azure(struct fixture *f)
{
	f->config.azure_account = "acme";
	f->config.azure_container = "pictures";
	f->config.azure_key = "bm90LWEtc2VjcmV0";
	f->config.azure_endpoint = mem_printf(f->ctx, "%s/acme", f->url);
}

static inline void use_google(struct fixture *f)
{
	f->config.gcs_bucket = "pictures";
	f->config.gcs_endpoint = f->url;
	f->config.gce_metadata_host = f->url + strlen("http://");
}

static const struct store_object picture = { "not a PNG", 9, "image/png", "png", NULL };

static inline bool put(struct fixture *f, struct store *s, const char **ret_url)
{
	return store_put(f->ctx, s, clock_deadline_ms(10000), &picture, ret_url, &f->e);
}

static inline void has(const char *request, const char *text)
{
	if (!strcasestr(request, text))
		fail_msg("no \"%s\" in:\n%s", text, request);
}

#endif

/* A client and a server for one test of the HTTP client. */
#ifndef TEST_HTTP_FIXTURE_H
#define TEST_HTTP_FIXTURE_H

#include "base/clock.h"
#include "base/mem.h"
#include "net/http.h"
#include "test_http_server.h"

#define SECRET "s3cr3t" /* stands in paths and queries: no error may name it */
#define OK_LEN "HTTP/1.1 200 OK\r\nContent-Length: "

struct fixture {
	TALLOC_CTX *ctx;
	struct server *s;
	struct http_response *rs;
	struct err e;
};

static inline struct fixture *fixture_new(server_handler handler, SSL_CTX *tls)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->ctx = mem_ctx(NULL);
	f->s = server_start(handler, tls);
	return f;
}

static inline void fixture_free(struct fixture *f)
{
	server_stop(f->s);
	talloc_free(f->ctx);
	free(f);
}

/* The request under test; tests change it before sending. */
static inline struct http_request request(struct fixture *f, const char *method, const char *path)
{
	return (struct http_request){
		.method = method,
		.url = mem_printf(f->ctx, "http://127.0.0.1:%d%s", f->s->port, path),
		.deadline_ms = clock_deadline_ms(10000),
		.max_bytes = 100000,
	};
}

static inline bool send_it(struct fixture *f, const struct http_request *rq)
{
	f->e = (struct err){ 0 };
	return http_send(f->ctx, rq, &f->rs, &f->e);
}

static inline bool get(struct fixture *f, const char *path)
{
	struct http_request rq = request(f, "GET", path);
	return send_it(f, &rq);
}

static inline bool post(struct fixture *f, const char *path, const char *body)
{
	struct http_request rq = request(f, "POST", path);
	rq.body = body;
	rq.body_len = strlen(body);
	return send_it(f, &rq);
}

#endif

/* A client of Slack's API and a server in this process that says what the test wants. */
#ifndef TEST_SLACK_API_H
#define TEST_SLACK_API_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/form.h"
#include "net/http.h"
#include "slack/api.h"
#include "test_http_server.h"
#include "test_slack_fixture.h"

#define TOKEN "xoxb-1-SECRET"

/* What the server says next: the n-th answer to the n-th request, the last one for ever. */
static const char *const *answers;

static inline bool serve(struct server_conn *c, const char *path, int nth)
{
	(void)path;
	int i = 0;
	while (i + 1 < nth && answers[i + 1])
		i++;
	if (!*answers[i]) { /* the request is taken, and then nothing */
		server_reset(c);
		return false;
	}
	server_say(c, answers[i]);
	return strcasestr(answers[i], "Connection: close") == NULL;
}

struct fixture {
	TALLOC_CTX *ctx;
	struct server *s;
	struct slack_api *api;
	struct json_object *message;
	int64_t deadline_ms;
	struct slack_outcome outcome;
	struct err e;
};

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->ctx = mem_ctx(NULL);
	f->s = server_start(serve, NULL);
	f->api = slack_api_new(f->ctx, mem_printf(f->ctx, "http://127.0.0.1:%d/api/", f->s->port),
			       TOKEN);
	f->message = json_new_object(f->ctx);
	json_set_str(f->message, "text", "a & b");
	f->deadline_ms = clock_deadline_ms(10000);
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

/* An HTTP answer with a body. */
static inline const char *http(TALLOC_CTX *ctx, const char *status_and_headers, const char *body)
{
	return mem_printf(ctx, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status_and_headers,
			  strlen(body), body);
}

#define JSON_200 "200 OK\r\nContent-Type: application/json; charset=utf-8"

static inline void answer(struct fixture *f, const char *first, const char *second)
{
	const char **list = mem_array(f->ctx, const char *, 3);
	list[0] = first;
	list[1] = second;
	answers = list;
}

static inline struct form *sent_form(struct fixture *f)
{
	struct form *form = NULL;
	const char *body = strstr(f->s->last, "\r\n\r\n");
	struct err e;
	assert_non_null(body);
	assert_true(form_parse(f->ctx, body + 4, strlen(body + 4), &form, &e));
	return form;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif

/*
 * The table of addresses and the steps every request takes through it: path, method, size,
 * authentication, handler. What may be refused without knowing the product is refused here, always
 * as JSON with a reason. No handler sees a request that its row does not allow.
 */
#include "fcgi/routes.h"

#include <string.h>

#include "base/mem.h"
#include "fcgi/handlers.h"

/*
 * Slack cuts a command's text at 4,000 characters; percent-encoded that is 48 KB of four-byte
 * ones. deploy/nginx/lookerbot.conf has the same figure.
 */
#define SLASH_BODY_MAX_BYTES (64 * 1024)

struct route {
	const char *path;
	unsigned methods; /* bits of enum request_method */
	size_t body_max;  /* bytes; 0: the body is not read */
	auth_fn *auth;	  /* NULL: open to all */
	handler_fn *handle;
};

static const struct route routes[] = {
	{ "/health_check", REQUEST_GET | REQUEST_HEAD, 0, NULL, on_health },
	{ "/healthz", REQUEST_GET | REQUEST_HEAD, 0, NULL, on_healthz },
	{ "/readyz", REQUEST_GET | REQUEST_HEAD, 0, NULL, on_readyz },
	{ "/slack/receive", REQUEST_POST, SLASH_BODY_MAX_BYTES, auth_slack, on_slash },
	{ "/slack/receive", REQUEST_GET, 0, NULL, on_slash_probe },
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

static const enum request_method all_methods[] = { REQUEST_GET, REQUEST_HEAD, REQUEST_POST };

/* Answers 404, or 405 with all methods that the path has. */
static const char *refuse_route(struct request *rq, struct response *rs)
{
	const char *path = NULL;
	unsigned methods = 0;
	char *allow;

	for (size_t i = 0; i < ROUTES; i++) {
		if (strcmp(routes[i].path, rq->path) != 0)
			continue;
		path = routes[i].path;
		methods |= routes[i].methods;
	}
	if (!path) {
		response_refuse(rq, rs, 404, "There is nothing at this address.");
		return "none";
	}
	allow = mem_strdup(rq, "");
	for (size_t i = 0; i < sizeof(all_methods) / sizeof(all_methods[0]); i++)
		if (methods & all_methods[i])
			mem_appendf(&allow, "%s%s", allow[0] ? ", " : "",
				    request_method_name(all_methods[i]));
	response_refuse(rq, rs, 405, mem_printf(rq, "This address takes %s only.", allow));
	rs->allow = allow;
	return path;
}

static bool read_body(struct request *rq, const struct route *route, struct response *rs)
{
	if (route->body_max == 0)
		return true;
	switch (request_read_body(rq, route->body_max)) {
	case REQUEST_BODY_READ:
		return true;
	case REQUEST_BODY_TOO_LARGE:
		response_refuse(
			rq, rs, 413,
			mem_printf(rq, "The body is larger than %zu KiB.", route->body_max / 1024));
		return false;
	case REQUEST_BODY_BROKEN:
		break;
	}
	response_refuse(rq, rs, 400, "The body is not as long as its Content-Length says.");
	return false;
}

const char *routes_answer(struct request *rq, struct bot *bot, struct response *rs)
{
	const struct route *route = NULL;

	for (size_t i = 0; i < ROUTES && !route; i++)
		if ((routes[i].methods & rq->method) && strcmp(routes[i].path, rq->path) == 0)
			route = &routes[i];
	if (!route)
		return refuse_route(rq, rs);

	if (read_body(rq, route, rs) && (!route->auth || route->auth(rq, bot->config, rs)))
		route->handle(rq, bot, rs);
	return route->path;
}

/*
 * The table of addresses and the steps every request takes through it: path, method, size,
 * authentication, handler. What may be refused without knowing the product is refused here, always
 * as JSON with a reason. No handler sees a request that its row does not allow.
 */
#include "fcgi/routes.h"

#include <string.h>

#include "base/mem.h"
#include "fcgi/gate.h"
#include "fcgi/handlers.h"

/*
 * Slack cuts a command's text at 4,000 characters; percent-encoded that is 48 KB of four-byte
 * ones. deploy/nginx/lookerbot.conf has the same figure.
 */
#define SLASH_BODY_MAX_BYTES (64 * 1024)

/*
 * An event or a press may quote the whole message it is about, a table of 200 rows say; the largest
 * seen had 100 kB.
 */
#define EVENT_BODY_MAX_BYTES (1 * 1024 * 1024)
#define ACTION_BODY_MAX_BYTES (1 * 1024 * 1024)

/* Whole results and PDFs. deploy/nginx/lookerbot.conf has the same figure, and a little more. */
#define POST_BODY_MAX_BYTES (32 * 1024 * 1024)

/* Data actions and what forms know: a few values, and a plan's query. As in lookerbot.conf. */
#define HUB_BODY_MAX_BYTES (1 * 1024 * 1024)

#define LARGE_BODY_BYTES (1024 * 1024) /* above it they are read one at a time */
#define LARGE_WAIT_MS 45000	       /* less than nginx waits for an answer */

struct route {
	const char *path; /* one that ends in '/' takes what is below it */
	unsigned methods; /* bits of enum request_method */
	size_t body_max;  /* bytes; 0: the body is not read */
	auth_fn *auth;	  /* NULL: open to all */
	handler_fn *handle;
	bool auth_first; /* the body of a stranger is not read */
};

static const struct route routes[] = {
	{ "/", REQUEST_POST, HUB_BODY_MAX_BYTES, auth_looker, on_hub, true },
	{ "/data_actions", REQUEST_POST, HUB_BODY_MAX_BYTES, auth_looker, on_data_action, true },
	{ "/data_actions/form", REQUEST_POST, HUB_BODY_MAX_BYTES, auth_looker, on_action_form,
	  true },
	{ "/data_actions/hub_form", REQUEST_POST, HUB_BODY_MAX_BYTES, auth_looker, on_hub_form,
	  true },
	{ "/health_check", REQUEST_GET | REQUEST_HEAD, 0, NULL, on_health },
	{ "/healthz", REQUEST_GET | REQUEST_HEAD, 0, NULL, on_healthz },
	{ "/lookerbot/hub", REQUEST_POST, HUB_BODY_MAX_BYTES, auth_looker, on_hub, true },
	{ "/readyz", REQUEST_GET | REQUEST_HEAD, 0, NULL, on_readyz },
	{ "/slack/action", REQUEST_POST, ACTION_BODY_MAX_BYTES, auth_slack_action, on_action },
	{ "/slack/event", REQUEST_POST, EVENT_BODY_MAX_BYTES, auth_slack_event, on_event },
	{ "/slack/options", REQUEST_POST, ACTION_BODY_MAX_BYTES, auth_slack_action, on_options },
	{ "/slack/post/", REQUEST_POST, POST_BODY_MAX_BYTES, auth_looker, on_post, true },
	{ "/slack/post_from_query_action", REQUEST_POST, POST_BODY_MAX_BYTES, auth_looker, on_post,
	  true },
	{ "/slack/receive", REQUEST_POST, SLASH_BODY_MAX_BYTES, auth_slack, on_slash },
	{ "/slack/receive", REQUEST_GET, 0, NULL, on_slash_probe },
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

static const enum request_method all_methods[] = { REQUEST_GET, REQUEST_HEAD, REQUEST_POST };

static bool has_path(const struct route *route, const char *path)
{
	size_t len = strlen(route->path);

	return len > 1 && route->path[len - 1] == '/' ? strncmp(route->path, path, len) == 0
						      : strcmp(route->path, path) == 0;
}

/* Answers 404, or 405 with all methods that the path has. */
static const char *refuse_route(struct request *rq, struct response *rs)
{
	const char *path = NULL;
	unsigned methods = 0;
	char *allow;

	for (size_t i = 0; i < ROUTES; i++) {
		if (!has_path(&routes[i], rq->path))
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

static const char *size_words(TALLOC_CTX *ctx, size_t bytes)
{
	return bytes > 1024 * 1024 ? mem_printf(ctx, "%zu MiB", bytes / 1024 / 1024)
				   : mem_printf(ctx, "%zu KiB", bytes / 1024);
}

static bool read_body(struct request *rq, const struct route *route, struct response *rs)
{
	if (route->body_max == 0)
		return true;
	switch (request_read_body(rq, route->body_max)) {
	case REQUEST_BODY_READ:
		return true;
	case REQUEST_BODY_TOO_LARGE:
		response_refuse(rq, rs, 413,
				mem_printf(rq, "The body is larger than %s.",
					   size_words(rq, route->body_max)));
		return false;
	case REQUEST_BODY_BROKEN:
		break;
	}
	response_refuse(rq, rs, 400, "The body is not as long as its Content-Length says.");
	return false;
}

/* Reads the body, proves who it is when that takes the body, and answers. */
static void take_body(struct request *rq, const struct route *route, struct bot *bot,
		      struct response *rs)
{
	if (!read_body(rq, route, rs))
		return;
	if (route->auth_first || !route->auth || route->auth(rq, bot->config, rs))
		route->handle(rq, bot, rs);
}

/* A large one waits for its turn: nginx has it on disk meanwhile. */
static void take_large_body(struct request *rq, const struct route *route, struct bot *bot,
			    struct response *rs)
{
	/* Some threads are always left for Slack, which waits three seconds. */
	if (!gate_enter(LARGE_WAIT_MS, bot->config->threads * 3 / 4)) {
		response_refuse(rq, rs, 503,
				"Too many large deliveries come at once: please send it again in a "
				"few minutes.");
		return;
	}
	take_body(rq, route, bot, rs);
	request_drop_body(rq);
	gate_leave();
}

static bool is_large(const struct request *rq, const struct route *route)
{
	int64_t announced = request_announced(rq);

	return route->body_max > LARGE_BODY_BYTES &&
	       (announced < 0 || announced > LARGE_BODY_BYTES);
}

const char *routes_answer(struct request *rq, struct bot *bot, struct response *rs)
{
	const struct route *route = NULL;

	for (size_t i = 0; i < ROUTES && !route; i++)
		if ((routes[i].methods & rq->method) && has_path(&routes[i], rq->path))
			route = &routes[i];
	if (!route)
		return refuse_route(rq, rs);

	if (route->auth_first && !route->auth(rq, bot->config, rs))
		return route->path;
	if (is_large(rq, route))
		take_large_body(rq, route, bot, rs);
	else
		take_body(rq, route, bot, rs);
	return route->path;
}

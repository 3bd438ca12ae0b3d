/*
 * The two calls that open a WebSocket, whom it may lead to, and which refusals end the trying. The
 * socket itself is net/ws's; who calls when is the relay's business.
 */
#include "slack/connect.h"

#include "base/mem.h"
#include "net/url.h"
#include "slack/api_call.h"

#define ANSWER_MAX_BYTES (64 * 1024)
#define URL_MAX_BYTES 8192

/* A method, and what to say when it is refused for good: the table's sentences are about what the
 * bot posts, with another token. */
struct door {
	const char *method;
	const char *problem;
	const char *remedy;
};

static const struct door socket_mode = {
	"apps.connections.open",
	"Slack refuses SLACK_APP_TOKEN",
	"The app's owner can create an app-level token with the scope connections:write (Basic "
	"Information, App-Level Tokens) and switch on Socket Mode.",
};
static const struct door rtm = {
	"rtm.connect",
	"Slack does not let this SLACK_API_KEY listen by RTM",
	"Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET and let Slack send events "
	"over HTTP.",
};

static const char *const domains[] = { "slack.com", "slack-gov.com" };

bool slack_connect_url_ok(const char *url, const char *api_url)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct url *u, *api;
	struct err ignored;
	bool ok = false;

	if (strlen(url) <= URL_MAX_BYTES && url_parse(ctx, url, &u, &ignored)) {
		bool known =
			url_parse(ctx, api_url, &api, &ignored) && strcmp(u->host, api->host) == 0;

		for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
			known = known || url_host_within(u, domains[i]);
		ok = known && (strcmp(u->scheme, "wss") == 0 ||
			       (strcmp(u->scheme, "ws") == 0 && url_is_loopback(u)));
	}
	talloc_free(ctx);
	return ok;
}

bool slack_connect_is_final(const struct err *e)
{
	switch (e->kind) {
	case ERR_BAD_INPUT:
	case ERR_AUTH:
	case ERR_FORBIDDEN:
	case ERR_NOT_FOUND:
	case ERR_INTERNAL:
		return true;
	case ERR_NONE:
	case ERR_RATE_LIMITED:
	case ERR_TEMPORARY:
	case ERR_UNKNOWN:
	case ERR_BAD_REPLY:
		break;
	}
	return false;
}

static bool open_door(TALLOC_CTX *ctx, const struct slack_api *api, const struct door *door,
		      int64_t deadline_ms, struct json_object **ret_answer,
		      struct slack_connect *ret, struct err *e)
{
	struct slack_outcome outcome;
	struct slack_call c = { .api = api,
				.method = door->method,
				.effect = SLACK_REPEATS, /* it gives another address then */
				.deadline_ms = deadline_ms,
				.max_bytes = ANSWER_MAX_BYTES,
				.outcome = &outcome };

	if (!slack_call_form(ctx, &c, "", ret_answer, NULL, e)) {
		if (e->kind == ERR_UNKNOWN)
			e->kind = ERR_TEMPORARY;
		if (!slack_connect_is_final(e) || !*outcome.code)
			return false;
		return err_set(e, e->kind, "%s (%s: %s). %s", door->problem, door->method,
			       outcome.code, door->remedy);
	}
	const char *url = json_str_or(*ret_answer, "url", "");
	if (!slack_connect_url_ok(url, api->base_url))
		return err_set(e, ERR_BAD_REPLY, "Slack (%s): %s", door->method,
			       *url ? "the address of the WebSocket is not one of Slack's"
				    : "the answer has no address");
	ret->url = mem_strdup(ctx, url);
	return true;
}

bool slack_connect_socket(TALLOC_CTX *ctx, const char *api_url, const char *app_token,
			  int64_t deadline_ms, struct slack_connect *ret, struct err *e)
{
	const struct slack_api *api = slack_api_new(ctx, api_url, app_token);
	struct slack_connect found = { .url = NULL };
	struct json_object *answer;

	if (!open_door(ctx, api, &socket_mode, deadline_ms, &answer, &found, e))
		return false;
	*ret = found;
	return true;
}

bool slack_connect_rtm(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       struct slack_connect *ret, struct err *e)
{
	struct slack_connect found = { .url = NULL };
	struct json_object *answer;

	if (!open_door(ctx, api, &rtm, deadline_ms, &answer, &found, e))
		return false;
	found.self_id = mem_strdup(ctx, json_str(json_object_at(answer, "self"), "id"));
	found.team_id = mem_strdup(ctx, json_str(json_object_at(answer, "team"), "id"));
	if (!found.self_id || !found.team_id)
		return err_set(e, ERR_BAD_REPLY,
			       "Slack (rtm.connect): the answer does not say who the bot is");
	*ret = found;
	return true;
}

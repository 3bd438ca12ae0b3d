/*
 * Where Slack's WebSocket is: apps.connections.open (Socket Mode, with the app-level token) and
 * rtm.connect (with the bot token of an old classic app). Each answer is good for one connection,
 * at once (RTM: within 30 s).
 */
#ifndef SLACK_CONNECT_H
#define SLACK_CONNECT_H

#include "slack/api.h"

struct slack_connect {
	const char *url; /* ws(s), of Slack or of the API's own host; holds a ticket: a secret */
	const char *self_id; /* RTM: the bot's user id; else NULL */
	const char *team_id; /* likewise */
};

/*
 * Errors as with all calls (slack/api.h). A refusal's text names the setting to mend.
 * ERR_BAD_REPLY: no address, or one that is not Slack's.
 */
bool slack_connect_socket(TALLOC_CTX *ctx, const char *api_url, const char *app_token,
			  int64_t deadline_ms, struct slack_connect *ret,
			  struct err *e) ERR_MUST_CHECK;
bool slack_connect_rtm(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       struct slack_connect *ret, struct err *e) ERR_MUST_CHECK;

/* Whether nothing but other settings can help: the token or the app is refused. All else passes. */
bool slack_connect_is_final(const struct err *e);

/* wss to *.slack.com, *.slack-gov.com or the host of `api_url`; ws toward loopback only. */
bool slack_connect_url_ok(const char *url, const char *api_url);

#endif

/*
 * /slack/receive: a slash command becomes a struct slack_inbound and goes to intake, whose answer
 * Slack gets. The rules of commands are not here; neither is any waiting for Looker or Slack.
 */
#include "fcgi/handlers.h"

#include <string.h>

#include "base/form.h"
#include "fcgi/take.h"

void on_slash(struct request *rq, struct bot *bot, struct response *rs)
{
	struct slack_inbound *in;
	struct err e;

	if (!rq->form) {
		response_refuse(rq, rs, 400, rq->form_problem);
		return;
	}
	if (!slack_inbound_from_form(rq, rq->form, &in, &e)) {
		response_error(rq, rs, &e);
		return;
	}
	take_inbound(rq, bot, in, rs);
}

/* Slack's pages of 2016 say that ssl_check comes as a GET; any other GET is a mistake. */
void on_slash_probe(struct request *rq, struct bot *bot, struct response *rs)
{
	struct form *query;
	struct err e;
	const char *value = NULL;

	(void)bot;
	if (form_parse(rq, rq->query, strlen(rq->query), &query, &e))
		value = form_get(query, "ssl_check");
	if (value && strcmp(value, "1") == 0) {
		response_ok(rs, "");
		return;
	}
	response_refuse(rq, rs, 405, "Slack sends slash commands by POST.");
	rs->allow = "POST";
}

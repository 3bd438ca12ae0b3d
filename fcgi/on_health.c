/*
 * GET /health_check: the original bot's answer, which load balancers of existing installations
 * compare. It says that the process answers, nothing about Slack or Looker.
 */
#include "fcgi/handlers.h"

void on_health(struct request *rq, struct bot *bot, struct response *rs)
{
	(void)rq;
	(void)bot;
	response_ok(rs, "{\"success\":true,\"reason\":\"Healthy\"}");
}

/*
 * How the bot is. /health_check is the original bot's answer, which load balancers of existing
 * installations compare; /healthz adds that commands can be taken down; /readyz says all that
 * keeps them from being answered. None of them tells a secret.
 */
#include "fcgi/handlers.h"

#include "base/json.h"
#include "base/mem.h"
#include "bot/health.h"

#define HEALTHY "{\"success\":true,\"reason\":\"Healthy\"}"

void on_health(struct request *rq, struct bot *bot, struct response *rs)
{
	(void)rq;
	(void)bot;
	response_ok(rs, HEALTHY);
}

void on_healthz(struct request *rq, struct bot *bot, struct response *rs)
{
	const char *reason = health_queue_reason(rq, bot);

	if (reason)
		response_refuse(rq, rs, 503, reason);
	else
		response_ok(rs, HEALTHY);
}

void on_readyz(struct request *rq, struct bot *bot, struct response *rs)
{
	const char **reasons = health_reasons(rq, bot);
	struct json_object *o = json_new_object(rq);
	struct json_object *list = json_new_array(rq);

	for (size_t i = 0; reasons[i]; i++)
		json_object_array_add(list, json_object_new_string(reasons[i]));
	json_set_bool(o, "success", reasons[0] == NULL);
	json_set(o, "reasons", json_object_get(list));
	*rs = (struct response){
		.status = reasons[0] ? 503 : 200,
		.body = mem_strdup(rq, json_text(o)),
		.note = reasons[0],
	};
}

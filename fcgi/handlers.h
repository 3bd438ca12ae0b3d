/*
 * What the table of routes.c names: ways to authenticate (auth_*.c) and handlers (on_*.c), each in
 * a file of its own. To add an address: one file, one line here, one line in the table.
 */
#ifndef FCGI_HANDLERS_H
#define FCGI_HANDLERS_H

#include "bot/bot.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

/* Whether the handler may run; when not, *rs is the answer. The body has been read, but for routes
 * that prove the sender first. */
typedef bool auth_fn(struct request *rq, const struct config *config, struct response *rs);

/* Answers: fills *rs. */
typedef void handler_fn(struct request *rq, struct bot *bot, struct response *rs);

auth_fn auth_looker;	   /* by headers alone, into rq->token_of */
auth_fn auth_slack;	   /* a form, parsed into rq->form on the way */
auth_fn auth_slack_event;  /* JSON, into rq->json */
auth_fn auth_slack_action; /* JSON in the form's field "payload", into rq->json */

handler_fn on_action;
handler_fn on_action_form;
handler_fn on_data_action;
handler_fn on_event;
handler_fn on_health;
handler_fn on_healthz;
handler_fn on_hub;
handler_fn on_hub_form;
handler_fn on_options;
handler_fn on_post;
handler_fn on_readyz;
handler_fn on_slash;
handler_fn on_slash_probe;

#endif

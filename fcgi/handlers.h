/*
 * What the table of routes.c names: ways to authenticate (auth_*.c) and handlers (on_*.c), each in
 * a file of its own. To add an address: one file, one line here, one line in the table.
 */
#ifndef FCGI_HANDLERS_H
#define FCGI_HANDLERS_H

#include "bot/bot.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

/* Whether the handler may run; when not, *rs is the answer. The body has been read. */
typedef bool auth_fn(struct request *rq, const struct config *config, struct response *rs);

/* Answers: fills *rs. */
typedef void handler_fn(struct request *rq, struct bot *bot, struct response *rs);

auth_fn auth_slack; /* parses the form into rq->form on the way */

handler_fn on_health;
handler_fn on_healthz;
handler_fn on_readyz;
handler_fn on_slash;
handler_fn on_slash_probe;

#endif

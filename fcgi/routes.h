/* Which address does what: one table. */
#ifndef FCGI_ROUTES_H
#define FCGI_ROUTES_H

#include "bot/bot.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

/*
 * Carries out a request: finds its route, reads the body up to the route's limit, authenticates,
 * calls the handler. Always fills *rs. Returns the route's path, or "none", for the log (the
 * request's own path may hold anything).
 */
const char *routes_answer(struct request *rq, struct bot *bot, struct response *rs);

#endif

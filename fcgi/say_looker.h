/* Answers as Looker reads them. For auth_looker.c and on_*.c alone. */
#ifndef FCGI_SAY_LOOKER_H
#define FCGI_SAY_LOOKER_H

#include "fcgi/request.h"
#include "fcgi/response.h"

/*
 * {"looker":{"success":…,"message":…},"success":…,"reason":…}: schedules show the body to their
 * owner, the Action Hub reads what stands under "looker".
 */
void say_looker(const struct request *rq, struct response *rs, int status, bool success,
		const char *reason);

#endif

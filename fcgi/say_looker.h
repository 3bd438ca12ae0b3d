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

/*
 * To the Action Hub and to data actions, which read the words of a 200 only: `status` is kept where
 * it is 401 (who are you?), and with `again` where it is 503 (to be sent again). `field`: of the
 * form, that is wrong, or NULL: it stands in "validation_errors", too.
 */
void say_looker_hub(const struct request *rq, struct response *rs, int status, bool again,
		    const char *field, const char *reason);

#endif

/* A schedule's owner: whom to tell when it could not be posted. */
#ifndef LOOKER_PLAN_H
#define LOOKER_PLAN_H

#include "looker/api.h"

/* GET /scheduled_plans/{id}, then GET /users/{id}: the e-mail address of whose schedule it is.
 * ERR_NOT_FOUND: there is no such schedule, or the account may not see it or the address. */
bool looker_plan_owner(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *plan_id,
		       const char **ret_email, struct err *e) ERR_MUST_CHECK;

#endif

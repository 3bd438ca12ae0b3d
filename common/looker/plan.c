/* Two calls from a schedule to an address. Looker shows addresses to who may see all users. */
#include "looker/plan.h"

#include "base/form.h"
#include "base/mem.h"

#define ANSWER_MAX_BYTES (256 * 1024)

bool looker_plan_owner(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *plan_id,
		       const char **ret_email, struct err *e)
{
	char *path =
		mem_printf(ctx, "/scheduled_plans/%s?fields=id,user_id", form_escape(ctx, plan_id));
	struct json_object *o;

	if (!looker_get(ctx, lk, deadline_ms, path, ANSWER_MAX_BYTES, &o, e))
		return err_wrap(e, "schedule %s", plan_id);
	const char *user = json_id(ctx, o, "user_id");
	if (!user)
		return err_set(e, ERR_NOT_FOUND, "schedule %s names no owner", plan_id);
	path = mem_printf(ctx, "/users/%s?fields=id,email", form_escape(ctx, user));
	if (!looker_get(ctx, lk, deadline_ms, path, ANSWER_MAX_BYTES, &o, e))
		return err_wrap(e, "user %s", user);
	const char *email = json_str_or(o, "email", "");
	if (!email[0])
		return err_set(e, ERR_NOT_FOUND,
			       "Looker does not say the e-mail address of user %s", user);
	*ret_email = mem_strdup(ctx, email);
	return true;
}

/* One sentence in both of the shapes that Looker knows. */
#include "fcgi/say_looker.h"

#include "base/json.h"
#include "base/mem.h"

static void say(const struct request *rq, struct response *rs, int status, bool success,
		const char *field, const char *reason)
{
	TALLOC_CTX *ctx = (TALLOC_CTX *)rq;
	struct json_object *o = json_new_object(ctx), *looker = json_object_new_object();

	json_set_bool(looker, "success", success);
	json_set_str(looker, "message", reason);
	if (field) {
		struct json_object *errors = json_object_new_object();

		json_set_str(errors, field, reason);
		json_set(looker, "validation_errors", errors);
	}
	json_set(o, "looker", looker);
	json_set_bool(o, "success", success);
	json_set_str(o, "reason", reason);
	*rs = (struct response){ .status = status, .body = mem_strdup(ctx, json_text(o)) };
}

void say_looker(const struct request *rq, struct response *rs, int status, bool success,
		const char *reason)
{
	say(rq, rs, status, success, NULL, reason);
}

void say_looker_hub(const struct request *rq, struct response *rs, int status, bool again,
		    const char *field, const char *reason)
{
	const bool kept = status == 401 || (status == 503 && again);

	say(rq, rs, kept ? status : 200, status == 200, field, reason);
}

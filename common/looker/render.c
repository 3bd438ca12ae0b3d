/*
 * Render tasks. An instance without a working renderer says "success" and sends nothing, or an
 * image without content, so the bytes are looked at (looker/picture.h).
 */
#include "looker/render.h"

#include "base/form.h"
#include "base/mem.h"
#include "looker/client.h"
#include "looker/picture.h"

#define TASK_MAX_BYTES (64 * 1024)

static const char *const collections[] = {
	[LOOKER_RENDER_QUERY] = "queries",
	[LOOKER_RENDER_LOOK] = "looks",
	[LOOKER_RENDER_ELEMENT] = "dashboard_elements",
	[LOOKER_RENDER_DASHBOARD] = "dashboards",
};

static const struct {
	const char *status;
	enum looker_render_state state;
} states[] = {
	{ "success", LOOKER_RENDER_DRAWN },
	{ "failure", LOOKER_RENDER_FAILED },
};

/* Only dashboards take a body, and they need one. */
static struct json_object *start_body(TALLOC_CTX *ctx, const struct looker_render *what)
{
	struct json_object *o;

	if (what->kind != LOOKER_RENDER_DASHBOARD)
		return NULL;
	o = json_new_object(ctx);
	json_set_str(o, "dashboard_filters", what->filters);
	json_set_str(o, "dashboard_style", "tiled");
	return o;
}

bool looker_render_start(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			 const struct looker_render *what, const char **ret_task, struct err *e)
{
	char *path = mem_printf(ctx, "/render_tasks/%s/%s/%s?width=%d&height=%d",
				collections[what->kind], form_escape(ctx, what->id),
				what->pdf ? "pdf" : "png", what->width, what->height);
	struct json_object *o;
	const char *id;

	if (!looker_post(ctx, lk, deadline_ms, path, start_body(ctx, what), TASK_MAX_BYTES, &o, e))
		return err_wrap(e, "picture");
	id = json_id(ctx, o, "id");
	if (id == NULL)
		return err_set(e, ERR_BAD_REPLY, "Looker at %s sent a render task without an id",
			       looker_name(lk));
	*ret_task = id;
	return true;
}

bool looker_render_look(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *task,
			enum looker_render_state *ret, const char **ret_words, struct err *e)
{
	char *path = mem_printf(ctx, "/render_tasks/%s", form_escape(ctx, task));
	struct json_object *o;
	const char *status, *detail;

	if (!looker_get(ctx, lk, deadline_ms, path, TASK_MAX_BYTES, &o, e))
		return err_wrap(e, "picture");
	status = json_str_or(o, "status", "");
	detail = json_str_or(o, "status_detail", "");
	*ret = LOOKER_RENDER_UNDER_WAY;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(status, states[i].status) == 0)
			*ret = states[i].state;
	*ret_words = mem_strdup(ctx, *ret == LOOKER_RENDER_FAILED ? detail : status);
	return true;
}

bool looker_render_fetch(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *task,
			 struct looker_picture *ret, struct err *e)
{
	char *path = mem_printf(ctx, "/render_tasks/%s/results", form_escape(ctx, task));
	struct http_response *rs;
	const char *fault;

	if (!looker_get_bytes(ctx, lk, deadline_ms, path, LOOKER_PICTURE_MAX_BYTES, &rs, e))
		return err_wrap(e, "picture");
	if (rs->status == 202) {
		*ret = (struct looker_picture){ .wait_ms = rs->retry_after_ms };
		return true;
	}
	fault = looker_picture_fault(rs->body, rs->body_len);
	if (fault != NULL)
		return err_set(e, ERR_BAD_REPLY,
			       "Looker at %s says that the picture is drawn, but %s; is rendering "
			       "switched on there?",
			       looker_name(lk), fault);
	*ret = (struct looker_picture){ .png = rs->body, .len = rs->body_len };
	return true;
}

/*
 * The memory is one small JSON object a workspace. It is a hint: when it cannot be read or written,
 * a message costs one refused call more.
 */
#include "bot/forms.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"

#define MEMORY_MS (24 * 3600 * 1000LL)

struct memory {
	enum slack_form form;
	bool sure;   /* else refused once, for a reason that Slack did not say */
	int64_t job; /* whose message taught it */
};

static char *state_key(TALLOC_CTX *ctx, const char *team_id)
{
	return mem_printf(ctx, "slack:form:%s", team_id);
}

/* False: nothing is remembered. */
static bool recall(TALLOC_CTX *ctx, struct bot *bot, const char *team_id, struct memory *ret)
{
	struct json_object *o;
	char *value = NULL;
	size_t len = 0;
	struct err e;

	if (!queue_state_get(bot->queue, ctx, state_key(ctx, team_id), &value, &len, &e) ||
	    !value || !json_parse(ctx, value, len, &o, &e))
		return false;
	int64_t form = json_int_or(o, "form", SLACK_FORMS);
	if (form < 0 || form >= SLACK_FORMS)
		return false;
	*ret = (struct memory){ .form = (enum slack_form)form,
				.sure = json_bool_or(o, "sure", false),
				.job = json_int_or(o, "job", 0) };
	return true;
}

/* NULL forgets. */
static void remember(TALLOC_CTX *ctx, struct bot *bot, const char *team_id, const struct memory *m)
{
	struct json_object *o = json_new_object(ctx);
	const char *value = NULL;
	struct err e;

	if (m) {
		json_set_int(o, "form", m->form);
		json_set_bool(o, "sure", m->sure);
		json_set_int(o, "job", m->job);
		value = json_text(o);
	}
	if (!queue_state_set(bot->queue, state_key(ctx, team_id), value, value ? strlen(value) : 0,
			     clock_now_ms() + MEMORY_MS, &e))
		log_debug("form_not_remembered", LOG_S("reason", e.text));
}

enum slack_form forms_first(TALLOC_CTX *ctx, struct bot *bot, const char *team_id)
{
	struct memory m;

	return recall(ctx, bot, team_id, &m) && m.sure ? m.form : SLACK_FORM_CHART;
}

void forms_learn(TALLOC_CTX *ctx, struct bot *bot, const char *team_id,
		 const struct forms_lesson *lesson)
{
	struct memory old = { .sure = false };
	bool known = recall(ctx, bot, team_id, &old);

	if (!lesson->refused) {
		/* A table that is taken says nothing about charts. */
		if (known && !old.sure && lesson->taken < old.form)
			remember(ctx, bot, team_id, NULL);
		return;
	}
	if (lesson->blame == SLACK_BLAME_CONTENT)
		return;
	bool again = known && !old.sure && old.form == lesson->taken && old.job != lesson->job;
	struct memory m = { .form = lesson->taken,
			    .sure = lesson->blame == SLACK_BLAME_TYPE || again,
			    .job = lesson->job };
	remember(ctx, bot, team_id, &m);
	if (m.sure)
		stats_add(STATS_FORMS_LOWERED);
}

/*
 * The ledger's small text beside a job, and whose a delivery is. Looker is asked for that once a
 * day and schedule, since its calls are metered; what it does not say is not asked for again so
 * soon.
 */
#include "bot/ledger.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/job.h"
#include "bot/schedule_owner.h"

#define TEXT_MAX_CHARS 200
#define ASK_DEADLINE_MS (10 * 1000LL)
#define KNOWN_MS (24 * 3600 * 1000LL)
#define AGAIN_MS (10 * 60 * 1000LL) /* Looker could not say just now */

static const struct {
	const char *name;
	size_t of_job, of_entry;
} texts[] = {
#define TEXT(name)                                                                                 \
	{                                                                                          \
#name, offsetof(struct schedule_job, name), offsetof(struct ledger_entry, name)    \
	}
	TEXT(title), TEXT(format), TEXT(plan_id), TEXT(looker), TEXT(url), TEXT(request),
#undef TEXT
};
#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

static const char *cut(TALLOC_CTX *ctx, const char *text)
{
	return text ? text_cut(ctx, text, TEXT_MAX_CHARS) : NULL;
}

char *ledger_about(TALLOC_CTX *ctx, const struct schedule_job *j)
{
	struct json_object *o = json_new_object(ctx);
	char *about;

	for (size_t i = 0; i < N_TEXTS; i++)
		json_set_str(o, texts[i].name,
			     cut(ctx, *(const char *const *)(const void *)((const char *)j +
									   texts[i].of_job)));
	json_set_str(o, "place", cut(ctx, schedule_job_place(ctx, j)));
	about = mem_strdup(ctx, json_text(o));
	if (strlen(about) <= QUEUE_ABOUT_MAX_BYTES)
		return about;
	json_set_str(o, "url", NULL);
	json_set_str(o, "title", text_cut(ctx, j->title, TEXT_MAX_CHARS / 4));
	return mem_strdup(ctx, json_text(o));
}

bool ledger_read(TALLOC_CTX *ctx, const struct queue_job *job, struct ledger_entry *ret)
{
	struct json_object *o;
	struct err e;

	if (!job->about || !json_parse(ctx, job->about, strlen(job->about), &o, &e))
		return false;
	*ret = (struct ledger_entry){ .place = mem_strdup(ctx, json_str(o, "place")) };
	for (size_t i = 0; i < N_TEXTS; i++)
		*(const char **)(void *)((char *)ret + texts[i].of_entry) =
			mem_strdup(ctx, json_str(o, texts[i].name));
	return true;
}

const char *ledger_state_word(enum queue_state state)
{
	static const char *const words[] = {
		[QUEUE_PENDING] = "waiting",
		[QUEUE_LEASED] = "being sent",
		[QUEUE_DONE] = LEDGER_DONE_WORD,
		[QUEUE_DEAD] = LEDGER_DEAD_WORD,
	};

	return words[state];
}

char *ledger_whose(TALLOC_CTX *ctx, const char *email)
{
	return text_fold(ctx, email);
}

/* What is kept of a schedule's owner: "" when Looker does not say. NULL: it has to be asked. */
static const char *recall(TALLOC_CTX *ctx, struct bot *bot, const char *key)
{
	char *value = NULL;
	size_t len;
	struct err e;

	return queue_state_get(bot->queue, ctx, key, &value, &len, &e) ? value : NULL;
}

static const char *ask(TALLOC_CTX *ctx, struct bot *bot, const char *key,
		       const struct schedule_job *j)
{
	const char *email, *whose = "";
	int64_t kept_ms = KNOWN_MS;
	struct err e, ignored;

	if (schedule_owner_email(ctx, bot, j, clock_deadline_ms(ASK_DEADLINE_MS), &email, &e))
		whose = ledger_whose(ctx, email);
	else if (e.kind != ERR_NOT_FOUND && e.kind != ERR_FORBIDDEN)
		kept_ms = AGAIN_MS;
	if (!queue_state_set(bot->queue, key, whose, strlen(whose), clock_now_ms() + kept_ms,
			     &ignored))
		log_debug("owner_not_kept", LOG_S("reason", ignored.text));
	return whose;
}

static const char *key_of(TALLOC_CTX *ctx, const struct schedule_job *j)
{
	return mem_printf(ctx, "plan:%s:%s", j->looker, cut(ctx, j->plan_id));
}

const char *ledger_known_owner(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_job *j)
{
	const char *whose = j->plan_id ? recall(ctx, bot, key_of(ctx, j)) : NULL;

	return whose && whose[0] ? whose : NULL;
}

void ledger_learn_owner(TALLOC_CTX *ctx, struct bot *bot, int64_t job_id,
			const struct schedule_job *j)
{
	const char *key, *whose;
	struct err e;

	if (!j->plan_id)
		return;
	key = key_of(ctx, j);
	whose = recall(ctx, bot, key);
	if (!whose)
		whose = ask(ctx, bot, key, j);
	if (whose[0] && !queue_set_whose(bot->queue, job_id, whose, &e))
		log_debug("owner_not_noted", LOG_S("reason", e.text));
}

bool ledger_of(TALLOC_CTX *ctx, struct bot *bot, const char *email, size_t max,
	       struct queue_job **ret, size_t *ret_n, struct err *e)
{
	return queue_list_about(bot->queue, ctx, -1, ledger_whose(ctx, email), max, ret, ret_n, e);
}

/*
 * The moment of a webhook: whose it is, what it holds, whether it came before, and the durable put
 * (where it goes: schedule_place.c). Each refusal is one sentence for the schedule's owner, who
 * reads it in Looker.
 */
#include "bot/schedule_intake.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "base/text.h"
#include "bot/job.h"
#include "bot/ledger.h"
#include "net/url.h"

#define SAME_BODY_MS (2 * 60 * 1000LL)
#define WEBHOOK_ID_MAX_CHARS 100
#define HASH_BYTES 16

bool schedule_refuse(struct schedule_taking *t, int status, const char *field, const char *reason)
{
	t->ret->status = status;
	t->ret->field = field;
	t->ret->reason = reason;
	t->ret->note = mem_printf(t->ctx, "refused: %s", reason);
	return false;
}

/* --- whose it is --- */

/* Whether the address that the payload names is that Looker's. */
static bool is_of(TALLOC_CTX *ctx, const struct url *given, const struct config_looker *c)
{
	struct url *own;
	struct err e;

	return url_parse(ctx, c->url, &own, &e) && url_same_origin(given, own);
}

bool schedule_choose_looker(struct schedule_taking *t, const char *address)
{
	const struct config *config = t->bot->config;
	struct url *url = NULL;
	bool known = false;
	struct err e;

	if (address && !url_parse(t->ctx, address, &url, &e))
		return schedule_refuse(t, 400, NULL, "The address of the content cannot be read.");
	for (size_t i = 0; i < config->n_lookers; i++) {
		const struct config_looker *c = &config->lookers[i];

		if (url && !is_of(t->ctx, url, c))
			continue;
		known = true;
		if (!t->item->token_of[i])
			continue;
		t->job.looker = c->name;
		t->job.base_url = c->url;
		return true;
	}
	if (known)
		return schedule_refuse(
			t, 401, NULL,
			"Invalid authorization headers. The webhook token is not that of the "
			"Looker that the data is from.");
	return schedule_refuse(
		t, 400, NULL,
		mem_printf(t->ctx,
			   "Requested data is from an unknown Looker. The bot's owner can add "
			   "%s to LOOKER_URL or LOOKERS.",
			   url ? url->host : "it"));
}

/* --- taking it down --- */

/* What makes it the same as one before: for the same place. */
static const char *dedupe_key(struct schedule_taking *t, int64_t *ret_ttl_ms)
{
	const struct schedule_item *item = t->item;
	const char *place = schedule_job_place(t->ctx, &t->job);
	unsigned char hash[HASH_BYTES];
	char hex[HASH_BYTES * 2 + 1];

	if (item->webhook_id && item->webhook_id[0]) {
		*ret_ttl_ms = QUEUE_KEY_TTL_MS;
		return mem_printf(
			t->ctx, "id:%s:%s",
			text_cut(t->ctx,
				 text_clean(t->ctx, item->webhook_id, strlen(item->webhook_id)),
				 WEBHOOK_ID_MAX_CHARS),
			place);
	}
	*ret_ttl_ms = SAME_BODY_MS;
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)item->body, item->len, NULL,
			   0);
	return mem_printf(t->ctx, "body:%s:%s:%s", t->job.plan_id ? t->job.plan_id : "",
			  sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)), place);
}

static void not_stored(struct schedule_taking *t, const struct err *e)
{
	const char *why = e->kind == ERR_RATE_LIMITED
				  ? "The bot has too much waiting to be posted"
				  : "This could not be taken down (the bot's own storage is not "
				    "writable at the moment)";

	(void)schedule_refuse(
		t, 503, NULL,
		mem_printf(t->ctx, "%s: please send it again in a few minutes.", why));
	t->ret->note = mem_printf(t->ctx, "not stored: %s", e->text);
}

/* --- what somebody waits for, and Slack has refused --- */

static char *last_key(struct schedule_taking *t, const char *key)
{
	return mem_printf(t->ctx, "hub:%s", key);
}

/* Without the note, the same is not sent again within the key's time: no more than that. */
static void note_last(struct schedule_taking *t, const char *key, int64_t ttl_ms, int64_t id)
{
	const char *text = mem_printf(t->ctx, "%lld", (long long)id);
	struct err e;

	(void)!queue_state_set(t->bot->queue, last_key(t, key), text, strlen(text),
			       clock_now_ms() + ttl_ms, &e);
}

/* The job that the same came as before, when it has failed: its sender was told so, may have mended
 * what was wrong, and must not read that it is sent. 0: it has not failed, or nobody knows. */
static int64_t failed_last(struct schedule_taking *t, const char *key)
{
	struct queue_job *job;
	char *text = NULL;
	size_t len = 0;
	int64_t id;
	struct err e;

	if (!queue_state_get(t->bot->queue, t->ctx, last_key(t, key), &text, &len, &e) || !text ||
	    !text_to_int(text, 1, INT64_MAX, &id) ||
	    !queue_get(t->bot->queue, t->ctx, id, &job, &e))
		return 0;
	return job->state == QUEUE_DEAD ? id : 0;
}

static bool put_once(struct schedule_taking *t, struct queue_put *put, int64_t *ret_id,
		     struct err *e)
{
	const char *key = put->keys[0];
	int64_t last;

	if (!queue_put(t->bot->queue, put, 1, ret_id, e))
		return false;
	if (!t->waits)
		return true;
	last = *ret_id ? 0 : failed_last(t, key);
	put->keys[0] = mem_printf(t->ctx, "%s:after:%lld", key, (long long)last);
	if (last && !queue_put(t->bot->queue, put, 1, ret_id, e))
		return false;
	if (*ret_id)
		note_last(t, key, put->key_ttl_ms, *ret_id);
	return true;
}

void schedule_put(struct schedule_taking *t)
{
	struct queue_put put = {
		.kind = JOB_SCHEDULE,
		.lane = t->job.id && !t->job.person ? bot_slack_lane(t->ctx, t->job.id) : "",
		.priority = t->waits ? QUEUE_PRIORITY_COMMAND : QUEUE_PRIORITY_DELIVERY,
		.expires_ms = clock_now_ms() + LEDGER_LIFE_MS,
		.about = ledger_about(t->ctx, &t->job),
		.whose = ledger_known_owner(t->ctx, t->bot, &t->job),
	};
	const char *place = schedule_job_place(t->ctx, &t->job);
	int64_t id = 0;
	struct err e;

	put.keys[0] = dedupe_key(t, &put.key_ttl_ms);
	put.body = schedule_job_save(t->ctx, &t->job, &put.body_len);
	if (!put_once(t, &put, &id, &e)) {
		not_stored(t, &e);
		return;
	}
	t->ret->job = id;
	if (id)
		stats_add(STATS_ACCEPTED);
	t->ret->note = id ? "stored" : "duplicate";
	t->ret->reason = id ? mem_printf(t->ctx, "“%s” will be posted to %s.", t->job.title, place)
			    : mem_printf(t->ctx, "“%s” came before, and is posted once to %s.",
					 t->job.title, place);
}

/* What the address or the form says, and the words beside it. */
static bool choose_place(struct schedule_taking *t, const struct looker_webhook *w)
{
	const bool form = t->item->place == SCHEDULE_FORM;

	return schedule_choose_place(t, t->item->place, form ? w->channel : t->item->name);
}

void schedule_take(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_item *item,
		   struct schedule_answer *ret)
{
	TALLOC_CTX *tmp = mem_ctx(ctx); /* a large body's memory does not wait for the answer */
	struct schedule_taking t = { .ctx = tmp, .bot = bot, .item = item, .ret = ret };
	struct looker_webhook *w;
	struct err e;

	*ret = (struct schedule_answer){ .status = 200 };
	t.job.request = item->request;
	if (!looker_webhook_read(tmp, item->body, item->len, SLACK_TABLE_ROWS_MAX + 1, &w, &e)) {
		(void)schedule_refuse(&t, 400, NULL, e.text);
	} else if (schedule_choose_looker(&t, w->url) && choose_place(&t, w)) {
		schedule_job_fill(tmp, w, &t.job);
		schedule_put(&t);
	}
	ret->reason = mem_strdup(ctx, ret->reason);
	ret->note = mem_strdup(ctx, ret->note);
	talloc_free(tmp);
}

/*
 * The moment of a webhook: whose it is, what it holds, where it goes, whether it came before, and
 * the durable put. Each refusal is one sentence for the schedule's owner, who reads it in Looker.
 */
#include "bot/schedule.h"

#include <ctype.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "base/text.h"
#include "bot/directory.h"
#include "bot/job.h"
#include "bot/schedule_job.h"
#include "net/url.h"

#define LIFE_MS (24 * 3600 * 1000LL)
#define SAME_BODY_MS (2 * 60 * 1000LL)
#define NAME_MAX_CHARS 100
#define WEBHOOK_ID_MAX_CHARS 100
#define ID_MIN_CHARS 5 /* of Slack's: "U0123" */
#define ID_LONG_CHARS 9
#define HASH_BYTES 16

/* A name that may be new: so long somebody may wait for the directory, so many at once, since each
 * holds one of the threads that answer Slack, too. */
#define WAIT_MS 2000
#define WAIT_STEP_MS 50
#define WAITING_MAX 4
static atomic_int waiting;

struct taking {
	TALLOC_CTX *ctx;
	struct bot *bot;
	const struct schedule_item *item;
	struct schedule_answer *ret;
	struct looker_webhook *w;
	struct schedule_job job;
};

static bool refuse(struct taking *t, int status, const char *reason)
{
	t->ret->status = status;
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

static bool choose_looker(struct taking *t)
{
	const struct config *config = t->bot->config;
	const char *address = t->w->url;
	struct url *url = NULL;
	bool known = false;
	struct err e;

	if (address && !url_parse(t->ctx, address, &url, &e))
		return refuse(t, 400, "The address of the content cannot be read.");
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
		return refuse(t, 401,
			      "Invalid authorization headers. The webhook token is not that of the "
			      "Looker that the data is from.");
	return refuse(
		t, 400,
		mem_printf(t->ctx,
			   "Requested data is from an unknown Looker. The bot's owner can add "
			   "%s to LOOKER_URL or LOOKERS.",
			   url ? url->host : "it"));
}

/* --- where it goes --- */

/* Nobody's name: channels and users are called in lower case, and a display name in capitals is
 * neither that long nor has a digit there. */
static bool is_id(const char *name, const char *first)
{
	const size_t len = strlen(name);

	if (len < ID_MIN_CHARS || !strchr(first, name[0]) ||
	    (len < ID_LONG_CHARS && !isdigit((unsigned char)name[1])))
		return false;
	for (const char *p = name; *p; p++)
		if (!isdigit((unsigned char)*p) && !isupper((unsigned char)*p))
			return false;
	return true;
}

static bool read_name(struct taking *t)
{
	const bool form = t->item->place == SCHEDULE_FORM;
	const char *given = form ? t->w->channel : t->item->name;
	struct schedule_job *j = &t->job;

	given = text_trim(t->ctx, given ? given : "");
	j->person = t->item->place == SCHEDULE_PERSON ||
		    (form && (given[0] == '@' || is_id(given, "UW")));
	if (given[0] == (j->person ? '@' : '#'))
		given++;
	if (!given[0])
		return refuse(
			t, 400,
			"Channel not specified. The address ends in the channel's name, as in "
			"/slack/post/channel/sales.");
	if (text_chars(given) > NAME_MAX_CHARS)
		return refuse(t, 404, "No channel and no person has a name that long.");
	j->name = given;
	if (is_id(given, j->person ? "UWD" : "CGD"))
		j->id = given;
	return true;
}

static bool may_wait(void)
{
	if (atomic_fetch_add(&waiting, 1) < WAITING_MAX)
		return true;
	atomic_fetch_sub(&waiting, 1);
	return false;
}

/* True when there is something to say: the name is known, or the directory is fresh. */
static bool is_settled(const struct directory_found *found)
{
	return found->open ||
	       (found->read_ms > 0 && !clock_is_older(found->read_ms, DIRECTORY_FRESH_MS));
}

static bool find(struct taking *t, struct directory_found *ret, struct err *e)
{
	enum directory_kind kind = t->job.person ? DIRECTORY_PEOPLE : DIRECTORY_CHANNELS;

	return directory_find(t->ctx, t->bot, kind, t->job.name, ret, e);
}

/* Looks the name up; one that is not known asks for a new directory, and waits for it a moment. */
static bool look_up(struct taking *t, struct directory_found *ret, struct err *e)
{
	int64_t until_ms = clock_deadline_ms(WAIT_MS);
	bool ok = find(t, ret, e);

	if (!ok || is_settled(ret))
		return ok;
	directory_read_later(t->bot, DIRECTORY_FRESH_MS);
	if (!may_wait())
		return true;
	while (ok && !is_settled(ret) && clock_left_ms(until_ms) > 0) {
		clock_sleep_until(clock_deadline_ms(WAIT_STEP_MS));
		ok = find(t, ret, e);
	}
	atomic_fetch_sub(&waiting, 1);
	return ok;
}

static bool refuse_name(struct taking *t, const struct directory_found *found)
{
	const char *name = t->job.name;

	if (found->n > 1)
		return refuse(t, 404,
			      mem_printf(t->ctx,
					 "%zu people are called “%s”: give the user name or the "
					 "e-mail address.",
					 found->n, name));
	if (t->job.person)
		return refuse(t, 404,
			      mem_printf(t->ctx,
					 "There is nobody called “%s” here: give a user name, a "
					 "display name or an e-mail address.",
					 name));
	return refuse(t, 404,
		      mem_printf(t->ctx,
				 "There is no channel #%s, or the bot is not in it: invite it, or "
				 "check the name.",
				 name));
}

static bool choose_place(struct taking *t)
{
	struct directory_found found;
	struct err e;

	if (!read_name(t))
		return false;
	if (t->job.id)
		return true;
	if (!look_up(t, &found, &e)) /* the job will know */
		return true;
	if (is_settled(&found) && !found.open && !found.problem)
		return refuse_name(t, &found);
	t->job.id = found.id;
	return true;
}

/* --- taking it down --- */

/* What makes it the same as one before: for the same place. */
static const char *dedupe_key(struct taking *t, int64_t *ret_ttl_ms)
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
	return mem_printf(t->ctx, "body:%s:%s:%s", t->w->plan_id ? t->w->plan_id : "",
			  sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)), place);
}

static void not_stored(struct taking *t, const struct err *e)
{
	const char *why = e->kind == ERR_RATE_LIMITED
				  ? "The bot has too much waiting to be posted"
				  : "This could not be taken down (the bot's own storage is not "
				    "writable at the moment)";

	(void)refuse(t, 503, mem_printf(t->ctx, "%s: please send it again in a few minutes.", why));
	t->ret->note = mem_printf(t->ctx, "not stored: %s", e->text);
}

static void put(struct taking *t)
{
	struct queue_put put = {
		.kind = JOB_SCHEDULE,
		.lane = t->job.id && !t->job.person ? bot_slack_lane(t->ctx, t->job.id) : "",
		.priority = QUEUE_PRIORITY_DELIVERY,
		.expires_ms = clock_now_ms() + LIFE_MS,
	};
	const char *place = schedule_job_place(t->ctx, &t->job);
	int64_t id = 0;
	struct err e;

	put.keys[0] = dedupe_key(t, &put.key_ttl_ms);
	put.body = schedule_job_save(t->ctx, &t->job, &put.body_len);
	if (!queue_put(t->bot->queue, &put, 1, &id, &e)) {
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

void schedule_take(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_item *item,
		   struct schedule_answer *ret)
{
	TALLOC_CTX *tmp = mem_ctx(ctx); /* a large body's memory does not wait for the answer */
	struct taking t = { .ctx = tmp, .bot = bot, .item = item, .ret = ret };
	struct err e;

	*ret = (struct schedule_answer){ .status = 200 };
	t.job.request = item->request;
	if (!looker_webhook_read(tmp, item->body, item->len, SLACK_TABLE_ROWS_MAX + 1, &t.w, &e)) {
		(void)refuse(&t, 400, e.text);
	} else if (choose_looker(&t) && choose_place(&t)) {
		schedule_job_fill(tmp, t.w, &t.job);
		put(&t);
	}
	ret->reason = mem_strdup(ctx, ret->reason);
	ret->note = mem_strdup(ctx, ret->note);
	talloc_free(tmp);
}

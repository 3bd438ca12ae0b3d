/*
 * Who may ask (in this order): bots, deactivated accounts, people of other workspaces, strangers
 * and guests may not, the last three unless the owner allows it; whom Slack does not tell us about
 * may not either. What is kept holds the judgement against our own workspace together with that
 * workspace's id, so that another token never reads it.
 */
#include "bot/people.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "bot/listening.h"
#include "slack/mrkdwn.h"
#include "slack/users.h"

#define PERSON_MS (10 * 60 * 1000LL)
#define SELF_MS (24 * 3600 * 1000LL)
#define CALL_DEADLINE_MS (10 * 1000LL)
#define TOKEN_HASH_BYTES 16
#define SLACKBOT "USLACKBOT" /* Slack's own: no bot user by its flags */

/* As kept: what is own is decided when it is read, since LOOKERBOT_STRICT_TEAMS may change. */
struct known {
	struct person person;
	bool own_team, own_org;
};

static int64_t call_deadline(int64_t deadline_ms)
{
	int64_t own_ms = clock_deadline_ms(CALL_DEADLINE_MS);

	return own_ms < deadline_ms ? own_ms : deadline_ms;
}

/* What is kept is a hint: a state that cannot be read or written costs a call. */
static struct json_object *recall(TALLOC_CTX *ctx, struct bot *bot, const char *key)
{
	struct json_object *o;
	char *value = NULL;
	size_t len = 0;
	struct err e;

	if (!queue_state_get(bot->queue, ctx, key, &value, &len, &e) || !value ||
	    !json_parse(ctx, value, len, &o, &e))
		return NULL;
	return o;
}

static void remember(struct bot *bot, const char *key, struct json_object *o, int64_t ms)
{
	const char *value = json_text(o);
	struct err e;

	if (!queue_state_set(bot->queue, key, value, strlen(value), clock_now_ms() + ms, &e))
		log_debug("not_remembered", LOG_S("reason", e.text));
}

/* --- the bot itself --- */

/* Another token is another self. */
static char *self_key(TALLOC_CTX *ctx, const struct bot *bot)
{
	const char *token = bot->config->slack_api_key ? bot->config->slack_api_key : "";
	unsigned char hash[TOKEN_HASH_BYTES];
	char hex[sizeof(hash) * 2 + 1];

	if (sodium_init() < 0)
		die("libsodium cannot start");
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)token, strlen(token), NULL,
			   0);
	return mem_printf(ctx, "self:%s", sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)));
}

static const struct {
	const char *name;
	size_t offset;
} self_texts[] = {
	{ "team", offsetof(struct slack_identity, team) },
	{ "team_id", offsetof(struct slack_identity, team_id) },
	{ "user", offsetof(struct slack_identity, user) },
	{ "user_id", offsetof(struct slack_identity, user_id) },
	{ "bot_id", offsetof(struct slack_identity, bot_id) },
	{ "enterprise_id", offsetof(struct slack_identity, enterprise_id) },
	{ "url", offsetof(struct slack_identity, url) },
	{ "scopes", offsetof(struct slack_identity, scopes) },
};
#define N_SELF_TEXTS (sizeof(self_texts) / sizeof(self_texts[0]))

static const char **self_text(struct slack_identity *self, size_t i)
{
	return (const char **)(void *)((char *)self + self_texts[i].offset);
}

static bool recall_self(TALLOC_CTX *ctx, struct bot *bot, struct slack_identity *ret)
{
	struct json_object *o = recall(ctx, bot, self_key(ctx, bot));

	*ret = (struct slack_identity){ .team = NULL };
	for (size_t i = 0; i < N_SELF_TEXTS; i++)
		*self_text(ret, i) = mem_strdup(ctx, json_str(o, self_texts[i].name));
	return ret->team_id != NULL;
}

bool people_ask_self(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms,
		     struct slack_identity *ret, struct err *e)
{
	bool revoked =
		listening_is_revoked(ctx, bot); /* what comes while Slack is asked is newer */

	if (!slack_api_auth_test(ctx, bot->slack, deadline_ms, ret, e))
		return false;
	if (revoked)
		listening_end_revoked(bot);
	return true;
}

bool people_self(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms, struct slack_identity *ret,
		 struct err *e)
{
	if (recall_self(ctx, bot, ret))
		return true;
	if (!people_ask_self(ctx, bot, call_deadline(deadline_ms), ret, e))
		return false;
	if (!ret->team_id)
		return err_set(e, ERR_BAD_REPLY, "Slack (auth.test): the answer has no team_id");
	struct json_object *o = json_new_object(ctx);
	for (size_t i = 0; i < N_SELF_TEXTS; i++)
		json_set_str(o, self_texts[i].name, *self_text(ret, i));
	remember(bot, self_key(ctx, bot), o, SELF_MS);
	return true;
}

const char *people_self_id(TALLOC_CTX *ctx, struct bot *bot)
{
	struct slack_identity self;

	return recall_self(ctx, bot, &self) ? self.user_id : NULL;
}

/* --- a person --- */

static char *person_key(TALLOC_CTX *ctx, const char *user_id)
{
	return mem_printf(ctx, "person:%s", user_id);
}

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static void judge(TALLOC_CTX *ctx, const struct slack_user *u, const struct slack_identity *self,
		  const char *user_id, struct known *ret)
{
	ret->person = (struct person){
		.id = mem_strdup(ctx, user_id),
		.name = mem_strdup(ctx, u->name ? u->name : user_id),
		.email = mem_strdup(ctx, u->email),
		.email_confirmed = u->email && !u->email_unconfirmed,
		.bot = u->bot,
		.deleted = u->deleted,
		.guest = u->guest,
		.stranger = u->stranger,
	};
	ret->own_team = same(u->team_id, self->team_id);
	for (size_t i = 0; i < u->n_teams; i++)
		ret->own_team |= same(u->teams[i], self->team_id);
	/* On Grid some answers have the organisation where the workspace should be. */
	ret->own_org = same(u->enterprise_id, self->enterprise_id) ||
		       same(u->team_id, self->enterprise_id);
}

static const struct {
	const char *name;
	size_t offset;
} known_flags[] = {
	{ "email_confirmed", offsetof(struct known, person.email_confirmed) },
	{ "bot", offsetof(struct known, person.bot) },
	{ "deleted", offsetof(struct known, person.deleted) },
	{ "guest", offsetof(struct known, person.guest) },
	{ "stranger", offsetof(struct known, person.stranger) },
	{ "own_team", offsetof(struct known, own_team) },
	{ "own_org", offsetof(struct known, own_org) },
};
#define N_KNOWN_FLAGS (sizeof(known_flags) / sizeof(known_flags[0]))

static bool *known_flag(struct known *k, size_t i)
{
	return (bool *)(void *)((char *)k + known_flags[i].offset);
}

static void keep(TALLOC_CTX *ctx, struct bot *bot, struct known *k,
		 const struct slack_identity *self)
{
	struct json_object *o = json_new_object(ctx);

	json_set_str(o, "for", self->team_id);
	json_set_str(o, "name", k->person.name);
	json_set_str(o, "email", k->person.email);
	for (size_t i = 0; i < N_KNOWN_FLAGS; i++)
		json_set_bool(o, known_flags[i].name, *known_flag(k, i));
	remember(bot, person_key(ctx, k->person.id), o, PERSON_MS);
}

static bool kept(TALLOC_CTX *ctx, struct bot *bot, const char *user_id,
		 const struct slack_identity *self, struct known *ret)
{
	struct json_object *o = recall(ctx, bot, person_key(ctx, user_id));

	if (!same(json_str(o, "for"), self->team_id))
		return false;
	*ret = (struct known){
		.person = { .id = mem_strdup(ctx, user_id),
			    .name = mem_strdup(ctx, json_str_or(o, "name", user_id)),
			    .email = mem_strdup(ctx, json_str(o, "email")) },
	};
	for (size_t i = 0; i < N_KNOWN_FLAGS; i++)
		*known_flag(ret, i) = json_bool_or(o, known_flags[i].name, false);
	return true;
}

bool people_get(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms, const char *user_id,
		struct person **ret, struct err *e)
{
	struct slack_identity self;
	struct slack_user *u;
	struct known k;

	if (!people_self(ctx, bot, deadline_ms, &self, e))
		return false;
	if (!kept(ctx, bot, user_id, &self, &k)) {
		if (!slack_users_info(ctx, bot->slack, call_deadline(deadline_ms), user_id, &u, e))
			return false;
		judge(ctx, u, &self, user_id, &k);
		keep(ctx, bot, &k, &self);
	}
	k.person.own = k.own_team || (k.own_org && !bot->config->strict_teams);
	*ret = mem_zero(ctx, struct person);
	**ret = k.person;
	return true;
}

bool people_forget(struct bot *bot, const char *user_id, struct err *e)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	const char *key = person_key(tmp, user_id);
	char *value = NULL;
	size_t len = 0;
	/* Slack tells of every change of everybody's status: a look costs no commit. */
	bool ok = queue_state_get(bot->queue, tmp, key, &value, &len, e) &&
		  (!value || queue_state_set(bot->queue, key, NULL, 0, 0, e));

	talloc_free(tmp);
	return ok;
}

/* --- who may ask --- */

/* As what the person is refused, in the original bot's words; NULL: not at all. */
static const char *refused_as(const struct bot *bot, const struct person *p)
{
	if (p->bot)
		return "a bot";
	if (p->deleted)
		return "a deactivated user";
	if ((!p->own || p->stranger) && !bot->config->allow_shared_workspaces)
		return "a user from another workspace";
	if (p->guest && !bot->config->allow_guests)
		return "a guest user";
	return NULL;
}

static const char *say_refused(TALLOC_CTX *ctx, const char *name, const char *as)
{
	char *text = mem_strdup(ctx, "Sorry ");

	mrkdwn_add_text(&text, mem_printf(ctx, "@%s", name));
	mrkdwn_addf_raw(&text, ", as %s you're not able to use this command.", as);
	return text;
}

static const char *say_unknown(TALLOC_CTX *ctx, const char *why)
{
	char *text = mem_strdup(ctx, "Could not fetch your user info from Slack. ");

	mrkdwn_add_text(&text, why);
	return text;
}

bool people_may_ask(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms, const char *user_id,
		    const char **ret_refusal, struct err *e)
{
	struct person *p;

	if (same(user_id, SLACKBOT)) {
		*ret_refusal = say_refused(ctx, "slackbot", "a bot");
		return true;
	}
	if (people_get(ctx, bot, deadline_ms, user_id, &p, e)) {
		const char *as = refused_as(bot, p);
		*ret_refusal = as ? say_refused(ctx, p->name, as) : NULL;
		return true;
	}
	if (e->kind == ERR_TEMPORARY || e->kind == ERR_RATE_LIMITED)
		return err_wrap(e, "Could not fetch your user info from Slack");
	*ret_refusal = say_unknown(ctx, e->text);
	return true;
}

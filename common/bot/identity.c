/*
 * Slack's person -> confirmed e-mail -> Looker's user -> a handle with that user's rights. Who is
 * whose user is kept for ten minutes for all processes, together with the address that it was found
 * by: when the person's address changes, what is kept counts no more. The sentences for those who
 * have no user stand here; the search is looker/users, the login looker/auth_as.
 */
#include "bot/identity.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bot/people.h"
#include "looker/auth_as.h"
#include "looker/users.h"
#include "slack/mrkdwn.h"

#define KEPT_MS (10 * 60 * 1000LL)

#define OWNER_TURNS_OFF                                                                            \
	"The owner of this app must set `LOOKERBOT_RUN_AS_ASKER=false`: everybody's questions "    \
	"are then answered with the rights of the bot's Looker account."

struct search {
	TALLOC_CTX *ctx;
	struct bot *bot;
	struct looker *own;
	int64_t deadline_ms;
	const struct person *person;
	struct err *e;
};

/* --- misses --- */

/* "... ADDRESS at HOST ..." */
static const char *say_address(const struct search *s, const char *before, const char *after)
{
	char *text = mem_strdup(s->ctx, "");

	mrkdwn_add_raw(&text, before);
	mrkdwn_add_code(&text, s->person->email);
	mrkdwn_add_raw(&text, " at ");
	mrkdwn_add_text(&text, looker_name(s->own));
	mrkdwn_add_raw(&text, after);
	return text;
}

/* An error of looker/auth_as in words, and what to do. */
static const char *say_refused(const struct search *s, const char *after)
{
	char *text = mem_strdup(s->ctx, "I answer with your own Looker rights, and cannot: ");

	mrkdwn_add_text(&text, s->e->text);
	mrkdwn_add_raw(&text, ". ");
	mrkdwn_add_raw(&text, after);
	return text;
}

static const char *say_hidden(const struct search *s)
{
	char *text = mem_strdup(s->ctx, "I cannot find out which Looker user you are: the bot's "
					"Looker account at ");

	mrkdwn_add_text(&text, looker_name(s->own));
	mrkdwn_add_raw(&text, " may not see the e-mail addresses of users. A Looker admin must "
			      "give it the Admin role.");
	return text;
}

/* Why Slack's facts about the person are not enough; NULL when they are. */
static const char *say_person(const struct person *p)
{
	if (!p->own || p->guest || p->stranger || p->bot || p->deleted)
		return "I answer with each person's own Looker rights, and only members of this "
		       "workspace have some: no guests, and nobody of another company.";
	if (!p->email)
		return "I answer with your own Looker rights, and find your Looker user by your "
		       "e-mail address, which Slack does not show me. The owner of this app must "
		       "add the scope `users:read.email` and reinstall the app.";
	if (!p->email_confirmed)
		return "I answer with your own Looker rights, and find your Looker user by your "
		       "e-mail address, which is not confirmed in Slack yet. Confirm it (see the "
		       "mail that Slack sent you, or your account settings), then ask again.";
	return NULL;
}

static const char *say_found(const struct search *s, enum looker_users_found found)
{
	switch (found) {
	case LOOKER_USERS_ONE:
		break;
	case LOOKER_USERS_NONE:
		return say_address(s,
				   "I answer with your own Looker rights, but there is no Looker "
				   "user with your address ",
				   ". Ask your Looker admin to add you with that address.");
	case LOOKER_USERS_DISABLED:
		return say_address(s,
				   "I answer with your own Looker rights, but the Looker user with "
				   "your address ",
				   " is disabled. Ask your Looker admin to enable it.");
	case LOOKER_USERS_SEVERAL:
		return say_address(s,
				   "I answer with your own Looker rights, but more than one Looker "
				   "user has your address ",
				   ", so I cannot tell which one is you. Ask your Looker admin to "
				   "leave it to one of them.");
	case LOOKER_USERS_HIDDEN:
		return say_hidden(s);
	}
	return NULL;
}

/* --- what is kept --- */

static char *state_key(const struct search *s)
{
	return mem_printf(s->ctx, "looker-user:%s:%s", looker_name(s->own), s->person->id);
}

static bool kept(const struct search *s, struct looker_user *ret)
{
	struct json_object *o;
	char *text = NULL;
	size_t len;
	struct err e;

	if (!queue_state_get(s->bot->queue, s->ctx, state_key(s), &text, &len, &e) || !text ||
	    !json_parse(s->ctx, text, len, &o, &e))
		return false; /* Looker knows better anyway */
	ret->id = json_str(o, "id");
	ret->name = json_str(o, "name");
	ret->email = json_str(o, "email");
	return ret->id && ret->name && ret->email && strcmp(ret->email, s->person->email) == 0;
}

/* NULL forgets. Nothing is lost but a call when that fails. */
static void keep(const struct search *s, const struct looker_user *user)
{
	struct json_object *o = json_new_object(s->ctx);
	struct err e;

	if (!user) {
		(void)!queue_state_set(s->bot->queue, state_key(s), NULL, 0, 0, &e);
		return;
	}
	json_set_str(o, "id", user->id);
	json_set_str(o, "name", user->name);
	json_set_str(o, "email", s->person->email);
	const char *text = json_text(o);
	(void)!queue_state_set(s->bot->queue, state_key(s), text, strlen(text),
			       clock_now_ms() + KEPT_MS, &e);
}

/* --- the way --- */

static bool miss(const char *why, struct identity *ret)
{
	*ret = (struct identity){ .miss = why };
	return true;
}

/* True: logged in, or a miss. False: an error, or the user is gone. */
static bool log_in(const struct search *s, const struct looker_user *user, struct identity *ret)
{
	struct looker *lk;

	if (looker_as(s->ctx, s->own, s->deadline_ms, user->id, &lk, s->e)) {
		*ret = (struct identity){ .lk = lk, .user_id = user->id, .as = user->name };
		return true;
	}
	switch (looker_as_refusal(s->e)) {
	case LOOKER_AS_CORE:
		return miss(say_refused(s, OWNER_TURNS_OFF), ret);
	case LOOKER_AS_NO_RIGHT:
		return miss(say_refused(s, "A Looker admin can give it."), ret);
	case LOOKER_AS_GONE:
	case LOOKER_AS_FAILED:
		break;
	}
	return false;
}

static bool search_and_log_in(const struct search *s, struct identity *ret)
{
	enum looker_users_found found;
	struct looker_user user;

	if (!looker_users_find(s->ctx, s->own, s->deadline_ms, s->person->email, &found, &user,
			       s->e)) {
		if (s->e->kind != ERR_FORBIDDEN && s->e->kind != ERR_NOT_FOUND)
			return false;
		return miss(say_hidden(s), ret);
	}
	if (found != LOOKER_USERS_ONE)
		return miss(say_found(s, found), ret);
	if (!log_in(s, &user, ret)) {
		if (looker_as_refusal(s->e) != LOOKER_AS_GONE)
			return false;
		/* It was there a moment ago: what is missing is the right. */
		return miss(say_refused(s, "A Looker admin can give it the Admin role."), ret);
	}
	if (ret->lk)
		keep(s, &user);
	return true;
}

static bool as_asker(const struct search *s, struct identity *ret)
{
	struct looker_user user;

	if (kept(s, &user)) {
		if (log_in(s, &user, ret))
			return true;
		if (looker_as_refusal(s->e) != LOOKER_AS_GONE)
			return false;
		keep(s, NULL);
	}
	return search_and_log_in(s, ret);
}

static bool get_person(const struct search *s, const char *user_id, struct person **ret,
		       const char **ret_miss)
{
	if (people_get(s->ctx, s->bot, s->deadline_ms, user_id, ret, s->e))
		return true;
	if (s->e->kind != ERR_FORBIDDEN && s->e->kind != ERR_NOT_FOUND)
		return false;
	*ret = NULL;
	*ret_miss = "I answer with your own Looker rights, and Slack does not tell me who you are. "
		    "The owner of this app must add the scopes `users:read` and "
		    "`users:read.email` and reinstall the app.";
	return true;
}

bool identity_looker(TALLOC_CTX *ctx, const struct command_call *call, size_t instance,
		     struct identity *ret, struct err *e)
{
	struct search s = {
		.ctx = ctx,
		.bot = call->bot,
		.own = call->bot->lookers[instance],
		.deadline_ms = call->deadline_ms,
		.e = e,
	};
	struct person *person;
	const char *why = NULL;

	if (!call->bot->config->run_as_asker) {
		*ret = (struct identity){ .lk = s.own, .as = "the bot’s Looker account" };
		return true;
	}
	if (!get_person(&s, call->in->user_id, &person, &why))
		return false;
	if (person)
		why = say_person(person);
	if (why)
		return miss(why, ret);
	s.person = person;
	return as_asker(&s, ret);
}

void identity_say_miss(TALLOC_CTX *ctx, const struct identity *id, struct command_answer *ret)
{
	command_whisper(ctx, id->miss, ret);
	ret->secret = true;
}

const char *identity_whose(const struct bot *bot)
{
	return bot->config->run_as_asker ? "your Looker account" : "the bot's Looker account";
}

bool identity_may_not(const struct identity *id, const struct err *e)
{
	return id->user_id && (e->kind == ERR_NOT_FOUND || e->kind == ERR_FORBIDDEN);
}

/*
 * The tokens of other users, the most recently used ones first, shared by all handles of an
 * instance. A token in use is never taken away: who was pushed out of the list goes with its last
 * handle. How a token is made and renewed is auth.c's.
 */
#include "looker/auth_as.h"

#include <string.h>
#include <sys/queue.h>

#include "base/form.h"
#include "base/mem.h"
#include "looker/client.h"

#define CORE_WORDS "Google Cloud core"

struct session {
	struct looker_auth auth; /* has the lock of its own */
	size_t handles;
	bool listed;
	TAILQ_ENTRY(session) link;
};

struct looker_sessions {
	pthread_mutex_t lock; /* all that follows, and what the sessions say of handles */
	size_t users;	      /* handles, the own one too */
	size_t n;	      /* in the list */
	TAILQ_HEAD(sessions, session) list; /* most recently used first */
};

static void session_free(struct session *s)
{
	looker_auth_release(&s->auth);
	talloc_free(s);
}

/* A talloc tree of its own: it ends in whatever thread uses it last. */
struct looker_sessions *looker_sessions_new(void)
{
	struct looker_sessions *s = mem_zero(NULL, struct looker_sessions);

	pthread_mutex_init(&s->lock, NULL);
	s->users = 1;
	TAILQ_INIT(&s->list);
	return s;
}

void looker_sessions_drop(struct looker_sessions *s)
{
	struct session *one;

	pthread_mutex_lock(&s->lock);
	bool last = --s->users == 0;
	pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	while ((one = TAILQ_FIRST(&s->list)) != NULL) {
		TAILQ_REMOVE(&s->list, one, link);
		session_free(one);
	}
	pthread_mutex_destroy(&s->lock);
	talloc_free(s);
}

/* With the lock held. */
static void unlist(struct looker_sessions *s, struct session *one)
{
	TAILQ_REMOVE(&s->list, one, link);
	one->listed = false;
	s->n--;
	if (one->handles == 0)
		session_free(one);
}

/* With the lock held; a new one when there is none. */
static struct session *find(struct looker_sessions *s, const char *user_id)
{
	struct session *one;

	TAILQ_FOREACH(one, &s->list, link)
	{
		if (strcmp(one->auth.user_id, user_id) != 0)
			continue;
		TAILQ_REMOVE(&s->list, one, link);
		return one;
	}
	one = mem_zero(NULL, struct session);
	looker_auth_init(&one->auth, mem_strdup(one, user_id));
	one->listed = true;
	s->n++;
	return one;
}

static struct session *take(struct looker_sessions *s, const char *user_id)
{
	pthread_mutex_lock(&s->lock);
	struct session *one = find(s, user_id);
	TAILQ_INSERT_HEAD(&s->list, one, link);
	one->handles++;
	s->users++;
	if (s->n > LOOKER_AS_MAX)
		unlist(s, TAILQ_LAST(&s->list, sessions));
	pthread_mutex_unlock(&s->lock);
	return one;
}

static int release(struct looker *lk)
{
	struct session *one = (struct session *)lk->auth;

	pthread_mutex_lock(&lk->sessions->lock);
	if (--one->handles == 0 && !one->listed)
		session_free(one);
	pthread_mutex_unlock(&lk->sessions->lock);
	looker_sessions_drop(lk->sessions);
	return 0;
}

enum looker_as_refusal looker_as_refusal(const struct err *e)
{
	if (e->kind == ERR_NOT_FOUND)
		return LOOKER_AS_GONE;
	if (e->kind != ERR_FORBIDDEN)
		return LOOKER_AS_FAILED;
	return strcasestr(e->text, CORE_WORDS) ? LOOKER_AS_CORE : LOOKER_AS_NO_RIGHT;
}

bool looker_as_login(TALLOC_CTX *ctx, const struct looker *lk, int64_t deadline_ms,
		     struct json_object **ret, struct err *e)
{
	const char *name = lk->config->name;
	char *path = mem_printf(ctx, "/login/%s", form_escape(ctx, lk->auth->user_id));

	if (looker_post(ctx, lk->own, deadline_ms, path, NULL, LOOKER_LOGIN_MAX_BYTES, ret, e))
		return true;
	switch (looker_as_refusal(e)) {
	case LOOKER_AS_CORE:
		return err_set(e, ERR_FORBIDDEN,
			       "%s is Looker (" CORE_WORDS "), where nobody can log in as another "
			       "person",
			       name);
	case LOOKER_AS_NO_RIGHT:
		return err_set(e, ERR_FORBIDDEN,
			       "the bot's Looker account at %s may not log in as other people: it "
			       "needs the Admin role",
			       name);
	case LOOKER_AS_GONE:
		return err_set(e, ERR_NOT_FOUND,
			       "Looker at %s has no user %s, or does not let the bot's account log "
			       "in as other people",
			       name, lk->auth->user_id);
	case LOOKER_AS_FAILED:
		break;
	}
	return err_wrap(e, "login as another user");
}

bool looker_as(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *user_id,
	       struct looker **ret, struct err *e)
{
	struct looker *as = mem_zero(ctx, struct looker);

	*as = *lk->own;
	as->auth = &take(lk->sessions, user_id)->auth;
	talloc_set_destructor(as, release);
	if (!looker_login(ctx, as, deadline_ms, e)) {
		talloc_free(as);
		return false;
	}
	*ret = as;
	return true;
}

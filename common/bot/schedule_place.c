/*
 * Where a delivery goes: a name of the address or of a form, to an id by the stored directory. One
 * that is not there, in a directory that is complete and fresh, is refused in words.
 */
#include "bot/schedule_intake.h"

#include <ctype.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "bot/directory_list.h"

#define CHANNEL "channel" /* the form's field */
#define NAME_MAX_CHARS 100
#define ID_MIN_CHARS 5 /* of Slack's: "U0123" */
#define ID_LONG_CHARS 9

/* A name that may be new: so long somebody may wait for the directory, so many at once, since each
 * holds one of the threads that answer Slack, too, and not more than a quarter of them. */
#define WAIT_MS 2000
#define WAIT_STEP_MS 50
#define WAITING_MAX 4
static atomic_int waiting;

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

static bool read_name(struct schedule_taking *t, enum schedule_place kind, const char *given)
{
	const bool form = kind == SCHEDULE_FORM;
	struct schedule_job *j = &t->job;

	given = text_trim(t->ctx, given ? given : "");
	j->person = kind == SCHEDULE_PERSON || (form && (strchr(given, '@') || is_id(given, "UW")));
	if (given[0] == (j->person ? '@' : '#'))
		given++;
	if (!given[0])
		return schedule_refuse(
			t, 400, CHANNEL,
			form ? "Channel not specified. Give a channel (#sales) or a person (@ada)."
			     : "Channel not specified. The address ends in the channel's name, as "
			       "in /slack/post/channel/sales.");
	if (text_chars(given) > NAME_MAX_CHARS)
		return schedule_refuse(t, 404, CHANNEL,
				       "No channel and no person has a name that long.");
	j->name = given;
	if (is_id(given, j->person ? "UWD" : "CGD"))
		j->id = given;
	return true;
}

static bool may_wait(const struct bot *bot)
{
	const int64_t some = bot->config->threads / 4;

	if (atomic_fetch_add(&waiting, 1) < (some < WAITING_MAX ? some : WAITING_MAX))
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

static bool find(struct schedule_taking *t, struct directory_found *ret, struct err *e)
{
	enum directory_kind kind = t->job.person ? DIRECTORY_PEOPLE : DIRECTORY_CHANNELS;

	return directory_find(t->ctx, t->bot, kind, t->job.name, ret, e);
}

/* Looks the name up; one that is not known asks for a new directory, and waits for it a moment. */
static bool look_up(struct schedule_taking *t, struct directory_found *ret, struct err *e)
{
	int64_t until_ms = clock_deadline_ms(WAIT_MS);
	bool ok = find(t, ret, e);

	if (!ok || is_settled(ret))
		return ok;
	directory_read_later(t->bot, DIRECTORY_FRESH_MS);
	if (!may_wait(t->bot))
		return true;
	while (ok && !is_settled(ret) && clock_left_ms(until_ms) > 0) {
		clock_sleep_until(clock_deadline_ms(WAIT_STEP_MS));
		ok = find(t, ret, e);
	}
	atomic_fetch_sub(&waiting, 1);
	return ok;
}

static bool refuse_name(struct schedule_taking *t, const struct directory_found *found)
{
	const char *name = t->job.name;

	if (found->n > 1)
		return schedule_refuse(
			t, 404, CHANNEL,
			mem_printf(t->ctx,
				   "%zu people are called “%s”: give the user name or the "
				   "e-mail address.",
				   found->n, name));
	if (t->job.person)
		return schedule_refuse(
			t, 404, CHANNEL,
			mem_printf(t->ctx,
				   "There is nobody called “%s” here: give a user name, a "
				   "display name or an e-mail address.",
				   name));
	return schedule_refuse(
		t, 404, CHANNEL,
		mem_printf(t->ctx,
			   "There is no channel #%s, or the bot is not in it: invite it, or "
			   "check the name.",
			   name));
}

/* Forms give ids; people read names. */
static void find_name(struct schedule_taking *t)
{
	struct schedule_job *j = &t->job;
	const char *name;
	struct err e;

	if (directory_name(t->ctx, t->bot, j->person ? DIRECTORY_PEOPLE : DIRECTORY_CHANNELS, j->id,
			   &name, &e) &&
	    name)
		j->name = name;
}

bool schedule_choose_place(struct schedule_taking *t, enum schedule_place kind, const char *given)
{
	struct directory_found found;
	struct err e;

	if (!read_name(t, kind, given))
		return false;
	if (t->job.id) {
		find_name(t);
		return true;
	}
	if (!look_up(t, &found, &e)) /* the job will know */
		return true;
	if (is_settled(&found) && !found.open && !found.problem)
		return refuse_name(t, &found);
	t->job.id = found.id;
	return true;
}

/*
 * csv, picture, again, region=EMEA …: the last answer in this direct message or thread, taken
 * further for whoever writes, with that person's rights. It comes after all commands: a word that
 * is one stays one.
 */
#include "bot/command.h"

#include "base/mem.h"
#include "base/text.h"
#include "bot/followup.h"
#include "bot/offers_private.h"
#include "slack/mrkdwn.h"

static bool followup_match(TALLOC_CTX *ctx, const struct bot *bot,
			   const struct catalogue *catalogue, const char *text,
			   struct command_match *ret)
{
	struct followup f;

	(void)bot;
	(void)catalogue;
	if (!followup_read(ctx, text, &f))
		return false;
	ret->instance = COMMAND_NOBODY; /* which one it is stands in the last answer */
	ret->rest = text;
	ret->doubtful = f.doubtful || !f.name; /* dashboards may be called "csv", too */
	return true;
}

/* What it is about. *ret_found: there is something, and it is not too old. */
static bool find(TALLOC_CTX *ctx, const struct command_call *call, const char **ret_key,
		 struct offers_answer *ret, bool *ret_found, struct err *e)
{
	struct key_meaning meaning;

	*ret_found = false;
	if (!followup_last(ctx, call->bot, call->in, ret_key, e))
		return false;
	if (!*ret_key)
		return true;
	*ret_found = keys_get(ctx, call->bot, *ret_key, &meaning, e);
	if (!*ret_found)
		return e->kind == ERR_NOT_FOUND;
	return offers_read(ctx, &meaning, ret, e);
}

static bool has_filter(const struct offers_answer *a, const char *name)
{
	for (size_t i = 0; i < a->n_filters; i++)
		if (text_equal_fold(a->filters[i].title, name) ||
		    text_equal_fold(a->filters[i].name, name))
			return true;
	return false;
}

static void say_nothing(TALLOC_CTX *ctx, struct command_answer *ret)
{
	command_whisper(ctx,
			"There is no answer here that I could take further. Ask for one first; "
			"then write `csv`, `picture`, `again` or `region=EMEA` in our direct "
			"messages, or mention me with it in the answer's thread.",
			ret);
}

/* Buttons of the last answer that are pressed for the asker. `drawn`: its picture comes anyway. */
static struct json_object *presses_of(TALLOC_CTX *ctx, const struct followup *f, bool drawn)
{
	struct json_object *presses = json_new_array(ctx);

	for (size_t i = 0; i < FOLLOWUP_WORDS; i++) {
		const char *action_id = followup_action((enum followup_word)i);
		if (f->words[i] && action_id && !(drawn && i == FOLLOWUP_PICTURE))
			json_object_array_add(presses, json_object_new_string(action_id));
	}
	return json_len(presses) > 0 ? presses : NULL;
}

/* The same again, with other values. What the asker is told in private is no answer to press on. */
static bool show(TALLOC_CTX *ctx, const struct command_call *call, const struct followup *f,
		 const struct offers_answer *a, struct command_answer *ret, struct err *e)
{
	if (!offers_show(ctx, call, a, f->values, ret, e))
		return false;
	if (ret->shown)
		ret->presses = presses_of(ctx, f, ret->picture != NULL);
	return true;
}

static bool followup_run(TALLOC_CTX *ctx, const struct command_call *call,
			 struct command_answer *ret, struct err *e)
{
	struct offers_answer a;
	struct followup f;
	const char *key;
	size_t instance;
	bool found;

	if (!followup_read(ctx, call->text, &f) || !find(ctx, call, &key, &a, &found, e))
		return false;
	if (f.doubtful && !(found && has_filter(&a, f.name)))
		return command_help.run(ctx, call, ret, e);
	if (!found) {
		say_nothing(ctx, ret);
		return true;
	}
	if (!offers_instance(call->bot, &a, &instance)) {
		offers_say_gone(ctx, &a, ret);
		return true;
	}
	if (f.name || f.words[FOLLOWUP_AGAIN]) {
		ret->lane = bot_looker_lane(ctx, call->bot->lookers[instance]);
		if (strcmp(ret->lane, call->lane) != 0)
			return true;
		return show(ctx, call, &f, &a, ret, e);
	}
	*ret = (struct command_answer){ .shown = key, .presses = presses_of(ctx, &f, false) };
	return true;
}

const struct command command_followup = {
	.name = "followup",
	.spoken = true,
	.match = followup_match,
	.run = followup_run,
};

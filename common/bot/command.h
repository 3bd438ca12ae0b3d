/*
 * Commands: one const table, in order of precedence; each command is one file (cmd_*.c) and one
 * line in command.c. Matching reads only what is cached, so that intake can do it in microseconds.
 */
#ifndef BOT_COMMAND_H
#define BOT_COMMAND_H

#include "bot/bot.h"
#include "bot/catalogue.h"
#include "slack/inbound.h"
#include "slack/message.h"

#define COMMAND_NOBODY SIZE_MAX /* no Looker is asked */

struct command;

/* Which command a text means. */
struct command_match {
	const struct command *command;
	size_t instance;		       /* the Looker it will ask, or COMMAND_NOBODY */
	const struct catalogue_command *entry; /* custom commands; belongs to the catalogue */
	const char *rest;		       /* what follows the command's words, case kept */
	bool doubtful;			       /* it may be a command that is not known yet */
};

/* One run of it. */
struct command_call {
	struct bot *bot;
	const struct slack_inbound *in;
	const struct catalogue *catalogue;
	struct command_match match;
	const char *text; /* the whole text, cleaned */
	const char *lane; /* that the job holds */
	int64_t now_ms;
	int64_t deadline_ms; /* monotonic */
};

struct command_answer {
	struct slack_message *message;
	bool private; /* for the asker alone, or for all when it was asked before all */
	bool secret;  /* private, and for the asker alone even then */
	struct json_object *picture; /* what is still to be drawn for it (bot/picture.h), or NULL */
	struct json_object *tiles;   /* that are to follow in its thread (bot/tiles.h), or NULL */
	const char *shown; /* what it is, for follow-ups: a key of bot/offers.h; or NULL */
	/* Buttons of that key to press for the asker, by action_id, when the message is out, or in
	 * its place when that is NULL; or NULL. */
	struct json_object *presses;
	const char *lane; /* not NULL: nothing was done, the job belongs into this lane first */
};

struct command {
	const char *name;
	const char *usage;	     /* one line for help, or NULL */
	const char *help;	     /* what it gives, in a few words */
	const char *about;	     /* for `help NAME`: a sentence or two more (mrkdwn) */
	const char *const *examples; /* for `help NAME`; NULL at the end */
	bool echoed;		     /* the typed command is shown to the channel */
	bool spoken;		     /* it is said to the bot, no slash command */
	/* Whether `text` (cleaned) is this command; fills instance, entry and rest. */
	bool (*match)(TALLOC_CTX *ctx, const struct bot *bot, const struct catalogue *catalogue,
		      const char *text, struct command_match *ret);
	/* Errors of Looker's kinds; what a person typed wrong is an answer, not an error. */
	bool (*run)(TALLOC_CTX *ctx, const struct command_call *call, struct command_answer *ret,
		    struct err *e);
};

extern const struct command command_find;
extern const struct command command_custom;
extern const struct command command_show;
extern const struct command command_followup;
extern const struct command command_help;

/* The table, NULL at the end. */
extern const struct command *const command_table[];

/* Always finds one: help answers what nothing else does. */
struct command_match command_match(TALLOC_CTX *ctx, const struct bot *bot,
				   const struct catalogue *catalogue, const char *text);

/* The lane in which a job of that match runs; "" when no Looker is asked. */
char *command_lane(TALLOC_CTX *ctx, const struct bot *bot, const struct command_match *match);

/* Runs `text` for `in`, in the lane that the job holds. When it means another one than was thought
 * when the job was put, ret->lane says which, and nothing was asked. When nothing but help takes it
 * and the catalogue is older than a minute, the catalogue is read again first: a new dashboard
 * works at once. */
bool command_run(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in, const char *text,
		 const char *lane, int64_t deadline_ms, struct command_answer *ret,
		 struct err *e) ERR_MUST_CHECK;

#define COMMAND_WORDS_MAX 40 /* of a title; what follows is never part of one */

/* The ends of the first words of `text`, as offsets; returns how many. */
size_t command_word_ends(const char *text, size_t ends[COMMAND_WORDS_MAX]);

/* What follows without leading blanks. */
const char *command_skip_blanks(const char *text);

/* The first word of `text`, folded; *ret_rest is what follows. */
char *command_first_word(TALLOC_CTX *ctx, const char *text, const char **ret_rest);

/* An answer that is one mrkdwn text: for all, or for the asker alone. */
struct slack_message *command_say(TALLOC_CTX *ctx, const char *mrkdwn);
void command_whisper(TALLOC_CTX *ctx, const char *mrkdwn, struct command_answer *ret);

#endif

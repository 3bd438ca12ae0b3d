/* The directory as a list to choose from: where a message may go. Only what is stored is looked
 * into. */
#ifndef BOT_DIRECTORY_LIST_H
#define BOT_DIRECTORY_LIST_H

#include "bot/directory.h"

struct directory_entry {
	enum directory_kind kind;
	const char *id;
	const char *name;    /* of a channel, or the person's user name; folded */
	const char *display; /* a person's display name, folded; "" when there is none */
};

struct directory_list {
	struct directory_entry *entries;
	size_t n;
	bool more;	 /* there are others */
	int64_t read_ms; /* as in struct directory_found: 0: there is no directory yet */
};

/*
 * Channels in which the bot may post, then people, each by name: those whose name has `part` in it
 * (in any case; of people also the display name and the e-mail address), the best matches first.
 * With "" all of them, or `more` as soon as there are more than `max`: which ones are in the list
 * then is chance. ERR_TEMPORARY: the disk.
 */
bool directory_list(TALLOC_CTX *ctx, struct bot *bot, const char *part, size_t max,
		    struct directory_list *ret, struct err *e) ERR_MUST_CHECK;

/* What has that id is called, folded (of a person the user name); *ret is NULL when nobody knows.
 * ERR_TEMPORARY: the disk. */
bool directory_name(TALLOC_CTX *ctx, struct bot *bot, enum directory_kind kind, const char *id,
		    const char **ret, struct err *e) ERR_MUST_CHECK;

#endif

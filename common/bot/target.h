/*
 * What the words after `show` point at: a number, an address, a title. Pure: it knows the
 * instances' addresses and asks nobody whether the thing exists.
 *
 *	42                                    a Look or a dashboard of that number
 *	look 42, dashboard 42, model::name    one of them
 *	https://looker.example.com/looks/42   by an instance's exact origin; also /dashboards/ID
 *	                                      with filters, /x/SLUG, /explore/MODEL/VIEW?...
 *	orders by status                      a title
 *
 * What follows the first three are values for its filters.
 */
#ifndef BOT_TARGET_H
#define BOT_TARGET_H

#include "base/form.h"
#include "bot/titles.h"

enum target_kind {
	TARGET_NOTHING, /* no words */
	TARGET_NUMBER,	/* Look or dashboard */
	TARGET_LOOK,
	TARGET_DASHBOARD,
	TARGET_SLUG,	/* a query */
	TARGET_EXPLORE, /* an Explore without a stored query: id is its model */
	TARGET_TITLE,	/* see `wanted` */
	TARGET_PAGE,	/* another page of a Looker that is ours */
	TARGET_FOREIGN, /* an address that is none of our Lookers' */
	TARGET_KINDS
};

struct target {
	enum target_kind kind;
	size_t instance;	 /* COMMAND_NOBODY where no Looker is asked */
	const char *id;		 /* number, "model::name" or slug */
	const char *view;	 /* of an Explore; else NULL */
	const char *url;	 /* as typed; NULL when it was no address */
	const char *rest;	 /* values, as typed */
	const struct form *link; /* the address's query string; NULL when there is none */
	struct titles_wanted wanted;
};

struct target target_read(TALLOC_CTX *ctx, const struct bot *bot, const char *text);

#endif

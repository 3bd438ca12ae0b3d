/*
 * Content of Looker as an answer: a dashboard's tile, a Look or a query becomes a message. Custom
 * commands and `show` use it, later links. What the person typed wrong is a private answer; errors
 * are Looker's.
 */
#ifndef BOT_SHOW_H
#define BOT_SHOW_H

#include "base/form.h"
#include "bot/command.h"

/* What is asked for, and how the person called it. */
struct show_asked {
	size_t instance;
	const char *id;
	const char *view;	 /* of an Explore, whose id is its model */
	const char *title;	 /* as it is known before Looker is asked; or NULL */
	const char *words;	 /* how it is typed: "sales", "show dashboard 42" */
	const char *text;	 /* values for its filters, as typed */
	const struct form *link; /* values of an address's query string; or NULL */
	bool named;		 /* the footer says what it is: "Look 42" */
	bool again; /* `link` has what was given before; a query's own filters can be changed, too
		     */
};

bool show_dashboard(TALLOC_CTX *ctx, const struct command_call *call,
		    const struct show_asked *asked, struct command_answer *ret,
		    struct err *e) ERR_MUST_CHECK;

/* An address's f[view.field]=value are its filters. */
bool show_look(TALLOC_CTX *ctx, const struct command_call *call, const struct show_asked *asked,
	       struct command_answer *ret, struct err *e) ERR_MUST_CHECK;

/* The id is a slug, of /x/SLUG or an Explore's qid. */
bool show_query(TALLOC_CTX *ctx, const struct command_call *call, const struct show_asked *asked,
		struct command_answer *ret, struct err *e) ERR_MUST_CHECK;

/* An Explore as its address says (bot/explore.h), f[view.field]=value too. */
bool show_explore(TALLOC_CTX *ctx, const struct command_call *call, const struct show_asked *asked,
		  struct command_answer *ret, struct err *e) ERR_MUST_CHECK;

#endif

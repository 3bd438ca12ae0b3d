/*
 * The button "All rows (CSV)" below a table: what it stands for, and whether it is offered. What a
 * press of it does is bot/press_csv.c.
 */
#ifndef BOT_CSV_OFFER_H
#define BOT_CSV_OFFER_H

#include "bot/keys.h"
#include "slack/message.h"

#define CSV_OFFER_KIND "csv"

/* Looker never changes a query: its id is enough, and whoever presses runs it anew. */
struct csv_offer {
	const char *looker; /* by its name: settings may change while the button is there */
	const char *query_id;
	const char *title;
	const char *filters; /* plain text, "Region: EMEA · Period: 7 days"; or "" */
	int64_t limit;	     /* the query's own, when it is all that was asked for; else -1 */
	bool as_shown;	     /* labels and hidden fields as in the table */
	bool pivoted;	     /* the heading may have more than one line: nobody counts the rows */
};

/* False: this workspace has lately refused files. */
bool csv_offer_files(TALLOC_CTX *ctx, struct bot *bot);

/* To and from a key's body. load: query_id is NULL when it holds none. */
struct json_object *csv_offer_save(TALLOC_CTX *ctx, const struct csv_offer *offer);
struct csv_offer csv_offer_load(const struct json_object *body);

/* Adds the button with a key of its own, unless this workspace has lately refused files, or the
 * disk the key. */
void csv_offer_add(TALLOC_CTX *ctx, struct bot *bot, struct slack_message *m,
		   const struct csv_offer *offer);

/* ERR_INTERNAL: it is no such key. */
bool csv_offer_read(const struct key_meaning *key, struct csv_offer *ret,
		    struct err *e) ERR_MUST_CHECK;

/* Slack takes no files from this app: for an hour none are offered. Or it does, after all. */
void csv_offer_refused(struct bot *bot);
void csv_offer_taken(TALLOC_CTX *ctx, struct bot *bot);

#endif

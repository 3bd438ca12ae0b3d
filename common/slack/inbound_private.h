/*
 * What the readers of Slack's payloads share: filling a struct slack_inbound from JSON by tables of
 * (field, path). Private to slack/.
 */
#ifndef SLACK_INBOUND_PRIVATE_H
#define SLACK_INBOUND_PRIVATE_H

#include "slack/inbound.h"

#define INBOUND_LINK_MAX_CHARS 3000 /* longer ones are left out, as Slack leaves them out */

/* Where a field stands in a payload: "channel", "container.message_ts". */
struct inbound_source {
	const char *field; /* of the table in inbound.c */
	const char *path;
};

#define INBOUND_N_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Command and text are "", all else is absent. */
struct slack_inbound *inbound_new(TALLOC_CTX *ctx, enum slack_inbound_kind kind);

/* Fills the fields that are still absent: of several rows of one field the first that is there
 * counts. ERR_BAD_INPUT: too long, or no id where one belongs. */
bool inbound_read(struct slack_inbound *in, const struct json_object *o,
		  const struct inbound_source *rows, size_t n, struct err *e) ERR_MUST_CHECK;

/* ERR_BAD_INPUT names what its kind needs and is not there. */
bool inbound_complete(const struct slack_inbound *in, struct err *e) ERR_MUST_CHECK;

/* From here on it is not for us. */
void inbound_nothing(struct slack_inbound *in, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What a payload says its type is, short enough to be quoted; "" when it does not say. */
char *inbound_type(TALLOC_CTX *ctx, const struct json_object *o);

/* Adds a link, up to SLACK_LINKS_MAX different ones; what no message can hold is left out. */
void inbound_add_link(struct slack_inbound *in, const char *link, size_t len);

/* Adds what is in a field of a modal, cleaned, up to SLACK_FIELDS_MAX; an empty one is left out,
 * but from then on `fields` is there. Or all of an object of texts (NULL: nothing). */
void inbound_add_field(struct slack_inbound *in, const char *block_id, const char *text);
void inbound_add_fields(struct slack_inbound *in, const struct json_object *o);

/* Adds the links of a message's text. */
void inbound_add_links(struct slack_inbound *in, const char *text);

/*
 * How many bytes at the beginning of `text` call the bot, with the blanks, ':' and ',' after it; 0
 * when none do. `self` NULL: a mention of anybody does.
 */
size_t inbound_call_len(const char *text, const char *self);

#endif

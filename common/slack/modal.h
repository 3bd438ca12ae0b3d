/*
 * Modals: a form that a person fills in (views.open, views.update), its answers for submissions,
 * and the options of its long lists. Slack's limits are applied here; what a form is for, and where
 * it is remembered, is bot/modal.h's.
 */
#ifndef SLACK_MODAL_H
#define SLACK_MODAL_H

#include "slack/api.h"
#include "slack/inbound.h"

#define SLACK_MODAL_BLOCKS_MAX 100
#define SLACK_MODAL_OPTIONS_MAX 100 /* of a select; more are asked for as somebody types */
#define SLACK_MODAL_ANSWER_MAX_BYTES (16 * 1000) /* Slack ignores longer ones over Socket Mode */

enum slack_field_type {
	SLACK_FIELD_TEXT,
	SLACK_FIELD_TEXTAREA,
	SLACK_FIELD_SELECT,
	SLACK_FIELD_MESSAGE, /* words only: its label, mrkdwn */
	SLACK_FIELD_LINK,    /* a button that opens `url`, with `label` on it */
};

struct slack_option {
	const char *value; /* of any length: Slack gets its number */
	const char *label; /* NULL: the value */
};

/* All texts but a MESSAGE's label are plain; what is absent is NULL. */
struct slack_modal_field {
	enum slack_field_type type;
	const char *name; /* the caller's; it does not go to Slack */
	const char *label;
	const char *hint;
	const char *value; /* that it begins with; of a SELECT one of its options, else none */
	const char *url;   /* https, of a LINK; a field with another address has no button */
	const char *error; /* plain; stands above the field */
	bool required;
	bool interactive;		    /* a change is told at once (a press) */
	size_t max_chars;		    /* of a text; 0: Slack's own */
	const struct slack_option *options; /* more than SLACK_MODAL_OPTIONS_MAX: Slack asks
					       /slack/options for those that fit what is typed */
	size_t n_options;
};

struct slack_modal {
	const char *title;    /* plain, cut at 24 characters */
	const char *submit;   /* what the button says; NULL: there is nothing to send */
	const char *close;    /* NULL: "Cancel", or "Close" when there is nothing to send */
	const char *metadata; /* private_metadata: the key; NULL: none */
	const char *intro;    /* mrkdwn, above the fields; or NULL */
	const struct slack_modal_field *fields;
	size_t n;
};

/* The view as Slack wants it, with as many fields as fit. */
struct json_object *slack_modal_encode(TALLOC_CTX *ctx, const struct slack_modal *modal);

/*
 * views.open, within 3 s of the press that the trigger came with, once. ERR_NOT_FOUND: the trigger
 * is too old or used; ERR_UNKNOWN: it may be open.
 */
bool slack_modal_open(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		      const char *trigger_id, const struct slack_modal *modal,
		      const char **ret_view_id, struct err *e) ERR_MUST_CHECK;

/*
 * views.update; the same again changes nothing. `hash` NULL: whatever stands there by now.
 * ERR_NOT_FOUND: the person has closed it. ERR_FORBIDDEN: it has changed since it had that hash.
 */
bool slack_modal_update(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			const char *view_id, const char *hash, const struct slack_modal *modal,
			struct err *e) ERR_MUST_CHECK;

/*
 * Which field a block of this modal is: its number, or -1. Block and action ids are made of the
 * number and of the key's beginning, so that Slack takes no value over from the modal before.
 */
int slack_modal_field_of(const char *metadata, size_t n_fields, const char *block_or_action_id);
char *slack_modal_block_id(TALLOC_CTX *ctx, const char *metadata, size_t field);

/* How many of its fields fit into 100 blocks. */
size_t slack_modal_fitting(const struct slack_modal *modal);

/* What a block's value in a submission means: a text as it is, an option's number as its value;
 * NULL: nothing was given, or no option has that number. */
const char *slack_modal_value(const struct slack_modal_field *field, const char *sent);

/* Answers to a submission, as JSON: this view in its place; these words beneath these blocks
 * (an object block id -> text). */
char *slack_modal_answer_view(TALLOC_CTX *ctx, const struct slack_modal *modal);
char *slack_modal_answer_errors(TALLOC_CTX *ctx, struct json_object *errors);

/* The answer to a block_suggestion, below SLACK_MODAL_ANSWER_MAX_BYTES: at most 100 of the field's
 * options whose label contains `typed`, case aside; `field` NULL: none. */
char *slack_modal_answer_options(TALLOC_CTX *ctx, const struct slack_modal_field *field,
				 const char *typed);

#endif

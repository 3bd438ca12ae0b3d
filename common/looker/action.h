/*
 * Data actions: what Looker offers to do with a cell (a link of the type "action" in json_detail),
 * performing one, and the form that one may ask for. The link is opaque and passed back as it came
 * (spec: DataActionRequest).
 */
#ifndef LOOKER_ACTION_H
#define LOOKER_ACTION_H

#include "looker/api.h"

#define LOOKER_ACTION_LABEL_MAX_CHARS 75
#define LOOKER_FORM_FIELDS_MAX 50
#define LOOKER_FORM_OPTIONS_MAX 5000 /* of one field */
#define LOOKER_FORM_NAME_MAX_BYTES 200

/* Whether a link of Looker's is an action that can be shown and passed back. */
bool looker_action_is(struct json_object *link);

/* Its label: plain, one line, never empty. */
char *looker_action_label(TALLOC_CTX *ctx, const struct json_object *action);

/* Whether it wants values first: it brings a form, or an address of one. */
bool looker_action_asks(const struct json_object *action);

struct looker_fault {
	const char *field;   /* its name, or "" */
	const char *message; /* Looker's words, plain; never empty */
};

/* Looker's answer to an action that it was asked to perform. */
struct looker_performed {
	bool success;
	bool refresh;	     /* the query may have another result now */
	const char *message; /* or NULL */
	struct looker_fault *faults;
	size_t n_faults;
};

/*
 * POST /data_actions, at most once: what may have reached Looker is never sent again. `values`:
 * name -> text, or NULL. ERR_TEMPORARY, ERR_RATE_LIMITED: it was not performed; ERR_BAD_INPUT,
 * ERR_NOT_FOUND, ERR_FORBIDDEN, ERR_AUTH: nor will it be; ERR_UNKNOWN: nobody can tell (no answer
 * in time, 5xx, an answer that cannot be read).
 */
bool looker_action_perform(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			   struct json_object *action, struct json_object *values,
			   struct looker_performed *ret, struct err *e) ERR_MUST_CHECK;

enum looker_form_type {
	LOOKER_FORM_TEXT,
	LOOKER_FORM_TEXTAREA,
	LOOKER_FORM_SELECT,
	LOOKER_FORM_MESSAGE, /* words only */
	LOOKER_FORM_LINK,    /* where the person must log in first */
};

struct looker_form_option {
	const char *name, *label;
};

struct looker_form_field {
	enum looker_form_type type;
	const char *name, *label; /* plain */
	const char *description;  /* or NULL */
	const char *value;	  /* the default, or NULL */
	const char *url;	  /* of a link: http(s), or NULL */
	bool required, interactive;
	struct looker_form_option *options;
	size_t n_options;
};

struct looker_form {
	struct looker_form_field *fields;
	size_t n;
};

/* The form that the action brings itself; false when it brings none. */
bool looker_action_own_form(TALLOC_CTX *ctx, const struct json_object *action,
			    struct looker_form *ret);

/* POST /data_actions/form: the action's server is asked for its form, with the values that are
 * there so far (NULL: none). Nothing is performed. */
bool looker_action_form(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			struct json_object *action, struct json_object *values,
			struct looker_form *ret, struct err *e) ERR_MUST_CHECK;

#endif

/*
 * An alert that Looker sends through the Action Hub. How its body looks is not documented and no
 * capture of one is public: these are the names of the API's Alert and AlertNotifications, wherever
 * they stand. What is not recognised stays an ordinary delivery.
 */
#ifndef LOOKER_ALERT_H
#define LOOKER_ALERT_H

#include <talloc.h>

#include "base/json.h"

/* Texts are clean and cut; NULL when Looker does not say. */
struct looker_alert {
	const char *title;
	const char *description;
	const char *field;	/* title of what is watched */
	const char *value;	/* of it */
	const char *threshold;	/* a number */
	const char *comparison; /* "above", "equal to", ...; NULL for one that is not known */
	const char *condition;	/* both in Looker's words: "is greater than 100" */
	const char *url;	/* of the dashboard, http or https, or a path of the instance */
	struct json_object *filters; /* the dashboard's that applied: [[name, value], ...] */
};

/* NULL: it is no alert. */
struct looker_alert *looker_alert_read(TALLOC_CTX *ctx, const struct json_object *body);

#endif

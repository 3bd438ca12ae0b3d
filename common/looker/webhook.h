/*
 * The body that Looker sends for a schedule with the destination "Webhook" (and for its Action
 * Hub): who sent it, what it is about, and the data, whatever format was chosen. Pure. Facts:
 * Looker's action_api.md and captures from real instances; any key may be missing, ids are numbers
 * or texts.
 */
#ifndef LOOKER_WEBHOOK_H
#define LOOKER_WEBHOOK_H

#include <stddef.h>
#include <talloc.h>

#include "base/err.h"
#include "base/json.h"
#include "looker/alert.h"

#define LOOKER_WEBHOOK_MAX_BYTES (32 * 1024 * 1024)

enum looker_webhook_kind {
	LOOKER_WEBHOOK_EMPTY,  /* no data came with it */
	LOOKER_WEBHOOK_RESULT, /* rows */
	LOOKER_WEBHOOK_FILE,   /* sent on unopened */
};

/* Texts are NULL when Looker does not say. Everything belongs to the ctx of the reading. */
struct looker_webhook {
	bool planned;	   /* by a schedule; false: sent by hand or by an action */
	const char *type;  /* "query", "dashboard", "cell", ... */
	const char *title; /* the schedule's */
	const char *plan_id;
	const char *plan_type; /* "Look", "Dashboard", "LookMLDashboard" */
	const char *url;       /* of the content, http or https */
	const char *query_id;
	struct json_object *query;	  /* Looker's Query object */
	const char *channel;		  /* form_params.channel: of the Action Hub's form */
	const char *message;		  /* likewise: words to stand above the data, not cut */
	const struct looker_alert *alert; /* or NULL; its data may be missing then */
	enum looker_webhook_kind kind;
	const char *format; /* for people: "CSV", "PDF"; "no data" */
	/* RESULT: as json_detail (looker/result.h), its rows cut at rows_max */
	struct json_object *detail;
	size_t rows; /* that came */
	/* FILE */
	const char *extension, *mimetype;
	const char *bytes;
	size_t len;
};

/* Reads a whole body; of rows the first `rows_max` are kept. ERR_BAD_INPUT: it is no such body, its
 * format is not known, or its data is not what the format says; the text is a sentence. */
bool looker_webhook_read(TALLOC_CTX *ctx, const char *body, size_t len, size_t rows_max,
			 struct looker_webhook **ret, struct err *e) ERR_MUST_CHECK;

#endif

/*
 * A query's answer (json_detail) as typed data: what to show is decided here (labels, hidden
 * fields, order, text of a cell), how it looks in render/. Source: facts of Looker's json_detail
 * as captured from real instances; every key may be missing.
 */
#ifndef LOOKER_RESULT_H
#define LOOKER_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#include "base/err.h"
#include "base/json.h"

enum looker_vis_kind {
	LOOKER_VIS_TABLE,  /* table, looker_grid, none */
	LOOKER_VIS_RECORD, /* looker_single_record */
	LOOKER_VIS_SINGLE, /* single_value */
	LOOKER_VIS_OTHER,  /* charts, maps, custom ones: see `type` */
};

enum looker_comparison {
	LOOKER_COMPARE_NOT,
	LOOKER_COMPARE_VALUE,	 /* stands beside the value */
	LOOKER_COMPARE_CHANGE,	 /* is a change: up or down */
	LOOKER_COMPARE_PROGRESS, /* is the goal: how far the value has come */
};

/* How a chart is drawn, where Slack could draw it otherwise and mislead. */
enum looker_drawn {
	LOOKER_DRAWN_PLAIN,
	LOOKER_DRAWN_STACKED,
	LOOKER_DRAWN_PERCENT, /* stacked to 100% */
	LOOKER_DRAWN_AXES,    /* with more than one scale */
	LOOKER_DRAWN_MIXED,   /* columns and lines */
	LOOKER_DRAWN_LOG,     /* on a logarithmic scale */
	LOOKER_DRAWN_MANY,    /* one small chart for each value */
};

struct looker_vis {
	enum looker_vis_kind kind;
	const char *type; /* as Looker calls it: "looker_column"; "table" when missing */
	bool show_title;  /* single value */
	const char *single_value_title;	   /* NULL: the field's label */
	enum looker_comparison comparison; /* single value: with the second one */
	bool down_is_good;
	bool show_comparison_label;
	const char *comparison_label; /* NULL: the field's label */
	bool transpose;		      /* a table's rows become columns */
	enum looker_drawn drawn;
	const char *x_label, *y_label; /* the author's; NULL: the field's */
	const char **hidden_series;    /* fields, or "pivot_key - field" */
	size_t n_hidden_series;
};

/* `vis` may be NULL. */
struct looker_vis looker_vis_read(TALLOC_CTX *ctx, const struct json_object *vis);

/* A column. Of a pivoted result every measure has one for each of the pivot's values. */
struct looker_field {
	const char *name;
	const char *label;	 /* what heads the column: series_labels, then label or label_short;
				  * with a pivot "pivot_label · own_label", or pivot_label alone */
	const char *own_label;	 /* without the pivot's value */
	const char *pivot_key;	 /* Looker's name for the pivot's value; NULL: not spread */
	const char *pivot_label; /* "EMEA", "web / ∅"; NULL with pivot_key */
	bool is_row_total;	 /* over all of the pivot's values */
	bool is_measure;	 /* measures and measure-like calculations */
	bool is_numeric;
};

struct looker_cell {
	const char *text; /* rendered, else html as text, else value; "∅" for null */
	bool is_null;
	bool is_number; /* value is a JSON number */
	double number;
	const char *link; /* the drill: first link of type measure_default, as given; or NULL */
};

/* What Looker offers to do with a cell (looker/action.h). */
struct looker_offer {
	size_t field;	   /* whose cell */
	const char *label; /* plain, at most 75 characters */
	const char *json;  /* the link as it came: opaque */
	bool asks;	   /* for values first */
};

#define LOOKER_OFFERS_MAX 100

struct looker_result {
	struct looker_field *fields; /* visible ones, dimensions before measures, row totals behind
				      * the pivot's values, unless the table has an order of its
				      * own (column_order) */
	size_t n_fields;
	size_t n_fields_left_out;  /* of a pivot that is too wide even to be kept */
	struct looker_cell *cells; /* n_rows x n_fields */
	size_t n_rows;		   /* with subtotals */
	bool *is_subtotal;	   /* n_rows; NULL: none is one */
	size_t n_subtotals;
	size_t n_rows_hidden;	     /* that came, and that the visualization does not show */
	struct looker_cell *totals;  /* n_fields, or NULL; a dimension's text is "" */
	struct looker_offer *offers; /* of the first row, field by field */
	size_t n_offers;
	bool pivoted;
	const char *error;   /* fatal: Looker's message and details, one text; or NULL */
	const char *warning; /* beside the data; or NULL */
	bool more_rows;	     /* at least `limit` rows came: there may be more */
};

/* Reads one json_detail object. ERR_BAD_REPLY when it is none. */
bool looker_result_read(TALLOC_CTX *ctx, const struct json_object *detail,
			const struct json_object *vis, size_t limit, struct looker_result **ret,
			struct err *e) ERR_MUST_CHECK;

/* Absolute address of what Looker gave as a relative one ("/looks/42"); other http(s) addresses
 * are kept; anything else ("javascript:…") is NULL. */
char *looker_link(TALLOC_CTX *ctx, const char *base_url, const char *url);

#endif

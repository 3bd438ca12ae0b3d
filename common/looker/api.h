/*
 * Looker's API 4.0, the part the bot uses. One struct looker an instance, shared by all threads,
 * for the bot's own account (handles for other users are made from it: looker/auth_as.h): it holds
 * the access token (login once for all who wait, renewed early, a 401 logs in again and repeats the
 * call once). Facts: Looker hides what may not be seen as 404; a wrong id or secret is a 404 on
 * login; error bodies may be HTML.
 */
#ifndef LOOKER_API_H
#define LOOKER_API_H

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"
#include "base/json.h"
#include "config/config.h"
#include "looker/result.h"

#define LOOKER_RESULT_MAX_BYTES (2 * 1024 * 1024)
#define LOOKER_LIST_MAX_BYTES (16 * 1024 * 1024)

struct looker;

/* `c` must outlive it; tls_verify and ca_file as in struct config. */
struct looker *looker_new(TALLOC_CTX *ctx, const struct config_looker *c, bool tls_verify,
			  const char *ca_file);

const char *looker_name(const struct looker *lk);
/* The UI's address without final slash. */
const char *looker_url(const struct looker *lk);

/* Where people open a Look, a dashboard ("model::name" too) or a folder. */
enum looker_content { LOOKER_LOOK, LOOKER_DASHBOARD, LOOKER_FOLDER };
char *looker_content_url(TALLOC_CTX *ctx, const struct looker *lk, enum looker_content kind,
			 const char *id);

/* GET and POST below /api/4.0 (path begins with '/', already percent-encoded; a body may be NULL).
 * For all, with the rights of the user whose handle it is (looker/auth_as.h): ERR_AUTH
 * (login refused), ERR_NOT_FOUND ("not found, or the Looker account may not see it"),
 * ERR_FORBIDDEN, ERR_BAD_INPUT (400, 422, with Looker's words), ERR_RATE_LIMITED, ERR_TEMPORARY
 * (not reachable, 5xx), ERR_BAD_REPLY (HTML, truncated). deadline_ms is monotonic. Only for what is
 * safe to repeat: a call whose answer was lost is ERR_TEMPORARY. Integers beyond 64 bits become
 * strings, so that no digit is lost. */
bool looker_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		size_t max_bytes, struct json_object **ret, struct err *e) ERR_MUST_CHECK;
bool looker_post(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *path,
		 struct json_object *body, size_t max_bytes, struct json_object **ret,
		 struct err *e) ERR_MUST_CHECK;

/* Logs in when there is no live token: for `lookerbot check`. */
bool looker_login(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		  struct err *e) ERR_MUST_CHECK;

/* Whether it is there and lets us in, without a metered call as long as all is well: GET /alive
 * (below the host, not the API; any answer but 5xx will do), and a login when the last one failed
 * or none was tried. The text names the instance. */
bool looker_ping(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		 struct err *e) ERR_MUST_CHECK;

/* What a filter takes: decides what text fits it (bot/filters.c). */
enum looker_filter_kind {
	LOOKER_FILTER_STRING,
	LOOKER_FILTER_NUMBER,
	LOOKER_FILTER_DATE,
	LOOKER_FILTER_YESNO,
};

struct looker_filter {
	const char *name;  /* the key */
	const char *title; /* shown; the name when Looker has none */
	enum looker_filter_kind kind;
	const char *default_value; /* "" = any value */
	bool required;
	/* Where Looker has suggestions for it; "" when it has none. */
	const char *model, *suggest_explore, *suggest_field;
	const char *const *choices; /* that Looker itself lists with the filter's field */
	size_t n_choices;
};

struct looker_listen {
	const char *filter_name;
	const char *field; /* in the tile's query */
};

enum looker_tile_kind {
	LOOKER_TILE_QUERY, /* query, Look or result maker: has `query` */
	LOOKER_TILE_TEXT,
	LOOKER_TILE_MERGE,
	LOOKER_TILE_OTHER, /* SQL Runner, button, extension, ... */
};

struct looker_tile {
	const char *id;
	const char *title; /* "" when it has none */
	enum looker_tile_kind kind;
	const char *subtitle, *body; /* of a text tile: Markdown, perhaps with HTML; or "" */
	struct json_object *query;   /* Looker's Query object; NULL unless LOOKER_TILE_QUERY */
	struct json_object *vis;     /* vis_config that counts; may be NULL */
	struct looker_listen *listens;
	size_t n_listens;
};

struct looker_dashboard {
	const char *id, *title, *description, *updated_at;
	struct looker_filter *filters;
	size_t n_filters;
	struct looker_tile *tiles; /* in layout order */
	size_t n_tiles;
	size_t n_rows; /* of the grid that the tiles stand in; 0: not known */
};

/* GET /dashboards/{id}, with the fields that the struct needs. */
bool looker_dashboard_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
			  struct looker_dashboard **ret, struct err *e) ERR_MUST_CHECK;

#define LOOKER_SUGGESTIONS_MAX 5000
#define LOOKER_SUGGESTION_MAX_CHARS 255 /* longer ones are left out */

/* GET /models/…/suggestions: values that the filter's field has, up to LOOKER_SUGGESTIONS_MAX.
 * ERR_NOT_FOUND: Looker has none for it. */
bool looker_suggestions(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			const struct looker_filter *filter, const char *const **ret, size_t *ret_n,
			struct err *e) ERR_MUST_CHECK;

struct looker_look {
	const char *id, *title;
	const char *query_id;	   /* changes when the Look is edited */
	struct json_object *query; /* Looker's Query object */
};

/* GET /looks/{id}. One in the trash is ERR_NOT_FOUND, in words. */
bool looker_look_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
		     struct looker_look *ret, struct err *e) ERR_MUST_CHECK;

struct looker_folder {
	const char *id, *name;
};

/* GET /folders/{id} (its name) and GET /folders/{id}/children, paged. */
bool looker_folder_get(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
		       struct looker_folder *ret, struct err *e) ERR_MUST_CHECK;
bool looker_folder_children(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
			    struct looker_folder **ret, size_t *ret_n,
			    struct err *e) ERR_MUST_CHECK;

/* GET /folders/{id}/dashboards: without tiles; deleted ones left out. */
bool looker_folder_dashboards(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			      const char *id, struct looker_dashboard **ret, size_t *ret_n,
			      struct err *e) ERR_MUST_CHECK;

struct looker_title {
	bool is_dashboard;
	const char *id, *title, *folder;
};

/* All Looks and all dashboards (LookML ones too) that the account may see, only these fields. */
bool looker_titles(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
		   struct looker_title **ret, size_t *ret_n, struct err *e) ERR_MUST_CHECK;

/* POST /queries with a copy of `query` (facts/looker.md 2.3: read-only keys dropped, filter_config
 * and client_id null) whose filters are set: an empty value removes the filter. */
struct looker_filter_value {
	const char *field;
	const char *value;
};
bool looker_query_create(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			 const struct json_object *query, const struct looker_filter_value *filters,
			 size_t n_filters, const char **ret_id, struct err *e) ERR_MUST_CHECK;

/* GET /queries/slug/{slug}: the Query object behind /x/SLUG, or behind an Explore's qid. */
bool looker_query_by_slug(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *slug,
			  struct json_object **ret, struct err *e) ERR_MUST_CHECK;

/* How many rows to ask of a query when `max` can be used: its own limit when that is lower (the
 * `limit` of a run overrides it, and a top ten must stay ten). */
size_t looker_query_limit(const struct json_object *query, size_t max);

/* GET /queries/{id}/run/json_detail?limit=…&generate_drill_links=true, at most
 * LOOKER_RESULT_MAX_BYTES. `vis` (may be NULL) decides labels and hidden fields. */
bool looker_query_run(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *id,
		      size_t limit, const struct json_object *vis, struct looker_result **ret,
		      struct err *e) ERR_MUST_CHECK;

#endif

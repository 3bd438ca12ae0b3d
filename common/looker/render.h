/*
 * Looker's own pictures: a render task is asked for, looked at until it ends, and its picture is
 * fetched (API 4.0, render_tasks). Each call is metered, the looking too. Nobody waits here: when
 * to look again is the caller's business.
 */
#ifndef LOOKER_RENDER_H
#define LOOKER_RENDER_H

#include "looker/api.h"

#define LOOKER_PICTURE_MAX_BYTES (10 * 1024 * 1024)

enum looker_render_kind {
	LOOKER_RENDER_QUERY,
	LOOKER_RENDER_LOOK,
	LOOKER_RENDER_ELEMENT, /* a tile, as it stands: no other filters can be given */
	LOOKER_RENDER_DASHBOARD,
};

struct looker_render {
	enum looker_render_kind kind;
	const char *id;
	const char
		*filters; /* dashboards: "Region=EMEA&Period=7+days", by name; NULL: the defaults */
	int width, height; /* pixels */
	bool pdf;	   /* dashboards: a file in place of a picture */
};

/* The task's id. Asked again it is another task. ERR_NOT_FOUND: gone, or not to be seen; it was
 * also seen for dashboards that can be read. */
bool looker_render_start(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms,
			 const struct looker_render *what, const char **ret_task,
			 struct err *e) ERR_MUST_CHECK;

enum looker_render_state {
	LOOKER_RENDER_UNDER_WAY,
	LOOKER_RENDER_DRAWN,
	LOOKER_RENDER_FAILED,
};

/* *ret_words: Looker's word for the state; why, when it failed. Words that are not known yet count
 * as under way. */
bool looker_render_look(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *task,
			enum looker_render_state *ret, const char **ret_words,
			struct err *e) ERR_MUST_CHECK;

struct looker_picture {
	const char *png; /* NULL: not yet ... */
	size_t len;
	int64_t wait_ms; /* ... and how long Looker wants to be left alone, or -1 */
};

/* ERR_BAD_REPLY: what came is no picture (empty, blank, cut off), in words; ERR_NOT_FOUND: it is
 * no longer kept. */
bool looker_render_fetch(TALLOC_CTX *ctx, struct looker *lk, int64_t deadline_ms, const char *task,
			 struct looker_picture *ret, struct err *e) ERR_MUST_CHECK;

#endif

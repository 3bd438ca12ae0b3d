/*
 * The App Home: a view of blocks that a person sees in the bot's own tab. Slack's limits (100
 * blocks, 250 kB) are applied here: what does not fit is not added, and the caller is told.
 */
#ifndef SLACK_VIEWS_H
#define SLACK_VIEWS_H

#include "slack/api.h"

#define SLACK_VIEW_BLOCKS_MAX 100
#define SLACK_VIEW_BYTES_MAX (200 * 1000) /* of the blocks as JSON */

struct slack_view;

struct slack_view *slack_view_new(TALLOC_CTX *ctx);

/* How many blocks fit at most. */
size_t slack_view_room(const struct slack_view *v);
size_t slack_view_bytes_left(const struct slack_view *v);

/* Each adds all or nothing and says whether. mrkdwn is escaped already; a longer section becomes
 * several, split at line ends. A header is plain text, cut at 150 characters. */
bool slack_view_add_header(struct slack_view *v, const char *text);
bool slack_view_add_section(struct slack_view *v, const char *mrkdwn);
bool slack_view_add_context(struct slack_view *v, const char *mrkdwn);
bool slack_view_add_divider(struct slack_view *v);

/* {"type":"home","blocks":[…]}; belongs to the view. */
struct json_object *slack_view_encode(struct slack_view *v);

/* views.publish: it takes the place of what the person saw there before. The same again changes
 * nothing, so a lost answer is ERR_TEMPORARY. */
bool slack_view_publish(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			const char *user_id, struct slack_view *view, struct slack_outcome *outcome,
			struct err *e) ERR_MUST_CHECK;

#endif

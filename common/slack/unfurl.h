/*
 * chat.unfurl: previews below the links of a person's message. Slack takes neither rich_text nor
 * tables in them; the address must be the event's, byte by byte; a message that is still being
 * written is named by unfurl_id and source (docs.slack.dev, "Unfurling links in messages").
 */
#ifndef SLACK_UNFURL_H
#define SLACK_UNFURL_H

#include "slack/api.h"
#include "slack/message.h"

#define SLACK_UNFURL_ROWS_MAX 10

/* The message: unfurl_id and source when both are given, else channel and ts. */
struct slack_unfurl_place {
	const char *channel, *ts;
	const char *unfurl_id, *source;
};

/* {"blocks":[…]}: the message as a preview: a table as aligned text, everything short, buttons left
 * out. NULL when nothing is left. */
struct json_object *slack_unfurl_encode(TALLOC_CTX *ctx, const struct slack_message *m);

/* `unfurls` is a map from addresses, exactly as the event had them, to previews. The same again
 * changes nothing, so a lost answer is ERR_TEMPORARY. */
bool slack_unfurl_send(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
		       const struct slack_unfurl_place *place, struct json_object *unfurls,
		       struct slack_outcome *outcome, struct err *e) ERR_MUST_CHECK;

#endif

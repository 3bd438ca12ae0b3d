/* What the tests of events share: reading one in an envelope, and that a job's body keeps all of
 * it. */
#ifndef TEST_SLACK_INBOUND_H
#define TEST_SLACK_INBOUND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "slack/inbound.h"
#include "test_slack_fixture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static inline struct json_object *parse(TALLOC_CTX *ctx, const char *text)
{
	struct json_object *o = NULL;
	struct err e = { 0 };

	if (!json_parse(ctx, text, strlen(text), &o, &e))
		fail_msg("%s: %s", e.text, text);
	return o;
}

/* What became of it; and that a job's body keeps all of it. */
static inline struct slack_inbound *checked(TALLOC_CTX *ctx, struct slack_inbound *in)
{
	struct slack_inbound *again = NULL;
	struct err e = { 0 };
	struct json_object *o = slack_inbound_save(ctx, in);
	const char *text = mem_strdup(ctx, json_text(o));

	if (!slack_inbound_load(ctx, o, &again, &e))
		fail_msg("%s: %s", e.text, text);
	assert_string_equal(json_text(slack_inbound_save(ctx, again)), text);
	assert_int_equal(again->kind, in->kind);
	assert_int_equal(again->n_links, in->n_links);
	assert_null(strstr(text, "SECRET"));
	return in;
}

static inline struct slack_inbound *read_body(TALLOC_CTX *ctx, const char *body, const char *self)
{
	struct slack_inbound *in = NULL;
	struct err e = { 0 };

	if (!slack_inbound_from_event(ctx, parse(ctx, body), self, &in, &e))
		fail_msg("%s: %s", e.text, body);
	return checked(ctx, in);
}

/* In an envelope as Slack makes it; the bot is UBOT. */
static inline struct slack_inbound *read_event(TALLOC_CTX *ctx, const char *event)
{
	return read_body(ctx,
			 mem_printf(ctx,
				    "{\"token\":\"SECRET\",\"type\":\"event_callback\",\"team_id\":"
				    "\"T1\",\"event_id\":\"Ev1\",\"event\":%s,\"authorizations\":"
				    "[{\"user_id\":\"UBOT\",\"is_bot\":true}]}",
				    event),
			 NULL);
}

static inline void expect(const struct slack_inbound *in, enum slack_inbound_kind kind,
			  const char *text, const char *what)
{
	if (in->kind != kind)
		fail_msg("kind %d, not %d (%s): %s", (int)in->kind, (int)kind,
			 in->why ? in->why : "", what);
	if (kind == SLACK_INBOUND_NOTHING) {
		if (!in->why || !strstr(in->why, text))
			fail_msg("\"%s\", not \"%s\": %s", in->why, text, what);
	} else if (strcmp(in->text, text) != 0) {
		fail_msg("\"%s\", not \"%s\": %s", in->text, text, what);
	}
}

#endif

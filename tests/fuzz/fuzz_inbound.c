/* What the targets of Slack's payloads share. */
#include "fuzz_inbound.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"

/* Keys, lanes and log lines are made of these. */
static void check_id(const char *id)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t len = 0;

	if (!id)
		return;
	while (id[len] && (strchr(letters, id[len]) || strchr("0123456789-_", id[len])))
		len++;
	FUZZ_CHECK(len > 0 && id[len] == '\0' && len <= 255);
}

static void check_saved(TALLOC_CTX *ctx, const struct slack_inbound *in)
{
	const char *text = mem_strdup(ctx, json_text(slack_inbound_save(ctx, in)));
	struct slack_inbound *again = NULL;
	struct json_object *o = NULL;
	struct err e;

	FUZZ_CHECK(json_parse(ctx, text, strlen(text), &o, &e));
	FUZZ_CHECK(json_get(o, "token") == NULL);
	FUZZ_CHECK(slack_inbound_load(ctx, o, &again, &e));
	FUZZ_CHECK(again->kind == in->kind && again->n_links == in->n_links);
	FUZZ_CHECK(strcmp(json_text(slack_inbound_save(ctx, again)), text) == 0);
}

void fuzz_check_inbound(TALLOC_CTX *ctx, const struct slack_inbound *in)
{
	FUZZ_CHECK(in->kind < SLACK_INBOUND_KINDS);
	FUZZ_CHECK((in->kind == SLACK_INBOUND_NOTHING) == (in->why != NULL));
	check_id(in->team_id);
	check_id(in->channel_id);
	check_id(in->user_id);
	check_id(in->event_id);
	check_id(in->old_channel_id);
	fuzz_check_utf8(in->text);
	fuzz_check_utf8(in->command);
	FUZZ_CHECK(in->n_links <= SLACK_LINKS_MAX);
	for (size_t i = 0; i < in->n_links; i++) {
		fuzz_check_utf8(in->links[i]);
		FUZZ_CHECK(in->links[i][0] && text_chars(in->links[i]) <= 3000);
	}
	if (in->why) {
		fuzz_check_utf8(in->why);
		FUZZ_CHECK(text_chars(in->why) <= 255);
	}
	check_saved(ctx, in);
}

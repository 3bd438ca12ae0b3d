/*
 * The probe of the store for pictures: one small picture, always under the same name, is put there
 * with the bot's key and fetched without one, as Slack will. Nothing of this is fatal: what the
 * store does not take is kept in Slack.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "store/store.h"

#define PUT_TIMEOUT_MS 20000
#define NAME "check" /* in the bot's folder of the bucket */

/* A black dot. */
static const unsigned char picture[] = {
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
	0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78,
	0xda, 0x63, 0x60, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01, 0xe5, 0x27, 0xde, 0xfc, 0x00,
	0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

static const char down_fix[] =
	"Check the address, the network and the other side; until then pictures are kept in Slack.";
static const char mend_fix[] = "Mend the setting that is named, or unset the store; until then "
			       "pictures are kept in Slack.";

void cli_probe_store(TALLOC_CTX *ctx, const struct config *c, struct cli_report *r)
{
	const struct store_object object = {
		.bytes = (const char *)picture,
		.len = sizeof(picture),
		.content_type = "image/png",
		.extension = "png",
		.name = NAME,
	};
	struct store *store = store_new(ctx, c);
	bool readable = false;
	const char *url;
	struct err e;

	if (!store) {
		cli_report_ok(r, "pictures: kept in Slack");
		return;
	}
	const char *what =
		mem_printf(ctx, "pictures: %s, %s", store_name(store), store_base(store));
	int64_t deadline_ms = clock_deadline_ms(PUT_TIMEOUT_MS);
	if (!store_put(ctx, store, deadline_ms, &object, &url, &e)) {
		bool down = e.kind == ERR_TEMPORARY || e.kind == ERR_UNKNOWN;
		cli_report_bad(r, false, what, e.text, down ? down_fix : mend_fix);
		return;
	}
	if (!store_is_readable(ctx, deadline_ms, url, &object, &readable, &e)) {
		cli_report_bad(r, false, what, e.text, down_fix);
		return;
	}
	if (!readable)
		cli_report_bad(r, false, what,
			       "What is put there cannot be read without a login, so Slack cannot "
			       "show it; pictures are kept in Slack.",
			       store_public_remedy(store));
	else
		cli_report_ok(r,
			      "%s: takes pictures, and everybody who has their address can read "
			      "them",
			      what);
}

/*
 * A picture in the store that is configured. What the store is good for is remembered in the state
 * table, for all processes: a store that everybody can read is not tried out again for a day; one
 * that nobody can read, is down or refuses the key is left alone for some minutes, and the pictures
 * of that time are kept in Slack. The memory is a hint: without it a picture costs one call more.
 */
#include "bot/drawing.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store.h"

#define PUT_DEADLINE_MS (30 * 1000LL)
#define READ_DEADLINE_MS (10 * 1000LL)
#define READABLE_MS (24 * 3600 * 1000LL)
#define CLOSED_MS (10 * 60 * 1000LL)
#define TROUBLE_MS (60 * 1000LL)

struct memory {
	bool readable;
	const char *trouble; /* or NULL */
};

/* Another bucket is another memory. */
static char *key_of(const struct drawing *d)
{
	return mem_printf(d->run->ctx, "store:%s", store_base(drawing_bot(d)->store));
}

static struct memory recall(struct drawing *d)
{
	TALLOC_CTX *ctx = d->run->ctx;
	struct json_object *o;
	char *value = NULL;
	size_t len = 0;
	struct err e;

	if (!queue_state_get(drawing_bot(d)->queue, ctx, key_of(d), &value, &len, &e) || !value ||
	    !json_parse(ctx, value, len, &o, &e))
		return (struct memory){ .readable = false };
	return (struct memory){ .readable = json_bool_or(o, "readable", false),
				.trouble = json_str(o, "trouble") };
}

static void remember(struct drawing *d, const struct memory *m, int64_t life_ms)
{
	struct json_object *o = json_new_object(d->run->ctx);
	struct err e;

	json_set_bool(o, "readable", m->readable);
	json_set_str(o, "trouble", m->trouble);
	const char *value = json_text(o);
	if (!queue_state_set(drawing_bot(d)->queue, key_of(d), value, strlen(value),
			     clock_now_ms() + life_ms, &e))
		log_debug("store_not_remembered", LOG_S("reason", e.text));
}

static bool in_slack(struct drawing *d, const char *why, int64_t life_ms)
{
	d->state.no_store = mem_printf(d->run->ctx, "%s; kept in Slack instead", why);
	if (life_ms > 0)
		remember(d, &(struct memory){ .trouble = why }, life_ms);
	return false;
}

/* "Amazon S3: what is put there…" */
static bool closed(struct drawing *d, const char *what)
{
	return in_slack(d,
			mem_printf(d->run->ctx, "%s: %s; lookerbot check says more",
				   store_name(drawing_bot(d)->store), what),
			CLOSED_MS);
}

/* Whether everybody can read it: tried out with the first one. */
static bool is_open(struct drawing *d, const struct store_object *object, const char *url)
{
	bool readable = false;
	struct err e;

	if (!store_is_readable(d->run->ctx, clock_deadline_ms(READ_DEADLINE_MS), url, object,
			       &readable, &e))
		return in_slack(d,
				mem_printf(d->run->ctx, "%s cannot be read: %s",
					   store_name(drawing_bot(d)->store), e.text),
				TROUBLE_MS);
	if (!readable)
		return closed(d, "what is put there cannot be read without a login");
	remember(d, &(struct memory){ .readable = true }, READABLE_MS);
	return true;
}

bool picture_store(struct drawing *d, const struct looker_picture *p)
{
	struct store *store = drawing_bot(d)->store;
	const struct store_object object = {
		.bytes = p->png,
		.len = p->len,
		.content_type = "image/png",
		.extension = "png",
	};
	struct memory m = recall(d);
	const char *url;
	struct err e;

	if (m.trouble)
		return in_slack(d, m.trouble, 0);
	if (!store_put(d->run->ctx, store, clock_deadline_ms(PUT_DEADLINE_MS), &object, &url, &e))
		return in_slack(d, mem_strdup(d->run->ctx, e.text), TROUBLE_MS);
	if (!m.readable && !is_open(d, &object, url))
		return false;
	d->state.url = url;
	return true;
}

void picture_store_not_shown(struct drawing *d)
{
	closed(d, "Slack does not show what is put there");
}

/*
 * A dashboard of several tiles where no thread can follow: only the asker may see it, or the bot
 * may not post in the channel and a response_url has five uses. One message then, with what a line
 * can hold: titles, and the values of those tiles that are one.
 */
#include "bot/job_tiles.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* True as well when it is shared. */
#define S_PRIVATE                                                                                  \
	"All in one message, since tiles cannot follow one by one where only the asker sees the "  \
	"answer: single values stand here, the rest is in Looker."
#define S_HOOK                                                                                     \
	"I may not post in this channel, so the tiles cannot follow one by one: their single "     \
	"values stand here, all the rest is in Looker. `/invite` me for all of them."

bool job_tiles_in_one(const struct reply *r)
{
	return r->tiles && !r->told && (r->private || r->hook);
}

struct command_call job_tiles_call(const struct job_run *run, const struct slack_inbound *in)
{
	return (struct command_call){
		.bot = run->bot,
		.in = in,
		.text = in->text ? in->text : "",
		.now_ms = clock_now_ms(),
		.deadline_ms = run->deadline_ms,
	};
}

/* The line of the tile that is one value; *ret_later: Looker may have it later. */
static const char *ask(struct job_run *run, const struct slack_inbound *in, const struct tiles *t,
		       size_t i, int64_t *ret_later_ms, struct err *e)
{
	struct command_call call = job_tiles_call(run, in);
	struct tiles_made made;

	*ret_later_ms = 0;
	if (tiles_tile(run->ctx, &call, t, i, &made, e))
		return slack_message_text(made.message);
	if (job_may_try_again(run, e, ret_later_ms))
		return NULL;
	*ret_later_ms = 0;
	return slack_message_text(tiles_sorry(run->ctx, t, i, e->text));
}

/* Lines that are there already are kept in the order itself: it is in the job's progress. */
static struct json_object *kept_lines(const struct reply *r)
{
	if (!json_object_at(r->tiles, "lines"))
		json_set(r->tiles, "lines", json_object_new_object());
	return json_object_at(r->tiles, "lines");
}

/* False: *end is the end of the lease. */
static bool ask_all(struct job_run *run, const struct slack_inbound *in, struct reply *r,
		    const struct tiles *t, const char **lines, struct job_end *end)
{
	struct json_object *kept = kept_lines(r);
	const char *lane = job_tiles_lane(run, t);
	int64_t later_ms;
	struct err e;

	for (size_t i = 0; i < t->n; i++) {
		const char *name = mem_printf(run->ctx, "%zu", i);
		lines[i] = json_str(kept, name);
		if (lines[i] || !tiles_is_value(run->ctx, t, i))
			continue;
		if (!job_keep(run, reply_save(run->ctx, r), lane)) {
			*end = job_end_waits(lane);
			return false;
		}
		lines[i] = ask(run, in, t, i, &later_ms, &e);
		if (!lines[i]) {
			*end = job_end_later(run, later_ms, mem_strdup(run->ctx, e.text));
			return false;
		}
		json_set_str(kept, name, lines[i]);
	}
	return true;
}

struct job_end job_tiles_digest(struct job_run *run, const struct slack_inbound *in,
				struct reply *r)
{
	struct job_end end;
	struct tiles t;
	struct err e;

	if (!tiles_load(run->ctx, r->tiles, &t, &e))
		return job_end_dead(run, mem_strdup(run->ctx, e.text));
	const char **lines = mem_array(run->ctx, const char *, t.n);
	if (!ask_all(run, in, r, &t, lines, &end))
		return end;
	r->message = tiles_digest(run->ctx, &t, lines, r->private ? S_PRIVATE : S_HOOK);
	r->tiles = NULL;
	job_guard(run, in, r, true);
	return job_tell(run, in, r);
}

/*
 * The thread that shows loading texts. It posts one at a time, which bounds what it takes from
 * Slack's limits; and only where the channel's lane is free: a text that would have to wait is of
 * no use. It never tries again, and answers nothing.
 */
#include "bot/loading.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "bot/reply.h"
#include "slack/mrkdwn.h"

#define POST_DEADLINE_MS 2000 /* an answer that is ready waits so long at most */
#define IDLE_MS (60 * 1000LL)
#define STACK_BYTES (256 * 1024)

static const struct {
	const char *text;
	const char *language; /* in English, "" for English */
} texts[] = {
	{ "Looking that up…", "" },
	{ "Adding up the numbers…", "" },
	{ "One moment, Looker is thinking…", "" },
	{ "Einen Moment, ich sehe nach…", "German" },
	{ "Un instant, je cherche…", "French" },
	{ "Un momento, lo estoy buscando…", "Spanish" },
	{ "Un attimo, controllo…", "Italian" },
	{ "Um momento, estou a ver…", "Portuguese" },
	{ "Momentje, ik zoek het op…", "Dutch" },
	{ "Chwileczkę, już sprawdzam…", "Polish" },
	{ "Ett ögonblick, jag tittar efter…", "Swedish" },
	{ "Moment, hned se podívám…", "Czech" },
	{ "少々お待ちください…", "Japanese" },
	{ "请稍等，正在查询…", "Chinese" },
};
#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

TAILQ_HEAD(watches, loading_watch);

struct loading {
	pthread_t thread;
	pthread_mutex_t lock;	/* all below, and the states of the watches */
	pthread_cond_t work;	/* for the thread, while it is idle */
	pthread_cond_t over;	/* for workers whose text is being posted */
	struct watches waiting; /* all wait equally long: the first is the next */
	bool idle;
	bool stop;
};

char *loading_text(TALLOC_CTX *ctx, int64_t job)
{
	size_t i = (size_t)job % N_TEXTS;
	char *text = mem_strdup(ctx, ":hourglass_flowing_sand: _");

	mrkdwn_add_raw(&text, texts[i].text);
	mrkdwn_add_raw(&text, "_");
	if (texts[i].language[0])
		mrkdwn_addf_raw(&text, " (%s)", texts[i].language);
	return text;
}

/* --- posting: in the thread, without the lock, while the worker leaves the job's progress alone
 * --- */

static bool post(TALLOC_CTX *ctx, const struct loading_watch *w, struct slack_posted *ret,
		 struct err *e)
{
	struct json_object *message = json_new_object(ctx);

	json_set_str(message, "text", loading_text(ctx, w->job->id));
	return slack_api_post(ctx, w->bot->slack, clock_deadline_ms(POST_DEADLINE_MS),
			      w->in->channel_id, w->in->thread_ts, message,
			      reply_loading_id(ctx, w->job), ret, NULL, e);
}

/* So that another process can take the text away. Should the disk be full: the worker notes it
 * again with the answer. */
static void note(TALLOC_CTX *ctx, const struct loading_watch *w)
{
	struct reply r = { .loading = w->ts };
	struct err e;

	if (!queue_progress(w->bot->queue, w->job->id, reply_save(ctx, &r), NULL, NULL, &e))
		log_debug("loading_not_noted", LOG_I("job", w->job->id), LOG_S("reason", e.text));
}

static void show(struct loading_watch *w)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	const char *lane = bot_slack_lane(ctx, w->in->channel_id);
	struct slack_posted posted = { .ts = "" };
	bool free = false;
	struct err e = { .text = "the channel is busy" };

	if (queue_lane_take(w->bot->queue, lane, &free, &e) && free && post(ctx, w, &posted, &e)) {
		snprintf(w->ts, sizeof(w->ts), "%s", posted.ts);
		stats_add(STATS_LOADING_SHOWN);
		note(ctx, w);
		talloc_free(ctx);
		return;
	}
	w->doubt = free && e.kind == ERR_UNKNOWN;
	log_debug("loading_not_shown", LOG_I("job", w->job->id), LOG_S("reason", e.text));
	if (free && e.kind == ERR_RATE_LIMITED &&
	    !queue_lane_pause(w->bot->queue, lane, e.not_before_ms, &e))
		log_debug("lane_not_paused", LOG_S("lane", lane), LOG_S("reason", e.text));
	talloc_free(ctx);
}

/* --- the thread --- */

/* Waits until there is something to do; NULL when there is nothing yet. With the lock. */
static struct loading_watch *next_due(struct loading *l)
{
	struct loading_watch *first = TAILQ_FIRST(&l->waiting);

	if (first && clock_left_ms(first->due_ms) == 0)
		return first;
	struct timespec until = clock_timespec(first ? first->due_ms : clock_deadline_ms(IDLE_MS));
	l->idle = !first;
	pthread_cond_timedwait(&l->work, &l->lock, &until);
	l->idle = false;
	return NULL;
}

static void *loading_main(void *arg)
{
	struct loading *l = arg;

	pthread_mutex_lock(&l->lock);
	while (!l->stop) {
		struct loading_watch *w = next_due(l);

		if (!w)
			continue;
		TAILQ_REMOVE(&l->waiting, w, link);
		w->state = LOADING_POSTING;
		pthread_mutex_unlock(&l->lock);
		show(w);
		pthread_mutex_lock(&l->lock);
		w->state = LOADING_OVER;
		pthread_cond_broadcast(&l->over);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static bool start_thread(struct loading *l, struct err *e)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	int failed = pthread_create(&l->thread, &attr, loading_main, l);
	pthread_attr_destroy(&attr);
	if (failed)
		return err_set(e, ERR_INTERNAL, "cannot start threads: %s", strerror(failed));
	return true;
}

bool loading_start(TALLOC_CTX *ctx, struct loading **ret, struct err *e)
{
	struct loading *l = mem_zero(ctx, struct loading);
	pthread_condattr_t attr;

	TAILQ_INIT(&l->waiting);
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->work, &attr);
	pthread_cond_init(&l->over, NULL);
	pthread_condattr_destroy(&attr);
	if (!start_thread(l, e))
		return false;
	*ret = l;
	return true;
}

void loading_stop(struct loading *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->work);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	pthread_cond_destroy(&l->over);
	pthread_cond_destroy(&l->work);
	pthread_mutex_destroy(&l->lock);
	talloc_free(l);
}

/* --- the workers --- */

void loading_begin(struct loading *l, struct loading_watch *w)
{
	w->ts[0] = '\0';
	w->doubt = false;
	w->state = LOADING_OVER;
	if (!l)
		return;
	w->state = LOADING_WAITS;
	w->due_ms = clock_deadline_ms(LOADING_AFTER_MS);
	pthread_mutex_lock(&l->lock);
	TAILQ_INSERT_TAIL(&l->waiting, w, link);
	/* Else it wakes in time for somebody who came before. */
	if (l->idle)
		pthread_cond_signal(&l->work);
	pthread_mutex_unlock(&l->lock);
}

void loading_end(struct loading *l, struct loading_watch *w)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	if (w->state == LOADING_WAITS)
		TAILQ_REMOVE(&l->waiting, w, link);
	/* The post has a deadline, so this ends. */
	while (w->state == LOADING_POSTING)
		pthread_cond_wait(&l->over, &l->lock);
	w->state = LOADING_OVER;
	pthread_mutex_unlock(&l->lock);
}

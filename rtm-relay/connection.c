/*
 * The loop: wait for a frame, take what waits besides, have all of it put to disk in one commit,
 * acknowledge, look after the connection's life. A dead socket is noticed by its silence: a ping
 * every 10 s, and no frame for 15 s although one was sent. All of the socket is this thread's own.
 */
#include "rtm-relay/connection.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "rtm-relay/batch.h"

#define STACK_BYTES (512 * 1024)
#define CONNECT_MS 10000 /* for the address, and for the handshake */
#define HELLO_MS 10000
#define PING_EVERY_MS 10000
#define SILENCE_MAX_MS 15000
#define PONG_MIN_MS 4000 /* after a ping that we sent late, being busy */
#define CLOSE_MS 1500	 /* Slack need not answer our close frame */

struct connection {
	struct bot_host *host;
	struct board *board;
	const struct way *way;
	int64_t number;
	pthread_t thread;
	/* guarded by the board's lock */
	struct connection_view view;
	struct ws *ws; /* while it may be woken */
	bool close_asked;
	/* the thread's own */
	struct slack_connect door;
	int64_t started_ms; /* of the thread */
	int64_t began_ms;   /* of the handshake's end */
	int64_t text_ms;    /* when the last text came */
	int64_t pinged_ms;
	int64_t pings;
	int64_t close_until_ms; /* 0: no close frame was sent */
	int64_t items;
	bool hello, over;
};

/* --- the view --- */

static void show(struct connection *c, enum connection_state state, const char *reason)
{
	pthread_mutex_lock(&c->board->lock);
	if (c->view.state < state)
		c->view.state = state;
	if (reason)
		snprintf(c->view.reason, sizeof(c->view.reason), "%s", reason);
	c->board->news = true;
	pthread_cond_broadcast(&c->board->changed);
	pthread_mutex_unlock(&c->board->lock);
}

struct connection_view connection_look(struct connection *c)
{
	pthread_mutex_lock(&c->board->lock);
	struct connection_view view = c->view;
	pthread_mutex_unlock(&c->board->lock);
	return view;
}

static void set_socket(struct connection *c, struct ws *ws)
{
	pthread_mutex_lock(&c->board->lock);
	c->ws = ws;
	if (ws && c->close_asked) /* asked for while it was being opened */
		ws_wake(ws);
	pthread_mutex_unlock(&c->board->lock);
}

void connection_close(struct connection *c)
{
	pthread_mutex_lock(&c->board->lock);
	if (c->ws && !c->close_asked)
		ws_wake(c->ws);
	c->close_asked = true;
	pthread_mutex_unlock(&c->board->lock);
}

static bool close_asked(struct connection *c)
{
	pthread_mutex_lock(&c->board->lock);
	bool asked = c->close_asked;
	pthread_mutex_unlock(&c->board->lock);
	return asked;
}

/* Whether nobody has told of this type yet. */
static bool is_new_type(struct board *board, const char *type)
{
	bool known = false;

	pthread_mutex_lock(&board->lock);
	for (size_t i = 0; i < board->n_seen; i++)
		known = known || strcmp(board->seen[i], type) == 0;
	if (!known && board->n_seen < CONNECTION_TYPES_MAX)
		board->seen[board->n_seen++] = mem_strdup(NULL, type);
	else
		known = true;
	pthread_mutex_unlock(&board->lock);
	return !known;
}

/* --- frames --- */

static void on_hello(struct connection *c, const struct frame *f)
{
	if (c->hello)
		return;
	c->hello = true;
	log_info("connected", LOG_S("way", c->way->name), LOG_I("connection", c->number),
		 LOG_I("ms", clock_mono_ms() - c->started_ms),
		 LOG_I("app_connections", f->connections));
	pthread_mutex_lock(&c->board->lock);
	c->view.was_open = true;
	c->view.opened_ms = clock_mono_ms();
	c->view.reported = f->connections;
	pthread_mutex_unlock(&c->board->lock);
	show(c, CONNECTION_OPEN, NULL);
}

static void note(struct connection *c, const struct frame *f)
{
	bool first = is_new_type(c->board, f->type);

	LOG_WRITE(first ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG, "frame_unused",
		  LOG_I("connection", c->number), LOG_S("type", f->type), LOG_S("reason", f->why));
}

/* What Slack says about the connection itself. False: it is over. */
static bool control(struct connection *c, const struct frame *f, struct err *e)
{
	switch (f->kind) {
	case FRAME_HELLO:
		on_hello(c, f);
		return true;
	case FRAME_LEAVE:
		if (!c->hello)
			return err_set(e, ERR_TEMPORARY, "%s", f->why);
		log_info("leaving", LOG_I("connection", c->number), LOG_S("reason", f->why));
		show(c, CONNECTION_LEAVING, f->why);
		return true;
	case FRAME_FAILED:
		return err_set(e, ERR_TEMPORARY, "%s", f->why);
	case FRAME_REFUSED:
		return err_set(e, ERR_FORBIDDEN, "%s", f->why);
	case FRAME_BROKEN:
	case FRAME_NOTED:
		note(c, f);
		return true;
	case FRAME_NOTHING:
	case FRAME_ITEM:
		break;
	}
	return true;
}

static bool on_text(TALLOC_CTX *ctx, struct connection *c, const struct ws_message *m,
		    struct batch *batch, struct err *e)
{
	struct frame *f = &batch->frames[batch->n];

	c->text_ms = clock_mono_ms();
	c->way->judge(ctx, m->text, m->len, &c->door, f);
	batch->bytes += m->len;
	if (f->kind == FRAME_ITEM || f->envelope_id)
		batch->n++;
	return control(c, f, e);
}

static bool on_closed(TALLOC_CTX *ctx, struct connection *c, const struct ws_message *m,
		      struct err *e)
{
	c->over = true;
	return err_set(e, ERR_TEMPORARY, "closed with %d%s%s", m->code,
		       m->text && *m->text ? ": " : "", text_cut(ctx, m->text ? m->text : "", 100));
}

/* Waits for a frame until the time, and takes what waits behind it. False: the connection is over,
 * and what is in the batch came before that. */
static bool gather(TALLOC_CTX *ctx, struct connection *c, int64_t until_ms, struct batch *batch,
		   struct err *e)
{
	while (batch->n < BATCH_MAX && batch->bytes < BATCH_MAX_BYTES) {
		struct ws_message m;

		if (!ws_next(c->ws, until_ms, &m, e))
			return false;
		if (m.event == WS_NOTHING)
			break;
		if (m.event == WS_CLOSED)
			return on_closed(ctx, c, &m, e);
		if (m.event == WS_TEXT && !on_text(ctx, c, &m, batch, e))
			return false;
		until_ms = 0;
	}
	return true;
}

/* --- the connection's life --- */

static int64_t heard_ms(const struct connection *c)
{
	return c->way->text_only ? c->text_ms : ws_heard_ms(c->ws);
}

/* When the next ping is due: RTM asks only after silence, which its busy channels seldom have. */
static int64_t ping_at_ms(const struct connection *c)
{
	int64_t since_ms = c->pinged_ms;

	if (c->way->text_only && c->text_ms > since_ms)
		since_ms = c->text_ms;
	return since_ms + PING_EVERY_MS;
}

static bool is_dead(const struct connection *c, int64_t now_ms)
{
	int64_t heard = heard_ms(c);

	return c->pinged_ms > heard && now_ms - heard >= SILENCE_MAX_MS &&
	       now_ms - c->pinged_ms >= PONG_MIN_MS;
}

/* When this thread must look again, if nothing comes. */
static int64_t look_at_ms(const struct connection *c)
{
	if (c->close_until_ms)
		return c->close_until_ms;
	if (!c->hello)
		return c->began_ms + HELLO_MS;
	int64_t ping = ping_at_ms(c), dead = heard_ms(c) + SILENCE_MAX_MS;
	if (dead < c->pinged_ms + PONG_MIN_MS)
		dead = c->pinged_ms + PONG_MIN_MS;
	return c->pinged_ms > heard_ms(c) && dead < ping ? dead : ping;
}

static bool send_close(struct connection *c, struct err *e)
{
	c->close_until_ms = clock_deadline_ms(CLOSE_MS);
	return ws_close(c->ws, clock_deadline_ms(CLOSE_MS), e);
}

/* False: it is over. */
static bool stay_alive(struct connection *c, struct err *e)
{
	int64_t now_ms = clock_mono_ms();

	if (c->close_until_ms)
		return now_ms < c->close_until_ms ||
		       err_set(e, ERR_TEMPORARY, "closed by us; Slack did not answer that");
	if (close_asked(c))
		return send_close(c, e);
	if (!c->hello)
		return now_ms < c->began_ms + HELLO_MS ||
		       err_set(e, ERR_TEMPORARY, "no hello for %d s", HELLO_MS / 1000);
	if (is_dead(c, now_ms)) {
		log_warning("silent", LOG_I("connection", c->number),
			    LOG_I("ms", now_ms - heard_ms(c)));
		return err_set(e, ERR_TEMPORARY, "nothing heard for %lld s, not even a pong",
			       (long long)(now_ms - heard_ms(c)) / 1000);
	}
	if (now_ms < ping_at_ms(c))
		return true;
	c->pinged_ms = now_ms;
	return c->way->ping(c->ws, ++c->pings, clock_deadline_ms(WAY_SEND_MS), e);
}

static bool step(struct connection *c, struct err *e)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct batch *batch = mem_zero(ctx, struct batch);
	bool alive = gather(ctx, c, look_at_ms(c), batch, e);

	if (batch->n > 0) {
		c->items += batch_take_down(ctx, c->host, c->number, batch);
		/* After our close frame nothing may be sent: Slack sends the events again. */
		if (alive && !c->close_until_ms)
			alive = batch_acknowledge(ctx, c->ws, batch, e);
	}
	alive = alive && stay_alive(c, e);
	talloc_free(ctx);
	return alive;
}

/* Why it cannot be is in *e. */
static bool open_socket(TALLOC_CTX *ctx, struct connection *c, struct ws **ret, struct err *e)
{
	struct bot *bot = bot_take(c->host);
	bool ok = c->way->connect(ctx, bot, clock_deadline_ms(CONNECT_MS), &c->door, e);

	bot_drop(bot);
	if (!ok)
		return false;
	if (ws_open(ctx, c->door.url, clock_deadline_ms(CONNECT_MS), ret, e))
		return true;
	/* The address is spent; whatever the handshake said, another one may do. */
	if (slack_connect_is_final(e))
		e->kind = ERR_TEMPORARY;
	return err_wrap(e, "WebSocket");
}

static void finish(struct connection *c, const struct err *e)
{
	int64_t now_ms = clock_mono_ms();

	if (c->hello)
		log_info("disconnected", LOG_S("way", c->way->name), LOG_I("connection", c->number),
			 LOG_S("reason", e->text), LOG_I("ms", now_ms - c->view.opened_ms),
			 LOG_I("envelopes", c->items));
	pthread_mutex_lock(&c->board->lock);
	c->view.final = slack_connect_is_final(e);
	c->view.not_before_ms = e->not_before_ms;
	c->view.ended_ms = now_ms;
	pthread_mutex_unlock(&c->board->lock);
	show(c, CONNECTION_ENDED, e->text);
}

static void *run(void *arg)
{
	struct connection *c = arg;
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct err e = { .kind = ERR_NONE };
	struct ws *ws = NULL;

	if (open_socket(ctx, c, &ws, &e)) {
		set_socket(c, ws);
		c->began_ms = c->text_ms = c->pinged_ms = clock_mono_ms();
		while (step(c, &e))
			;
		if (!c->over && !c->close_until_ms) { /* a courtesy, when it still can be heard */
			struct err ignored;
			(void)!ws_close(ws, clock_deadline_ms(CLOSE_MS), &ignored);
		}
		set_socket(c, NULL);
		ws_free(ws);
	}
	finish(c, &e);
	talloc_free(ctx);
	return NULL;
}

bool connection_start(struct bot_host *host, struct board *board, const struct way *way,
		      int64_t number, struct connection **ret, struct err *e)
{
	struct connection *c = mem_zero(NULL, struct connection);
	pthread_attr_t attr;

	c->host = host;
	c->board = board;
	c->way = way;
	c->number = number;
	c->started_ms = clock_mono_ms();
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	int failed = pthread_create(&c->thread, &attr, run, c);
	pthread_attr_destroy(&attr);
	if (failed) {
		talloc_free(c);
		return err_set(e, ERR_INTERNAL, "cannot start a thread: %s", strerror(failed));
	}
	*ret = c;
	return true;
}

void connection_free(struct connection *c)
{
	if (!c)
		return;
	pthread_join(c->thread, NULL);
	talloc_free(c);
}

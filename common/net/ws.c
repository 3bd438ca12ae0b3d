/*
 * A WebSocket after its handshake: wslay makes and reads the frames, this file moves them, keeps
 * what came in until the caller asks, and says why a connection is dead. It never connects again
 * and knows nothing of what the messages mean.
 */
#include "net/ws.h"

#include <poll.h>
#include <sodium.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/url.h"
#include "net/ws_handshake.h"
#include "net/ws_private.h"

static int release(struct ws *ws)
{
	wslay_event_context_free(ws->frames);
	close(ws->wake_fd);
	return 0;
}

/* `wire` becomes its own. */
static bool new_ws(TALLOC_CTX *ctx, struct ws_wire *wire, const char *host, struct ws **ret,
		   struct err *e)
{
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return err_set(e, ERR_TEMPORARY, "%s: no file descriptor is left", host);
	struct ws *ws = mem_zero(ctx, struct ws);
	ws->wake_fd = wake_fd;
	ws->wire = talloc_steal(ws, wire);
	ws->host = mem_strdup(ws, host);
	ws->text = mem_strdup(ws, "");
	ws->last = &ws->first;
	ws->heard_ms = clock_mono_ms();
	ws_frames_init(ws);
	talloc_set_destructor(ws, release);
	*ret = ws;
	return true;
}

bool ws_open(TALLOC_CTX *ctx, const char *url, int64_t deadline_ms, struct ws **ret, struct err *e)
{
	struct url *parts = NULL;
	struct ws_wire *wire = NULL;
	TALLOC_CTX *tmp = mem_ctx(NULL);
	if (sodium_init() < 0)
		die("libsodium cannot be used");
	bool ok = url_parse(tmp, url, &parts, e);
	if (ok && strncmp(parts->scheme, "ws", 2) != 0)
		ok = err_set(e, ERR_BAD_INPUT, "%s: not a ws or wss address", parts->host);
	ok = ok && ws_wire_open(tmp, parts, deadline_ms, &wire, e) &&
	     ws_handshake(wire, parts, deadline_ms, e) && new_ws(ctx, wire, parts->host, ret, e);
	talloc_free(tmp);
	return ok;
}

void ws_free(struct ws *ws)
{
	if (ws)
		talloc_free(ws);
}

/* Hands on what wslay has to send; WS_IO_DONE when nothing is left. */
static enum ws_io push(struct ws *ws)
{
	for (;;) {
		if (!ws->out_stuck && wslay_event_send(ws->frames) == WSLAY_ERR_NOMEM)
			die("out of memory for a WebSocket's frame");
		if (ws->out_len == 0)
			return WS_IO_DONE;
		size_t n = 0;
		enum ws_io io =
			ws_wire_send(ws->wire, ws->out + ws->out_at, ws->out_len - ws->out_at, &n);
		ws->out_at += n;
		ws->out_stuck = ws->out_at < ws->out_len;
		if (!ws->out_stuck)
			ws->out_at = ws->out_len = 0;
		if (io == WS_IO_DONE)
			continue;
		if (io != WS_IO_WAIT)
			ws_set_dead(ws, ERR_TEMPORARY, "the connection broke while sending");
		return io;
	}
}

/* What it says about the close frame that wslay has queued. */
static void blame(struct ws *ws)
{
	push(ws);
	switch (wslay_event_get_status_code_sent(ws->frames)) {
	case WSLAY_CODE_MESSAGE_TOO_BIG:
		ws_set_dead(ws, ERR_BAD_REPLY, "its message is too large");
		break;
	case WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA:
		ws_set_dead(ws, ERR_BAD_REPLY, "its message is not UTF-8");
		break;
	default:
		ws_set_dead(ws, ERR_BAD_REPLY, "it broke the WebSocket protocol");
	}
}

/* Takes in what is there, within limits. */
static void pull(struct ws *ws)
{
	ws->drained = false;
	ws->round_left = WS_ROUND_BYTES;
	if (ws->dead || !wslay_event_want_read(ws->frames))
		return;
	int rc = wslay_event_recv(ws->frames);
	if (rc == WSLAY_ERR_NOMEM)
		die("out of memory for a WebSocket's frame");
	/* wslay answers what is not allowed with a close frame, and then reads no more. */
	bool stopped = rc != 0 || !wslay_event_want_read(ws->frames);
	if (stopped && !ws->dead && !wslay_event_get_close_received(ws->frames))
		blame(ws);
}

/* Waits until there is something to do; true when ws_wake was called. */
static bool wait_for_work(struct ws *ws, bool blocked, int wake_fd, int64_t until_ms)
{
	bool reads = wslay_event_want_read(ws->frames) && !ws_is_full(ws);
	short events = (short)((reads ? POLLIN : 0) | (blocked ? POLLOUT : 0));
	/* Not drained: there may be bytes within TLS that poll knows nothing of. */
	return ws_wire_wait(ws->wire, events, wake_fd, reads && !ws->drained ? 0 : until_ms);
}

static void take_first(struct ws *ws, struct ws_message *ret)
{
	struct ws_item *item = ws->first;
	ws->first = item->next;
	if (!ws->first)
		ws->last = &ws->first;
	ws->items_bytes -= ws_item_bytes(item);
	ws->given = item;
	*ret = item->message;
	if (ret->event == WS_CLOSED)
		ws_set_dead(ws, ERR_TEMPORARY, "the connection is closed");
}

bool ws_next(struct ws *ws, int64_t until_ms, struct ws_message *ret, struct err *e)
{
	eventfd_t count;
	TALLOC_FREE(ws->given);
	for (;;) {
		if (!ws->first)
			pull(ws);
		bool blocked = push(ws) == WS_IO_WAIT;
		if (ws->first) {
			take_first(ws, ret);
			return true;
		}
		if (ws->dead) {
			*e = ws->fault;
			return false;
		}
		bool woken = wait_for_work(ws, blocked, ws->wake_fd, until_ms);
		if (woken)
			eventfd_read(ws->wake_fd, &count);
		if (woken || clock_left_ms(until_ms) <= 0) {
			*ret = (struct ws_message){ .event = WS_NOTHING, .text = "" };
			return true;
		}
	}
}

int64_t ws_heard_ms(const struct ws *ws)
{
	return ws->heard_ms;
}

/* Until all that is queued has left us. Reads on meanwhile: the other side may do as we do. */
static bool flush(struct ws *ws, int64_t deadline_ms, struct err *e)
{
	ws->sending = true;
	while (push(ws) == WS_IO_WAIT && !ws->dead) {
		pull(ws);
		if (ws->dead)
			break;
		/* The rest of the frame would be sent later, behind the caller's back. */
		if (clock_left_ms(deadline_ms) <= 0)
			ws_set_dead(ws, ERR_TEMPORARY, "it took nothing in time");
		else
			wait_for_work(ws, true, -1, deadline_ms);
	}
	ws->sending = false;
	if (ws->dead)
		*e = ws->fault;
	return !ws->dead;
}

static bool send_frame(struct ws *ws, uint8_t opcode, const char *data, size_t len,
		       int64_t deadline_ms, struct err *e)
{
	const struct wslay_event_msg message = { opcode, (const uint8_t *)data, len };
	if (ws->dead) {
		*e = ws->fault;
		return false;
	}
	int rc = wslay_event_queue_msg(ws->frames, &message);
	if (rc == WSLAY_ERR_NOMEM)
		die("out of memory for a WebSocket's frame");
	if (rc != 0)
		return err_set(e, ERR_TEMPORARY, "%s: the connection is closing", ws->host);
	if (!flush(ws, deadline_ms, e))
		return false;
	/* A close frame overtakes messages, and after it wslay sends nothing. */
	if (wslay_event_get_close_sent(ws->frames) &&
	    wslay_event_get_queued_msg_count(ws->frames) > 0)
		return err_set(e, ERR_TEMPORARY, "%s: the connection is closing", ws->host);
	return true;
}

bool ws_send(struct ws *ws, const char *text, size_t len, int64_t deadline_ms, struct err *e)
{
	return send_frame(ws, WSLAY_TEXT_FRAME, text, len, deadline_ms, e);
}

bool ws_ping(struct ws *ws, int64_t deadline_ms, struct err *e)
{
	ws->pinged = true;
	return send_frame(ws, WSLAY_PING, NULL, 0, deadline_ms, e);
}

bool ws_close(struct ws *ws, int64_t deadline_ms, struct err *e)
{
	if (wslay_event_get_close_sent(ws->frames) && ws->out_len == 0)
		return true;
	if (ws->dead) {
		*e = ws->fault;
		return false;
	}
	if (wslay_event_queue_close(ws->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0) ==
	    WSLAY_ERR_NOMEM)
		die("out of memory for a WebSocket's frame");
	return flush(ws, deadline_ms, e);
}

void ws_wake(struct ws *ws)
{
	eventfd_write(ws->wake_fd, 1);
}

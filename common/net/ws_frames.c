/*
 * What wslay asks for and tells: bytes in and out, frames as they come, whole messages. Here it is
 * decided what is too much; when to read and write is ws.c's.
 */
#include <sodium.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/ws_private.h"

void ws_set_dead(struct ws *ws, enum err_kind kind, const char *why)
{
	if (!ws->dead)
		err_set(&ws->fault, kind, "%s: %s", ws->host, why);
	ws->dead = true;
}

size_t ws_item_bytes(const struct ws_item *item)
{
	return sizeof(*item) + item->message.len;
}

/* `text` becomes the item's. */
static void add_item(struct ws *ws, enum ws_event event, int code, char *text, size_t len)
{
	struct ws_item *item = mem_zero(ws, struct ws_item);
	item->message = (struct ws_message){ event, talloc_steal(item, text), len, code };
	ws->items_bytes += ws_item_bytes(item);
	*ws->last = item;
	ws->last = &item->next;
}

bool ws_is_full(const struct ws *ws)
{
	if (ws->first && (!ws->sending || ws->items_bytes >= WS_MESSAGE_MAX_BYTES))
		return true;
	return wslay_event_get_write_enabled(ws->frames) &&
	       wslay_event_get_queued_msg_count(ws->frames) >= WS_PONGS_MAX;
}

static ssize_t give_input(wslay_event_context_ptr frames, uint8_t *buf, size_t len, int flags,
			  void *user)
{
	struct ws *ws = user;
	size_t n = 0;
	(void)flags;
	wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
	if (ws_is_full(ws) || ws->round_left == 0)
		return -1;
	switch (ws_wire_recv(ws->wire, buf, len < ws->round_left ? len : ws->round_left, &n)) {
	case WS_IO_DONE:
		ws->round_left -= n;
		return (ssize_t)n;
	case WS_IO_WAIT:
		ws->drained = true;
		return -1;
	case WS_IO_END:
		ws_set_dead(ws, ERR_TEMPORARY, "it closed the connection without a close frame");
		break;
	case WS_IO_BROKEN:
		ws_set_dead(ws, ERR_TEMPORARY, "the connection broke");
		break;
	}
	wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t take_output(wslay_event_context_ptr frames, const uint8_t *data, size_t len,
			   int flags, void *user)
{
	struct ws *ws = user;
	size_t room = ws->out_stuck ? 0 : WS_OUT_BYTES - ws->out_len, n = len < room ? len : room;
	(void)flags;
	if (n == 0) {
		wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(ws->out + ws->out_len, data, n);
	ws->out_len += n;
	return (ssize_t)n;
}

static int make_mask(wslay_event_context_ptr frames, uint8_t *buf, size_t len, void *user)
{
	(void)frames, (void)user;
	randombytes_buf(buf, len);
	return 0;
}

static void refuse(struct ws *ws, enum wslay_status_code code, const char *why)
{
	ws_set_dead(ws, ERR_BAD_REPLY, why);
	wslay_event_shutdown_read(ws->frames);
	/* Fails when a close frame is on its way already, which is as good. */
	(void)!wslay_event_queue_close(ws->frames, (uint16_t)code, NULL, 0);
}

/* wslay checks a frame's length, and with "no buffering" leaves the message's to us. */
static void on_frame_start(wslay_event_context_ptr frames,
			   const struct wslay_event_on_frame_recv_start_arg *frame, void *user)
{
	struct ws *ws = user;
	(void)frames;
	ws->in_data = !wslay_is_ctrl_frame(frame->opcode);
	if (!ws->in_data)
		return;
	if (frame->opcode == WSLAY_BINARY_FRAME)
		refuse(ws, WSLAY_CODE_UNSUPPORTED_DATA, "it sent a binary message");
	else if (frame->payload_length > WS_MESSAGE_MAX_BYTES - ws->text_len)
		refuse(ws, WSLAY_CODE_MESSAGE_TOO_BIG, "its message is too large");
}

static void on_chunk(wslay_event_context_ptr frames,
		     const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *user)
{
	struct ws *ws = user;
	(void)frames;
	ws->heard_ms = clock_mono_ms();
	if (!ws->in_data || ws->dead || chunk->data_length == 0)
		return;
	mem_append_n(&ws->text, (const char *)chunk->data, chunk->data_length);
	ws->text_len += chunk->data_length;
}

static void on_text(struct ws *ws)
{
	add_item(ws, WS_TEXT, 0, ws->text, ws->text_len);
	ws->text = mem_strdup(ws, "");
	ws->text_len = 0;
}

/* Code (2 bytes) and reason, or nothing. wslay has queued the answer. */
static void on_close(struct ws *ws, const struct wslay_event_on_msg_recv_arg *message)
{
	const char *reason = message->msg_length > 2 ? (const char *)message->msg + 2 : "";
	char *text = text_clean(ws, reason, message->msg_length > 2 ? message->msg_length - 2 : 0);
	int code = message->status_code ? message->status_code : WSLAY_CODE_NO_STATUS_RCVD;
	add_item(ws, WS_CLOSED, code, text, strlen(text));
}

static void on_message(wslay_event_context_ptr frames,
		       const struct wslay_event_on_msg_recv_arg *message, void *user)
{
	struct ws *ws = user;
	(void)frames;
	if (ws->dead)
		return;
	if (message->opcode == WSLAY_TEXT_FRAME) {
		on_text(ws);
	} else if (message->opcode == WSLAY_CONNECTION_CLOSE) {
		on_close(ws, message);
	} else if (message->opcode == WSLAY_PONG && ws->pinged) {
		ws->pinged = false;
		add_item(ws, WS_PONG, 0, mem_strdup(ws, ""), 0);
	}
}

static const struct wslay_event_callbacks callbacks = {
	.recv_callback = give_input,
	.send_callback = take_output,
	.genmask_callback = make_mask,
	.on_frame_recv_start_callback = on_frame_start,
	.on_frame_recv_chunk_callback = on_chunk,
	.on_msg_recv_callback = on_message,
};

void ws_frames_init(struct ws *ws)
{
	if (wslay_event_context_client_init(&ws->frames, &callbacks, ws) != 0)
		die("out of memory for a WebSocket");
	wslay_event_config_set_max_recv_msg_length(ws->frames, WS_MESSAGE_MAX_BYTES);
	/* wslay would keep an allocation a fragment, and one of a large frame's length at its
	 * first byte. */
	wslay_event_config_set_no_buffering(ws->frames, 1);
}

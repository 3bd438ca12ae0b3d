/* The opening handshake of a WebSocket (RFC 6455, section 4), client side. Private to net/. */
#ifndef NET_WS_HANDSHAKE_H
#define NET_WS_HANDSHAKE_H

#include "net/ws_wire.h"

#define WS_HEADERS_MAX_BYTES (16 * 1024) /* of the answer: status line to blank line */

/* Asks for the URL's path and checks the answer; what came behind it is the wire's next input.
 * Errors as ws_open's. */
bool ws_handshake(struct ws_wire *w, const struct url *url, int64_t deadline_ms,
		  struct err *e) ERR_MUST_CHECK;

/* Length of the header block at the start of `data`, with its blank line; 0 while there is no end.
 */
size_t ws_handshake_end(const char *data, size_t len);

/* Whether the header block takes us in: 101 with the right key. */
bool ws_handshake_check(const char *host, const char *key, const char *block, size_t len,
			struct err *e) ERR_MUST_CHECK;

/* What Sec-WebSocket-Accept must be for that Sec-WebSocket-Key. */
char *ws_handshake_accept(TALLOC_CTX *ctx, const char *key);

#endif

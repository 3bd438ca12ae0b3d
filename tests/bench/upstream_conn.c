/* One connection of the fake upstream: kept alive, requests with Content-Length, whole answers. */
#include "upstream.h"

#include <err.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define READ_BYTES 16384

bool upstream_conn_read(struct upstream_conn *c)
{
	ssize_t n;

	if (c->size - c->len < READ_BYTES + 1) {
		if (c->size > UPSTREAM_REQUEST_MAX_BYTES)
			return false;
		c->size = c->size * 2 + READ_BYTES + 1;
		c->in = realloc(c->in, c->size);
		if (!c->in)
			err(1, "memory");
	}
	n = recv(c->fd, c->in + c->len, READ_BYTES, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	c->len += (size_t)n;
	c->in[c->len] = '\0';
	return true;
}

bool upstream_conn_parse(const struct upstream_conn *c, struct upstream_request *ret)
{
	const char *body = c->len > 0 ? strstr(c->in, "\r\n\r\n") : NULL;
	const char *length;
	size_t body_len = 0;

	if (!body)
		return false;
	body += 4;
	length = strcasestr(c->in, "\r\nContent-Length:");
	if (length && length < body)
		body_len = strtoul(length + 17, NULL, 10);
	ret->total = (size_t)(body - c->in) + body_len;
	ret->body = body;
	if (c->len < ret->total)
		return false;
	if (sscanf(c->in, "%7s %255[^ ]", ret->method, ret->path) != 2)
		errx(1, "this is no request: %.40s", c->in);
	return true;
}

/* curl does not pipeline: what is left is nothing, nearly always. */
void upstream_conn_drop(struct upstream_conn *c, size_t bytes)
{
	memmove(c->in, c->in + bytes, c->len - bytes + 1);
	c->len -= bytes;
}

void upstream_conn_answer(struct upstream_conn *c, const char *status, const char *body, size_t len)
{
	char head[256];
	struct iovec parts[2] = { { .iov_base = head }, { .iov_base = (void *)(uintptr_t)body } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	parts[0].iov_len = (size_t)snprintf(head, sizeof(head),
					    "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
					    "Content-Length: %zu\r\n\r\n",
					    status, len);
	parts[1].iov_len = len;
	/* Blocking: the bot reads, and the kernel's buffers are larger than any answer. */
	(void)sendmsg(c->fd, &message, MSG_NOSIGNAL);
}

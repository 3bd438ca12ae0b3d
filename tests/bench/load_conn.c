/*
 * One kept-alive HTTP/1.1 connection of the load generator. It knows only what nginx answers:
 * Content-Length or chunks, and "Connection: close" after a thousand requests.
 */
#include "load.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void load_connect(struct load_conn *c, int epoll, int64_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	const int on = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		err(1, "connect to 127.0.0.1:%lld", (long long)port);
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
		err(1, "epoll");
	c->busy = false;
	c->len = 0;
}

bool load_send(struct load_conn *c, const char *request, size_t len)
{
	c->len = 0;
	/* Blocking: a request fits into the socket's buffer. */
	return send(c->fd, request, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* -1: not yet whole. */
static int64_t body_length(const char *head, const char *body, size_t got)
{
	const char *length = strcasestr(head, "\r\nContent-Length:");
	const char *chunked = strcasestr(head, "\r\nTransfer-Encoding: chunked");

	if (length && length < body) {
		long long n = strtoll(length + 17, NULL, 10);
		return (size_t)n <= got ? n : -1;
	}
	if (chunked && chunked < body)
		return got >= 5 && memcmp(body + got - 5, "0\r\n\r\n", 5) == 0 ? (int64_t)got : -1;
	return 0;
}

enum load_got load_receive(struct load_conn *c, struct load_reply *ret)
{
	ssize_t n = recv(c->fd, c->in + c->len, sizeof(c->in) - 1 - c->len, MSG_DONTWAIT);
	const char *body;
	int64_t len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return LOAD_MORE;
	if (n <= 0)
		return LOAD_BROKEN;
	c->len += (size_t)n;
	c->in[c->len] = '\0';
	body = strstr(c->in, "\r\n\r\n");
	if (!body)
		return LOAD_MORE;
	body += 4;
	len = body_length(c->in, body, c->len - (size_t)(body - c->in));
	if (len < 0)
		return LOAD_MORE;
	*ret = (struct load_reply){
		.status = (int)strtol(c->in + strlen("HTTP/1.1 "), NULL, 10),
		.body_bytes = len,
		.close = strcasestr(c->in, "\r\nConnection: close") != NULL,
	};
	return LOAD_DONE;
}

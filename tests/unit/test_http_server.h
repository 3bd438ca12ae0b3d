/*
 * A tiny HTTP server inside a test: a thread a connection, answers by the test's own handler, and
 * a record of what came. With a certificate it speaks TLS. Loopback only.
 */
#ifndef TEST_HTTP_SERVER_H
#define TEST_HTTP_SERVER_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_CONNECTIONS_MAX 128
#define SERVER_REQUEST_MAX (256 * 1024)

struct server;

struct server_conn;

/* Answers one request; false closes the connection. `nth` counts requests from 1. */
typedef bool (*server_handler)(struct server_conn *c, const char *path, int nth);

struct server_conn {
	struct server *s;
	int fd;
	SSL *ssl; /* NULL without TLS */
	pthread_t thread;
};

struct server {
	server_handler handler;
	SSL_CTX *tls;
	int fd, port;
	pthread_t thread;
	pthread_mutex_t lock;
	struct server_conn conns[SERVER_CONNECTIONS_MAX];
	int n_conns, n_requests;
	char last[SERVER_REQUEST_MAX]; /* the last request, whole */
};

static inline ssize_t server_read(struct server_conn *c, char *buf, size_t len)
{
	return c->ssl ? SSL_read(c->ssl, buf, (int)len) : recv(c->fd, buf, len, 0);
}

static inline void server_write(struct server_conn *c, const void *data, size_t len)
{
	const char *p = data;
	while (len > 0) {
		ssize_t n =
			c->ssl ? SSL_write(c->ssl, p, (int)len) : send(c->fd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

static inline void server_say(struct server_conn *c, const char *text)
{
	server_write(c, text, strlen(text));
}

/* Closes with RST: what a dying server or an impatient load balancer looks like. */
static inline void server_reset(struct server_conn *c)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* How many bytes the request at buf has once complete; 0 while it is not. */
static inline size_t server_request_len(const char *buf)
{
	const char *end = strstr(buf, "\r\n\r\n");
	if (!end)
		return 0;
	const char *length = strcasestr(buf, "\r\nContent-Length:");
	size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	size_t head = (size_t)(end - buf) + 4;
	return strlen(buf) >= head + body ? head + body : 0;
}

static inline bool server_answer(struct server_conn *c, const char *request, size_t len)
{
	struct server *s = c->s;
	char path[256] = "";
	sscanf(request, "%*s %255s", path);
	pthread_mutex_lock(&s->lock);
	memcpy(s->last, request, len);
	s->last[len] = '\0';
	int nth = ++s->n_requests;
	pthread_mutex_unlock(&s->lock);
	return s->handler(c, path, nth);
}

static inline void *server_conn_run(void *arg)
{
	struct server_conn *c = arg;
	char *buf = calloc(1, SERVER_REQUEST_MAX);
	size_t have = 0;
	bool open = !c->ssl || SSL_accept(c->ssl) == 1;
	while (open) {
		ssize_t n = server_read(c, buf + have, SERVER_REQUEST_MAX - 1 - have);
		if (n <= 0)
			break;
		have += (size_t)n;
		buf[have] = '\0';
		size_t len = server_request_len(buf);
		if (len == 0)
			continue;
		open = server_answer(c, buf, len);
		have = 0;
		buf[0] = '\0';
	}
	SSL_free(c->ssl);
	/* The number stays taken until the server stops, so that shutdown() never hits another. */
	dup2(c->s->fd, c->fd);
	free(buf);
	return NULL;
}

static inline void *server_run(void *arg)
{
	struct server *s = arg;
	for (;;) {
		int fd = accept(s->fd, NULL, NULL);
		if (fd < 0)
			return NULL;
		pthread_mutex_lock(&s->lock);
		if (s->n_conns == SERVER_CONNECTIONS_MAX)
			abort();
		struct server_conn *c = &s->conns[s->n_conns++];
		*c = (struct server_conn){ .s = s, .fd = fd };
		if (s->tls) {
			c->ssl = SSL_new(s->tls);
			SSL_set_fd(c->ssl, fd);
		}
		pthread_create(&c->thread, NULL, server_conn_run, c);
		pthread_mutex_unlock(&s->lock);
	}
}

static inline struct server *server_start(server_handler handler, SSL_CTX *tls)
{
	struct server *s = calloc(1, sizeof(*s));
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->handler = handler;
	s->tls = tls;
	pthread_mutex_init(&s->lock, NULL);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(s->fd, SERVER_CONNECTIONS_MAX) != 0 ||
	    getsockname(s->fd, (struct sockaddr *)&at, &len) != 0)
		abort();
	s->port = ntohs(at.sin_port);
	pthread_create(&s->thread, NULL, server_run, s);
	return s;
}

static inline void server_stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	for (int i = 0; i < s->n_conns; i++) {
		shutdown(s->conns[i].fd, SHUT_RDWR);
		pthread_join(s->conns[i].thread, NULL);
		close(s->conns[i].fd);
	}
	close(s->fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static inline int server_requests(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	int n = s->n_requests;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static inline int server_connections(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	int n = s->n_conns;
	pthread_mutex_unlock(&s->lock);
	return n;
}

#endif

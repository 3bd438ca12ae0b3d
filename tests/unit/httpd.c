/*
 * The scripted server. Reads a request with a Content-Length body, asks the handler, answers,
 * closes. No chunked bodies, no kept-alive connections, no TLS.
 */
#include "httpd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

struct httpd {
	int fd;
	int port;
	pthread_t thread;
	httpd_handler handler;
	void *arg;
};

static const char *find_header(const char *head, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " ");
	}
	return NULL;
}

/* The whole request, NUL-terminated; false when the client went away. */
static bool read_request(int fd, char *buf, const char **ret_body)
{
	size_t n = 0, wanted = SIZE_MAX;

	while (n < wanted) {
		ssize_t got = read(fd, buf + n, HTTPD_REQUEST_MAX_BYTES - 1 - n);
		const char *end, *length;

		if (got <= 0)
			return false;
		n += (size_t)got;
		buf[n] = '\0';
		end = strstr(buf, "\r\n\r\n");
		if (end == NULL)
			continue;
		length = find_header(buf, "Content-Length");
		*ret_body = end + 4;
		wanted = (size_t)(end + 4 - buf) + (length != NULL ? strtoul(length, NULL, 10) : 0);
	}
	return true;
}

static void copy_until(char *ret, size_t size, const char *s, const char *stops)
{
	size_t len = s != NULL ? strcspn(s, stops) : 0;

	if (len >= size)
		len = size - 1;
	if (len > 0)
		memcpy(ret, s, len);
	ret[len] = '\0';
}

static void write_all(int fd, const char *s, size_t len)
{
	while (len > 0) {
		ssize_t put = send(fd, s, len, MSG_NOSIGNAL);

		if (put <= 0)
			return;
		s += put;
		len -= (size_t)put;
	}
}

static void answer(int fd, const struct httpd_answer *a)
{
	size_t len = strlen(a->body);
	char *head =
		mem_printf(NULL,
			   "HTTP/1.1 %d Status\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
			   "Connection: close\r\n%s\r\n",
			   a->status, a->type, len + a->missing, a->extra != NULL ? a->extra : "");

	write_all(fd, head, strlen(head));
	write_all(fd, a->body, len);
	talloc_free(head);
}

static void serve(const struct httpd *h, int fd)
{
	static char buf[HTTPD_REQUEST_MAX_BYTES];
	static struct httpd_request rq;
	struct httpd_answer a = { .status = 200, .type = "application/json", .body = "{}" };

	if (!read_request(fd, buf, &rq.body))
		return;
	copy_until(rq.method, sizeof(rq.method), buf, " ");
	copy_until(rq.path, sizeof(rq.path), strchr(buf, ' ') + 1, " ");
	copy_until(rq.authorization, sizeof(rq.authorization), find_header(buf, "Authorization"),
		   "\r");
	h->handler(h->arg, &rq, &a);
	if (a.status != 0)
		answer(fd, &a);
}

static void *run(void *arg)
{
	struct httpd *h = arg;
	int fd;

	while ((fd = accept(h->fd, NULL, NULL)) >= 0) {
		serve(h, fd);
		close(fd);
	}
	return NULL;
}

struct httpd *httpd_start(httpd_handler handler, void *arg)
{
	struct httpd *h = mem_zero(NULL, struct httpd);
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	h->handler = handler;
	h->arg = arg;
	h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (h->fd < 0 || bind(h->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    listen(h->fd, 64) < 0 || getsockname(h->fd, (struct sockaddr *)&sa, &len) < 0)
		die("httpd: cannot listen on loopback");
	h->port = ntohs(sa.sin_port);
	if (pthread_create(&h->thread, NULL, run, h) != 0)
		die("httpd: no thread");
	return h;
}

int httpd_port(const struct httpd *h)
{
	return h->port;
}

void httpd_stop(struct httpd *h)
{
	shutdown(h->fd, SHUT_RDWR); /* wakes accept */
	pthread_join(h->thread, NULL);
	close(h->fd);
	talloc_free(h);
}

/*
 * Opens the address that --listen names, as a unix socket with mode and group, or as TCP. It
 * removes a dead process's socket file, never a file that is something else, and never a socket
 * somebody answers on.
 */
#include "fcgi/listener_open.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

#define UNIX_PREFIX "unix:"
#define MODE_DEFAULT 0660 /* owner and group: FastCGI has no authentication of its own */

struct unix_address {
	const char *path;
	mode_t mode;
	gid_t group; /* (gid_t)-1: as it comes */
};

static bool set_mode(struct unix_address *a, const char *value, struct err *e)
{
	char *end;
	unsigned long mode;

	errno = 0;
	mode = strtoul(value, &end, 8);
	if (errno || *end || end == value || mode == 0 || mode > 0777)
		return err_set(e, ERR_BAD_INPUT, "mode=%s is no file mode like 0660", value);
	a->mode = (mode_t)mode;
	return true;
}

static bool set_group(struct unix_address *a, const char *value, struct err *e)
{
	const struct group *group = getgrnam(value);

	if (!group)
		return err_set(e, ERR_BAD_INPUT, "group=%s: there is no such group", value);
	a->group = group->gr_gid;
	return true;
}

static const struct {
	const char *prefix;
	bool (*set)(struct unix_address *a, const char *value, struct err *e);
} options[] = {
	{ "mode=", set_mode },
	{ "group=", set_group },
};

static bool parse_option(struct unix_address *a, const char *option, struct err *e)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		size_t n = strlen(options[i].prefix);

		if (strncmp(option, options[i].prefix, n) == 0)
			return options[i].set(a, option + n, e);
	}
	return err_set(e, ERR_BAD_INPUT, "\"%s\" is neither mode= nor group=", option);
}

static bool parse_unix(TALLOC_CTX *ctx, const char *spec, struct unix_address *a, struct err *e)
{
	const char *rest = spec + strlen(UNIX_PREFIX);
	size_t n = strcspn(rest, ",");

	*a = (struct unix_address){ .mode = MODE_DEFAULT, .group = (gid_t)-1 };
	a->path = mem_strndup(ctx, rest, n);
	if (n == 0)
		return err_set(e, ERR_BAD_INPUT, "the path is missing");
	for (rest += n; *rest == ','; rest += n) {
		rest++;
		n = strcspn(rest, ",");
		if (!parse_option(a, mem_strndup(ctx, rest, n), e))
			return false;
	}
	return true;
}

static bool fill_unix(const char *path, struct sockaddr_un *sa, struct err *e)
{
	size_t n = strlen(path);

	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n >= sizeof(sa->sun_path))
		return err_set(e, ERR_BAD_INPUT,
			       "%s: longer than the %zu bytes a socket's path has", path,
			       sizeof(sa->sun_path) - 1);
	memcpy(sa->sun_path, path, n + 1);
	return true;
}

static bool fail(struct err *e, int fd, const char *what)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	return err_set(e, ERR_INTERNAL, "%s: %s", what, strerror(saved));
}

/* Removes the file of a socket whose process is gone. */
static bool remove_stale(const struct sockaddr_un *sa, struct err *e)
{
	struct stat st;
	bool answered;
	int fd;

	if (lstat(sa->sun_path, &st) != 0)
		return errno == ENOENT || fail(e, -1, sa->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_BAD_INPUT, "%s: there is a file in the way, not a socket",
			       sa->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(e, -1, sa->sun_path);
	answered =
		connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0 || errno != ECONNREFUSED;
	close(fd);
	if (answered)
		return err_set(e, ERR_INTERNAL, "%s: another process listens there", sa->sun_path);
	if (unlink(sa->sun_path) != 0 && errno != ENOENT)
		return fail(e, -1, sa->sun_path);
	return true;
}

/* Nobody can connect before listen(): mode and group are in place by then. */
static bool bind_unix(int fd, const struct sockaddr_un *sa, const struct unix_address *a)
{
	mode_t old = umask(0177);
	int bound = bind(fd, (const struct sockaddr *)sa, sizeof(*sa));

	umask(old);
	return bound == 0 && (a->group == (gid_t)-1 || chown(a->path, (uid_t)-1, a->group) == 0) &&
	       chmod(a->path, a->mode) == 0 && listen(fd, LISTENER_BACKLOG) == 0;
}

bool listener_open_unix(TALLOC_CTX *ctx, const char *spec, struct listener *ret, struct err *e)
{
	struct unix_address address;
	struct sockaddr_un sa;
	struct stat st;
	int fd;

	if (!parse_unix(ctx, spec, &address, e))
		return err_wrap(e, "--listen %s", spec);
	if (!fill_unix(address.path, &sa, e) || !remove_stale(&sa, e))
		return err_wrap(e, "--listen");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || !bind_unix(fd, &sa, &address) || lstat(address.path, &st) != 0)
		return fail(e, fd, spec);
	*ret = (struct listener){
		.fd = fd,
		.name = mem_printf(ctx, UNIX_PREFIX "%s", address.path),
		.path = address.path,
		.dev = st.st_dev,
		.ino = st.st_ino,
	};
	return true;
}

static bool is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr) >> 24 == 127;
	return sa->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

/* Splits "host:port", "[v6]:port"; an empty host or "*" is every address. */
static bool parse_tcp(TALLOC_CTX *ctx, const char *spec, const char **ret_host,
		      const char **ret_port, struct err *e)
{
	const char *colon = strrchr(spec, ':');
	const char *host = spec;
	size_t n = colon ? (size_t)(colon - spec) : 0;
	int64_t port;

	if (!colon || !text_to_int(colon + 1, 1, 65535, &port))
		return err_set(e, ERR_BAD_INPUT,
			       "neither unix:/path nor host:port with a port of 1 to 65535");
	if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	*ret_host = n == 0 || (n == 1 && *host == '*') ? NULL : mem_strndup(ctx, host, n);
	*ret_port = colon + 1;
	return true;
}

static int open_address(const struct addrinfo *ai)
{
	const int on = 1;
	int saved;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, LISTENER_BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

bool listener_open_tcp(TALLOC_CTX *ctx, const char *spec, bool allow_remote, struct listener *ret,
		       struct err *e)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE,
	};
	struct addrinfo *ai;
	const char *host = NULL, *port = NULL;
	int fd, failed;

	if (!parse_tcp(ctx, spec, &host, &port, e))
		return err_wrap(e, "--listen %s", spec);
	failed = getaddrinfo(host, port, &hints, &ai);
	if (failed)
		return err_set(e, ERR_BAD_INPUT, "--listen %s: %s", spec, gai_strerror(failed));
	if (!allow_remote && !is_loopback(ai->ai_addr)) {
		freeaddrinfo(ai);
		return err_set(e, ERR_BAD_INPUT,
			       "--listen %s: others could reach it, and FastCGI has no password. "
			       "Use a unix socket or 127.0.0.1; if a firewall stands before it, "
			       "add --allow-remote",
			       spec);
	}
	fd = open_address(ai);
	freeaddrinfo(ai);
	if (fd < 0)
		return fail(e, -1, mem_printf(ctx, "--listen %s", spec));
	*ret = (struct listener){ .fd = fd, .name = mem_strdup(ctx, spec) };
	return true;
}

/*
 * Where the listening socket comes from: --listen, systemd's fd 3, spawn-fcgi's fd 0. Opening the
 * addresses themselves is listener_open.c's. Nothing is accepted here.
 */
#include "fcgi/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "fcgi/listener_open.h"

#define SYSTEMD_FD 3
#define SPAWN_FCGI_FD 0

static bool is_listening(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value != 0;
}

/* Moves the socket away from `fd`, where a child would take it for its own. */
static bool adopt(int fd, const char *name, struct listener *ret, struct err *e)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, SYSTEMD_FD);

	if (own < 0 || fcntl(own, F_SETFL, O_NONBLOCK) != 0)
		return err_set(e, ERR_INTERNAL, "%s: %s", name, strerror(errno));
	*ret = (struct listener){ .fd = own, .name = name, .inherited = true };
	return true;
}

/* Whether systemd meant us: the variables are inherited by children, the pid tells. */
static bool systemd_names_us(void)
{
	const char *pid = getenv("LISTEN_PID");
	int64_t value;

	return pid && text_to_int(pid, 1, INT64_MAX, &value) && value == getpid();
}

static bool adopt_systemd(struct listener *ret, struct err *e)
{
	const char *fds = getenv("LISTEN_FDS");

	if (!fds || strcmp(fds, "1") != 0)
		return err_set(e, ERR_BAD_INPUT,
			       "systemd must pass exactly one socket, LISTEN_FDS is \"%s\"",
			       fds ? fds : "");
	if (!is_listening(SYSTEMD_FD))
		return err_set(e, ERR_BAD_INPUT, "fd 3 is not a listening stream socket");
	if (!adopt(SYSTEMD_FD, "fd 3", ret, e))
		return false;
	close(SYSTEMD_FD);
	return true;
}

static bool adopt_stdin(struct listener *ret, struct err *e)
{
	int null;

	if (!adopt(SPAWN_FCGI_FD, "fd 0", ret, e))
		return false;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, SPAWN_FCGI_FD) < 0)
		return err_set(e, ERR_INTERNAL, "/dev/null: %s", strerror(errno));
	close(null);
	return true;
}

bool listener_open(TALLOC_CTX *ctx, const char *spec, bool allow_remote, struct listener *ret,
		   struct err *e)
{
	if (spec && strncmp(spec, "unix:", 5) == 0)
		return listener_open_unix(ctx, spec, ret, e);
	if (spec)
		return listener_open_tcp(ctx, spec, allow_remote, ret, e);
	if (systemd_names_us())
		return adopt_systemd(ret, e);
	if (is_listening(SPAWN_FCGI_FD))
		return adopt_stdin(ret, e);
	return err_set(e, ERR_BAD_INPUT,
		       "no socket to listen on: give --listen unix:/path or --listen host:port, "
		       "or pass one as fd 3 (systemd socket unit), or as fd 0 (spawn-fcgi)");
}

void listener_unlink(struct listener *l)
{
	struct stat st;

	if (l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		(void)unlink(l->path);
	l->path = NULL;
}

void listener_close(struct listener *l)
{
	listener_unlink(l);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

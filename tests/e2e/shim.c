/*
 * Loaded into the bot by LD_PRELOAD in end-to-end tests: makes real faults at the border to the
 * kernel, so that the programs under test need no test code.
 *
 *	SHIM_SYNC_GATE=FIFO   fdatasync waits until somebody opens that FIFO for writing (while it
 *	                      exists): an acknowledgement must not leave before.
 *	SHIM_KILL_TEXT=TEXT   the process dies by SIGKILL when it sends a POST to Looker's /queries
 *	                      that holds TEXT: a job that kills its worker every time.
 *	SHIM_DISK_FREE=BYTES  what statvfs says is left on every disk.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define KILLED_REQUEST "POST /api/4.0/queries"

static void wait_at_gate(void)
{
	const char *fifo = getenv("SHIM_SYNC_GATE");

	if (!fifo)
		return;
	int fd = open(fifo, O_RDONLY | O_CLOEXEC); /* blocks until it is opened for writing */
	if (fd >= 0)
		close(fd);
}

int fdatasync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

	wait_at_gate();
	return real(fd);
}

/* Head and body of a request may come in pieces, from one thread and one after the other. */
static bool kills(const void *bytes, size_t len)
{
	static _Thread_local bool query;
	const char *text = getenv("SHIM_KILL_TEXT");

	if (!text)
		return false;
	if (memmem(bytes, len, " HTTP/1.1\r\n", 11))
		query = memmem(bytes, len, KILLED_REQUEST, strlen(KILLED_REQUEST)) != NULL;
	return query && memmem(bytes, len, text, strlen(text)) != NULL;
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int) =
		(ssize_t(*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");

	if (kills(bytes, len))
		raise(SIGKILL);
	return real(fd, bytes, len, flags);
}

int statvfs(const char *path, struct statvfs *fs)
{
	int (*real)(const char *, struct statvfs *) =
		(int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs");
	const char *left = getenv("SHIM_DISK_FREE");
	int rc = real(path, fs);

	if (rc == 0 && left)
		fs->f_bavail = strtoull(left, NULL, 10) / fs->f_frsize;
	return rc;
}

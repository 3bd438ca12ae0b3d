/*
 * Loaded into the bot by LD_PRELOAD in end-to-end tests: makes real faults at the border to the
 * kernel, so that the programs under test need no test code.
 *
 *	SHIM_SYNC_GATE=FIFO   fdatasync waits until somebody opens that FIFO for writing (while it
 *	                      exists): an acknowledgement must not leave before.
 *	SHIM_KILL_TEXT=TEXT   the process dies by SIGKILL when it sends a POST to Looker's /queries
 *	                      that holds TEXT: a job that kills its worker every time.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
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

static bool kills(const void *bytes, size_t len)
{
	const char *text = getenv("SHIM_KILL_TEXT");

	return text && memmem(bytes, len, text, strlen(text)) &&
	       memmem(bytes, len, KILLED_REQUEST, strlen(KILLED_REQUEST));
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int) =
		(ssize_t(*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");

	if (kills(bytes, len))
		raise(SIGKILL);
	return real(fd, bytes, len, flags);
}

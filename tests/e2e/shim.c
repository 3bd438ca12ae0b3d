/*
 * Loaded into the bot by LD_PRELOAD in end-to-end tests: makes real faults at the border to the
 * kernel, so that the programs under test need no test code.
 *
 *	SHIM_SYNC_GATE=FIFO   fdatasync waits until somebody opens that FIFO for writing (while it
 *	                      exists): an acknowledgement must not leave before.
 *	SHIM_KILL_TEXT=TEXT   the process dies by SIGKILL when it sends a POST to Looker's /queries
 *	                      that holds TEXT: a job that kills its worker every time.
 *	SHIM_KILL_LINE=TEXT   the process dies by SIGKILL when it has written a line to its log that
 *	                      holds TEXT, and does not get to what comes after.
 *	SHIM_DISK_FREE=BYTES  what statvfs says is left on every disk.
 *	SHIM_READ_ONLY=FILE   while that file is there nothing can be written to a file, as on a
 *	                      disk that the kernel has made read-only after an error.
 *	SHIM_CLOCK=FILE       the wall clock is wrong by as many seconds as that file says, while it
 *	                      is there; the monotonic one is not.
 *	SHIM_PATIENCE=FILE    each HTTP call's time-out is written to FILE.log, beside its address;
 *	                      while FILE is there, none is longer than as many ms as it says.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <time.h>
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

/* The number in the file that this variable names; false when there is none. */
static bool switched(const char *variable, long long *ret)
{
	const char *path = getenv(variable);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char text[32] = "";

	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	*ret = n > 0 ? strtoll(text, NULL, 10) : 0;
	return n > 0;
}

static bool read_only(void)
{
	const char *path = getenv("SHIM_READ_ONLY");

	if (!path || access(path, F_OK) != 0)
		return false;
	errno = EROFS;
	return true;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
	ssize_t (*real)(int, const void *, size_t, off_t) =
		(ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");

	return read_only() ? -1 : real(fd, bytes, len, at);
}

int ftruncate64(int fd, off_t len)
{
	int (*real)(int, off_t) = (int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate64");

	return read_only() ? -1 : real(fd, len);
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);
	long long wrong_s;

	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int rc = real(id, ret);
	if (rc == 0 && id == CLOCK_REALTIME && switched("SHIM_CLOCK", &wrong_s))
		ret->tv_sec += wrong_s;
	return rc;
}

static void note_patience(const char *url, long long ms)
{
	const char *path = getenv("SHIM_PATIENCE");
	char text[4200];

	if (!path)
		return;
	snprintf(text, sizeof(text), "%s.log", path);
	int fd = open(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int len = snprintf(text, sizeof(text), "%lld %.4000s\n", ms, url);
	if (fd < 0)
		return;
	if (write(fd, text, (size_t)len) != len)
		abort();
	close(fd);
}

#undef curl_easy_setopt
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	static _Thread_local const char *url;
	CURLcode (*real)(CURL *, CURLoption, ...) =
		(CURLcode(*)(CURL *, CURLoption, ...))dlsym(RTLD_NEXT, "curl_easy_setopt");
	long long most;
	va_list more;

	va_start(more, option);
	void *value = va_arg(more, void *); /* all that there is has this size */
	va_end(more);
	if (option == CURLOPT_URL)
		url = value;
	if (option == CURLOPT_TIMEOUT_MS && getenv("SHIM_PATIENCE")) {
		note_patience(url, (long)value);
		if (switched("SHIM_PATIENCE", &most) && (long)value > most)
			value = (void *)(long)most;
	}
	return real(easy, option, value);
}

int fdatasync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

	if (read_only())
		return -1;
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

ssize_t write(int fd, const void *bytes, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) =
		(ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	const char *text = fd == STDERR_FILENO ? getenv("SHIM_KILL_LINE") : NULL;
	ssize_t rc = real(fd, bytes, len);

	if (text && memmem(bytes, len, text, strlen(text)))
		raise(SIGKILL);
	return rc;
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

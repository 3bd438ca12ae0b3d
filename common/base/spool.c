/*
 * O_TMPFILE, or mkstemp and unlink where the file system has none. The disk is looked at before the
 * first byte and again every few MiB: several of these grow at a time, and so does what they must
 * leave room for.
 */
#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"

#define LOOK_EVERY_BYTES (8 * 1024 * 1024)

static bool has_room(struct spool *s, struct err *e)
{
	struct statvfs fs;

	s->look_at = s->bytes + LOOK_EVERY_BYTES;
	if (statvfs(s->dir, &fs) != 0)
		return err_set(e, ERR_INTERNAL, "the state directory %s cannot be used: %s", s->dir,
			       strerror(errno));
	long long left = (long long)fs.f_bavail * (long long)fs.f_frsize;
	if (left >= SPOOL_KEEP_BYTES + LOOK_EVERY_BYTES)
		return true;
	return err_set(e, ERR_INTERNAL,
		       "the disk of the bot is nearly full (%lld MiB left). The bot's owner can "
		       "make room",
		       left >> 20);
}

static int release(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	return 0;
}

static int open_unnamed(TALLOC_CTX *ctx, const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	char *path = mem_printf(ctx, "%s/.spool-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

bool spool_open(TALLOC_CTX *ctx, const char *dir, size_t max_bytes, struct spool **ret,
		struct err *e)
{
	struct spool *s = mem_zero(ctx, struct spool);

	s->fd = -1;
	s->max_bytes = max_bytes;
	s->dir = mem_strdup(s, dir);
	talloc_set_destructor(s, release);
	if (!has_room(s, e)) {
		talloc_free(s);
		return false;
	}
	s->fd = open_unnamed(s, dir);
	if (s->fd < 0) {
		err_set(e, ERR_INTERNAL, "no file can be made in the state directory %s: %s", dir,
			strerror(errno));
		talloc_free(s);
		return false;
	}
	*ret = s;
	return true;
}

bool spool_write(struct spool *s, const char *data, size_t len, struct err *e)
{
	if (len > s->max_bytes - s->bytes)
		return err_set(e, ERR_BAD_INPUT, "it is larger than %zu MiB", s->max_bytes >> 20);
	if (s->bytes + len > s->look_at && !has_room(s, e))
		return false;
	while (len > 0) {
		ssize_t n = write(s->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_INTERNAL, "the bot's disk does not take the file: %s",
				       strerror(errno));
		s->bytes += (size_t)n;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

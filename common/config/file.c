/* Reads one small file whole. Pipes (bash's <(...)) work as well; nothing is ever written. */
#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static enum err_kind kind_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
		return ERR_FORBIDDEN;
	default:
		return ERR_BAD_INPUT;
	}
}

static bool read_all(int fd, char *buf, size_t size, size_t *ret_len)
{
	size_t len = 0;
	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return true;
}

bool file_read(TALLOC_CTX *ctx, const char *path, size_t max_bytes, char **ret, size_t *ret_len,
	       struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, kind_of(errno), "%s: %s", path, strerror(errno));
	size_t len = 0;
	char *buf = mem_array(ctx, char, max_bytes + 2);
	bool ok = read_all(fd, buf, max_bytes + 1, &len);
	int error = errno;
	close(fd);
	if (!ok)
		err_set(e, kind_of(error), "%s: %s", path, strerror(error));
	else if (len > max_bytes)
		ok = err_set(e, ERR_BAD_INPUT, "%s: larger than %zu KiB", path, max_bytes / 1024);
	if (!ok) {
		talloc_free(buf);
		return false;
	}
	buf[len] = '\0';
	*ret = buf;
	*ret_len = len;
	return true;
}

/*
 * Owner locks with flock(2), which belongs to an open file: two queues opened in one process are
 * two owners, and O_CLOEXEC keeps the lock from surviving in an exec'ed child. What it does not do:
 * touch the database.
 */
#include "queue/owners.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define OWNER_ID_RANDOM_BYTES 16
#define OWNER_TRIES 16

/* A new directory is only there after a power failure when its parent was synced. */
static bool sync_parent(const char *path)
{
	int dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = dir_fd < 0 ? -1 : openat(dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	if (dir_fd >= 0)
		close(dir_fd);
	return ok;
}

static bool make_dir(const char *path, struct err *e)
{
	struct stat st;
	bool made = mkdir(path, 0700) == 0;

	if (made ? sync_parent(path) : errno == EEXIST) {
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			return true;
		errno = ENOTDIR;
	}
	return err_set(e, ERR_TEMPORARY, "cannot create the directory %s: %s", path,
		       strerror(errno));
}

/* A locked file of that name, or -1 with errno; EAGAIN: another process was at it. */
static int create_locked(int dir_fd, const char *id)
{
	struct stat st;
	int fd = openat(dir_fd, id, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	/* Between the two calls queue_recover of another process may have found the file unlocked,
	 * that is dead, and removed it: a lock on a file that has no name would protect nothing. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0)
		return fd;
	close(fd);
	errno = EAGAIN;
	return -1;
}

bool queue_owner_init(struct queue_owner *o, TALLOC_CTX *ctx, const char *state_dir, struct err *e)
{
	unsigned char random[OWNER_ID_RANDOM_BYTES];

	o->lock_fd = -1;
	o->dir_fd = -1;
	o->dir = mem_printf(ctx, "%s/owners", state_dir);
	if (!make_dir(state_dir, e) || !make_dir(o->dir, e))
		return false;
	o->dir_fd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dir_fd < 0)
		return err_set(e, ERR_TEMPORARY, "cannot open %s: %s", o->dir, strerror(errno));
	for (int i = 0; i < OWNER_TRIES && o->lock_fd < 0; i++) {
		randombytes_buf(random, sizeof(random));
		sodium_bin2hex(o->id, sizeof(o->id), random, sizeof(random));
		o->lock_fd = create_locked(o->dir_fd, o->id);
		if (o->lock_fd < 0 && errno != EAGAIN)
			break;
	}
	if (o->lock_fd >= 0)
		return true;
	err_set(e, ERR_TEMPORARY, "cannot create the lock %s/%s: %s", o->dir, o->id,
		strerror(errno));
	queue_owner_release(o);
	return false;
}

void queue_owner_release(struct queue_owner *o)
{
	if (o->lock_fd >= 0) {
		unlinkat(o->dir_fd, o->id, 0);
		close(o->lock_fd);
	}
	if (o->dir_fd >= 0)
		close(o->dir_fd);
	o->lock_fd = -1;
	o->dir_fd = -1;
}

bool queue_owner_is_dead(const struct queue_owner *o, const char *id, int *ret_fd)
{
	int fd = openat(o->dir_fd, id, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno != ENOENT)
		return false; /* cannot know: alive */
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return false;
	}
	*ret_fd = fd;
	return true;
}

void queue_owner_bury(const struct queue_owner *o, const char *id, int fd)
{
	if (fd < 0)
		return;
	unlinkat(o->dir_fd, id, 0);
	close(fd);
}

void queue_owner_leave(int fd)
{
	if (fd >= 0)
		close(fd);
}

static bool is_owner_id(const char *name)
{
	return strlen(name) == QUEUE_OWNER_ID_BYTES - 1 &&
	       strspn(name, "0123456789abcdef") == QUEUE_OWNER_ID_BYTES - 1;
}

bool queue_owner_list(const struct queue_owner *o, TALLOC_CTX *ctx, char ***ret, size_t *ret_n,
		      struct err *e)
{
	DIR *dir = opendir(o->dir);
	struct dirent *entry;
	char **ids = NULL;
	size_t n = 0;

	if (!dir)
		return err_set(e, ERR_TEMPORARY, "cannot read %s: %s", o->dir, strerror(errno));
	while ((entry = readdir(dir))) {
		if (!is_owner_id(entry->d_name) || strcmp(entry->d_name, o->id) == 0)
			continue;
		ids = mem_grow(ctx, ids, char *, n + 1);
		ids[n++] = mem_strdup(ctx, entry->d_name);
	}
	closedir(dir);
	*ret = ids;
	*ret_n = n;
	return true;
}

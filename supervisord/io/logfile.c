/* SPDX-License-Identifier: BSD-2-Clause */
/* Log files: one writer a file, rotation by size, files that vanish. */
#include "supervisord/io/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

struct logfile {
	LIST_ENTRY(logfile) entry;
	unsigned references;
	char *path;
	int fd;
	bool regular;
	bool private; /* nobody but its owner may read it, nor its successor */
	dev_t device;
	ino_t inode;
	int64_t maxbytes, backups;
	int64_t rotate_at; /* size that is due: maxbytes, or more after a
			      rotation that failed */
	uint64_t dropped;
};

/* All open logs, by inode. */
#define LOGFILE_MODE	0666 /* & ~umask, of a new one */
#define LOGFILE_PRIVATE 0600 /* of one that follows a private one */
#define LOGFILE_BUCKETS 512
static LIST_HEAD(, logfile) logfile_all[LOGFILE_BUCKETS];

static int logfile_open_path(const char *, mode_t, struct stat *);
static void logfile_adopt(struct logfile *, int, const struct stat *);
static ssize_t logfile_write_all(struct logfile *, const char *, size_t);
static int logfile_rotate(struct logfile *);
static int logfile_shift(const struct logfile *);

/* Opens a file, or shares the writer that has it open. */
struct logfile *
logfile_open(const char *path, int64_t maxbytes, int64_t backups)
{
	struct logfile *lf;
	struct stat st;
	int fd;

	if ((fd = logfile_open_path(path, LOGFILE_MODE, &st)) == -1)
		return NULL;
	LIST_FOREACH (lf, &logfile_all[st.st_ino % LOGFILE_BUCKETS], entry)
		if (S_ISREG(st.st_mode) && lf->device == st.st_dev &&
		    lf->inode == st.st_ino) {
			(void)close(fd);
			lf->references++;
			return lf;
		}
	if ((lf = calloc(1, sizeof(*lf))) == NULL ||
	    (lf->path = strdup(path)) == NULL) {
		free(lf);
		(void)close(fd);
		errno = ENOMEM;
		return NULL;
	}
	lf->references = 1;
	lf->fd = -1;
	lf->maxbytes = lf->rotate_at = maxbytes;
	lf->backups = backups;
	logfile_adopt(lf, fd, &st);
	return lf;
}

/* Closes; the last one frees. */
void
logfile_close(struct logfile *lf)
{
	if (lf == NULL || --lf->references > 0)
		return;
	LIST_REMOVE(lf, entry);
	(void)close(lf->fd);
	free(lf->path);
	free(lf);
}

/* Appends, and rotates when the file has become large enough. */
ssize_t
logfile_write(
    struct logfile *lf, const void *buf, size_t len, struct logfile_mark *mark)
{
	struct stat st;
	ssize_t n;

	if (lf->regular) {
		if (fstat(lf->fd, &st) == -1)
			return -1;
		if (st.st_nlink == 0 && logfile_reopen(lf) == 0 &&
		    fstat(lf->fd, &st) == -1)
			return -1;
		if (mark != NULL) {
			mark->device = st.st_dev;
			mark->inode = st.st_ino;
			mark->offset = st.st_size;
		}
	}
	n = logfile_write_all(lf, buf, len);
	if (n < (ssize_t)len && !(n >= 0 && !lf->regular))
		lf->dropped += len - (n > 0 ? (size_t)n : 0);
	if (lf->regular && lf->maxbytes > 0 && n > 0 &&
	    st.st_size + n >= lf->rotate_at) {
		if (mark != NULL)
			mark->offset = LOGFILE_MARK_DONE;
		lf->rotate_at = lf->maxbytes;
		if (logfile_rotate(lf) == -1)
			lf->rotate_at += st.st_size + n;
	}
	return n;
}

/* Opens the file of that name in place of the open one. */
int
logfile_reopen(struct logfile *lf)
{
	struct stat st;
	int fd;

	if ((fd = logfile_open_path(lf->path,
		 lf->private ? LOGFILE_PRIVATE : LOGFILE_MODE, &st)) == -1)
		return -1;
	logfile_adopt(lf, fd, &st);
	return 0;
}

/* Empties the log. */
int
logfile_clear(struct logfile *lf)
{
	if (!lf->regular)
		return 0;
	if (unlink(lf->path) == -1 && errno != ENOENT)
		return -1;
	return logfile_reopen(lf);
}

/* Tells how far a write came that was cut short. */
size_t
logfile_written_since(
    const struct logfile *lf, const struct logfile_mark *mark, size_t len)
{
	struct stat st;

	if (mark->offset == LOGFILE_MARK_DONE)
		return len;
	if (mark->offset < 0 || fstat(lf->fd, &st) == -1 ||
	    st.st_dev != mark->device || st.st_ino != mark->inode ||
	    st.st_size <= mark->offset)
		return 0;
	if ((uint64_t)(st.st_size - mark->offset) > len)
		return len;
	return (size_t)(st.st_size - mark->offset);
}

/* Returns the path as it was opened. */
const char *
logfile_path(const struct logfile *lf)
{
	return lf->path;
}

/* Returns the descriptor of now. */
int
logfile_fd(const struct logfile *lf)
{
	return lf->fd;
}

/* Tells whether it can be rotated. */
bool
logfile_is_regular(const struct logfile *lf)
{
	return lf->regular;
}

/* Returns how many bytes were lost. */
uint64_t
logfile_dropped(const struct logfile *lf)
{
	return lf->dropped;
}

/* Opens a path for append.  What is no file must not block us: its descriptor
 * is our own, so the flag is not seen by others, save for an inherited socket.
 */
static int
logfile_open_path(const char *path, mode_t mode, struct stat *st)
{
	int fd, error;

	fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    mode);
	if (fd == -1)
		return -1;
	if (fstat(fd, st) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

/* Puts a new descriptor in the place of the old one. */
static void
logfile_adopt(struct logfile *lf, int fd, const struct stat *st)
{
	if (lf->fd != -1) {
		LIST_REMOVE(lf, entry);
		(void)close(lf->fd);
	}
	lf->fd = fd;
	lf->regular = S_ISREG(st->st_mode);
	lf->private = lf->regular && (st->st_mode & 077) == 0;
	lf->device = st->st_dev;
	lf->inode = st->st_ino;
	LIST_INSERT_HEAD(&logfile_all[lf->inode % LOGFILE_BUCKETS], lf, entry);
}

/* Writes until all is written, the target is full, or it fails. */
static ssize_t
logfile_write_all(struct logfile *lf, const char *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = write(lf->fd, buf + done, len - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)done;
}

/* Moves the file away, or empties it, and goes on with a new one. */
static int
logfile_rotate(struct logfile *lf)
{
	if (lf->backups <= 0)
		return ftruncate(lf->fd, 0);
	if (logfile_shift(lf) == -1)
		return -1;
	return logfile_reopen(lf);
}

/* Renames PATH.i to PATH.i+1, last first, then PATH to PATH.1 (P-142, P-145).
 */
static int
logfile_shift(const struct logfile *lf)
{
	size_t size = strlen(lf->path) + 24;
	char *from = malloc(size), *to = malloc(size);
	int result = -1;
	int64_t i;

	if (from == NULL || to == NULL)
		goto out;
	for (i = lf->backups - 1; i >= 0; i--) {
		if (i > 0)
			(void)snprintf(
			    from, size, "%s.%lld", lf->path, (long long)i);
		else
			(void)snprintf(from, size, "%s", lf->path);
		(void)snprintf(to, size, "%s.%lld", lf->path, (long long)i + 1);
		if (rename(from, to) == -1 && errno != ENOENT)
			goto out;
	}
	result = 0;
out:
	free(from);
	free(to);
	return result;
}

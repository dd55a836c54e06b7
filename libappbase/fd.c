/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors: see fd.h.  The fallbacks for systems without SOCK_CLOEXEC,
 * close_range(2) or memfd_create(2) are kept to this file.
 */
#include "libappbase/fd.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

/* Open /dev/null on whichever of 0, 1, 2 is closed. */
int
fd_ensure_stdio(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		int got;

		if (fcntl(fd, F_GETFD) != -1)
			continue;
		if (errno != EBADF)
			return -1;
		/* The lowest free number is ours, as those below are open. */
		got = open("/dev/null", O_RDWR);
		if (got != fd) {
			fd_close(got);
			return -1;
		}
	}
	return 0;
}

/* Set or clear close-on-exec. */
int
fd_set_cloexec(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags == -1)
		return -1;
	flags = on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC;
	return fcntl(fd, F_SETFD, flags) == -1 ? -1 : 0;
}

/* Set or clear O_NONBLOCK. */
int
fd_set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -1;
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags) == -1 ? -1 : 0;
}

/* Close a descriptor, keeping errno. */
void
fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

/* Close *fd and forget it. */
void
fd_closep(int *fd)
{
	fd_close(*fd);
	*fd = -1;
}

/* Close every descriptor from `low` up. */
void
fd_close_from(int low)
{
#ifdef HAVE_CLOSE_RANGE
	if (close_range((unsigned)low, UINT_MAX, 0) == 0)
		return;
#endif
	closefrom(low);
}

/* Copy a descriptor to a number above stdio, close-on-exec. */
int
fd_dup_high(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

/* Make a socketpair, close-on-exec and non-blocking at both ends. */
int
fd_socketpair(int type, int sv[2])
{
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
	return socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv);
#else
	if (socketpair(AF_UNIX, type, 0, sv) == -1)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (fd_set_cloexec(sv[i], true) == -1 ||
		    fd_set_nonblock(sv[i], true) == -1) {
			fd_closep(&sv[0]);
			fd_closep(&sv[1]);
			return -1;
		}
	}
	return 0;
#endif
}

/* Open an empty file that has no name, close-on-exec. */
static int
fd_open_nameless(const char *name)
{
#ifdef HAVE_MEMFD_CREATE
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
#else
	char path[] = "/tmp/appbase.XXXXXXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	(void)name;
	if (fd != -1)
		(void)unlink(path);
	return fd;
#endif
}

/* Make anonymous shared memory of `size` zero bytes. */
int
fd_memory(const char *name, size_t size)
{
	int fd;

	if (size > INT64_MAX) {
		errno = EFBIG;
		return -1;
	}
	fd = fd_open_nameless(name);
	if (fd != -1 && ftruncate(fd, (off_t)size) == -1)
		fd_closep(&fd);
	return fd;
}

/* Write all of it from offset 0. */
int
fd_fill(int fd, const void *data, size_t len)
{
	const char *text = data;
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pwrite(fd, text + done, len - done, (off_t)done);
		if (n == -1 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Make a memory file constant. */
int
fd_seal(int fd)
{
#ifdef F_ADD_SEALS
	return fcntl(
	    fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
#else
	(void)fd;
	return 0;
#endif
}

/* Read up to `size` bytes from offset 0; short only at the end of the file. */
static ssize_t
fd_read_all(int fd, char *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, buf + done, size - done, (off_t)done);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Read a whole file into a new, NUL-terminated buffer. */
char *
fd_slurp(int fd, size_t max, size_t *len)
{
	struct stat st;
	ssize_t n;
	char *buf;

	if (fstat(fd, &st) == -1)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	if ((uintmax_t)st.st_size > max) {
		errno = EFBIG;
		return NULL;
	}
	buf = malloc((size_t)st.st_size + 1);
	if (buf == NULL)
		return NULL;
	n = fd_read_all(fd, buf, (size_t)st.st_size);
	if (n == -1) {
		free(buf);
		return NULL;
	}
	buf[n] = '\0';
	if (len != NULL)
		*len = (size_t)n;
	return buf;
}

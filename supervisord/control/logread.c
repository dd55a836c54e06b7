/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads pieces of files. */
#include "supervisord/control/logread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens a file to be read; its size.  -1 with errno. */
static int
logread_open(const char *path, int64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int saved;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		saved = errno;
	else {
		*size = S_ISREG(st.st_mode) ? st.st_size
		    : S_ISCHR(st.st_mode)   ? lseek(fd, 0, SEEK_END)
					    : -1;
		if (*size != -1)
			return fd;
		saved = ENODEV;
	}
	close(fd);
	errno = saved;
	return -1;
}

/* Reads up to length bytes at an offset into a new buffer. */
static int
logread_piece(int fd, int64_t offset, int64_t length, struct logread *out)
{
	size_t want = length > LOGREAD_MAX ? LOGREAD_MAX : (size_t)length;
	ssize_t n;

	out->len = 0;
	out->bytes = malloc(want + 1);
	if (out->bytes == NULL)
		return -1;
	while (out->len < want) {
		n = pread(fd, out->bytes + out->len, want - out->len,
		    offset + (int64_t)out->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			free(out->bytes);
			out->bytes = NULL;
			return -1;
		}
		if (n == 0)
			break;
		out->len += (size_t)n;
	}
	out->bytes[out->len] = '\0';
	return 0;
}

/* Reads and closes; keeps the errno of the reading. */
static int
logread_and_close(int fd, int64_t offset, int64_t length, struct logread *out)
{
	int rc = logread_piece(fd, offset, length, out), saved = errno;

	close(fd);
	errno = saved;
	return rc;
}

int
logread_range(
    const char *path, int64_t offset, int64_t length, struct logread *out)
{
	int64_t size;
	int fd;

	memset(out, 0, sizeof(*out));
	if (length < 0 || (offset < 0 && length != 0)) {
		errno = EINVAL;
		return -1;
	}
	fd = logread_open(path, &size);
	if (fd == -1)
		return -1;
	if (offset < 0) {
		/* -size cannot overflow, unlike -offset. */
		offset = offset < -size ? 0 : size + offset;
		if (size - offset > LOGREAD_MAX)
			offset = size - LOGREAD_MAX;
	}
	if (offset > size)
		offset = size;
	if (length == 0 || length > size - offset)
		length = size - offset;
	return logread_and_close(fd, offset, length, out);
}

int
logread_tail(
    const char *path, int64_t offset, int64_t length, struct logread *out)
{
	int64_t size;
	int fd;

	memset(out, 0, sizeof(*out));
	fd = logread_open(path, &size);
	if (fd == -1)
		return -1;
	if (offset < 0)
		offset = 0;
	if (length < 0)
		length = 0;
	/* size > offset + length, and below it the other way, without an
	 * overflow of the sum */
	if (offset < size && length < size - offset) {
		out->overflow = true;
		offset = size - 1;
	}
	if (offset > size || length > size - offset) {
		if (offset > size - 1)
			length = 0;
		offset = size - length;
	}
	if (offset < 0) {
		length += offset;
		offset = 0;
	}
	out->offset = size;
	return logread_and_close(fd, offset, length, out);
}

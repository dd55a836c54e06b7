/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading whole files.
 */
#include "common/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Reads all of a descriptor; NULL with errno. */
static char *
slurp_fd(int fd, size_t *len)
{
	size_t size = 0;
	char *text = NULL, *bigger;
	ssize_t n;

	*len = 0;
	for (;;) {
		if (*len == size) {
			size = size == 0 ? 16384 : size * 2;
			if (size > SLURP_MAX) {
				errno = EFBIG;
				break;
			}
			if ((bigger = realloc(text, size)) == NULL)
				break;
			text = bigger;
		}
		n = read(fd, text + *len, size - *len);
		if (n == 0)
			return text;
		if (n > 0)
			*len += (size_t)n;
		else if (errno != EINTR)
			break;
	}
	free(text);
	return NULL;
}

/* Reads a file; NULL with errno. */
char *
slurp_file(const char *path, size_t *len)
{
	char *text;
	int fd, saved;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return NULL;
	text = slurp_fd(fd, len);
	saved = errno;
	close(fd);
	errno = saved;
	return text;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors held back for starting a worker; see fdreserve.h. */
#include "libappbase/fdreserve.h"

#include <errno.h>
#include <fcntl.h>

#include "libappbase/fd.h"

/* Two socketpairs, the page, and one to spare. */
#define FDRESERVE_SIZE 6

static int fdreserve[FDRESERVE_SIZE] = {-1, -1, -1, -1, -1, -1};

void
fdreserve_fill(void)
{
	int i;

	for (i = 0; i < FDRESERVE_SIZE; i++)
		if (fdreserve[i] == -1)
			fdreserve[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void
fdreserve_release(void)
{
	int i;

	for (i = 0; i < FDRESERVE_SIZE; i++)
		fd_closep(&fdreserve[i]);
}

int
fdreserve_open(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags, mode), error;

	if (fd != -1 || (errno != EMFILE && errno != ENFILE))
		return fd;
	fdreserve_release();
	fd = open(path, flags, mode);
	error = errno;
	fdreserve_fill();
	errno = error;
	return fd;
}

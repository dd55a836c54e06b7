/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors held back for starting a worker; see fdreserve.h. */
#include "libappbase/fdreserve.h"

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

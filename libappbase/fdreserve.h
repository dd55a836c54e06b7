/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A few descriptors held back, so that a supervisor whose table is full can
 * still start a worker and say how it is: what it must always be able to do.
 */
#ifndef LIBAPPBASE_FDRESERVE_H
#define LIBAPPBASE_FDRESERVE_H

#include <sys/types.h>

/* Opens what is missing of the reserve, as far as that is possible. */
void fdreserve_fill(void);
/* Closes the reserve, for its use, or in a process that needs none. */
void fdreserve_release(void);
/* open(2) that may use the reserve for a moment; close what it returns soon. */
int fdreserve_open(const char *path, int flags, mode_t mode);

#endif

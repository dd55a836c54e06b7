/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A few descriptors held back, so that a supervisor whose table is full can
 * still start a worker: the one thing it must always be able to do.
 */
#ifndef LIBAPPBASE_FDRESERVE_H
#define LIBAPPBASE_FDRESERVE_H

/* Opens what is missing of the reserve, as far as that is possible. */
void fdreserve_fill(void);
/* Closes the reserve, for its use, or in a process that needs none. */
void fdreserve_release(void);

#endif

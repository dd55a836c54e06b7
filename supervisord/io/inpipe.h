/* SPDX-License-Identifier: BSD-2-Clause */
/* A program's stdin: what is not taken at once waits, up to a limit (P-155). */
#ifndef SUPERVISORD_IO_INPIPE_H
#define SUPERVISORD_IO_INPIPE_H

#include <stddef.h>

#include "supervisord/io/loop.h"

struct inpipe;

/* Takes fd, the non-blocking write end.  NULL with errno, and it is closed.
 * What waits when it is freed is lost; _free accepts NULL. */
struct inpipe *inpipe_new(struct loop *, int fd);
void inpipe_free(struct inpipe *);
/* Copies.  -1 with errno: EPIPE nobody reads, ENOBUFS more than max would wait.
 */
int inpipe_write(struct inpipe *, const void *, size_t, size_t max);
/* Has this called whenever nothing waits any more; not inside inpipe_write().
 */
void inpipe_on_empty(struct inpipe *, loop_callback *, void *arg);
/* How many bytes wait. */
size_t inpipe_waiting(const struct inpipe *);

#endif

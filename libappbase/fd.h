/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors: every one is born close-on-exec; what a child inherits is an
 * explicit list; 0, 1 and 2 are always open before anything else is.
 * All functions return 0 (or a descriptor) or -1 with errno.
 */
#ifndef LIBAPPBASE_FD_H
#define LIBAPPBASE_FD_H

#include <stdbool.h>
#include <stddef.h>

/* Opens /dev/null on whichever of 0, 1, 2 is closed. */
int fd_ensure_stdio(void);
int fd_set_cloexec(int fd, bool on);
int fd_set_nonblock(int fd, bool on);
/* close(2) that keeps errno and accepts -1. */
void fd_close(int fd);
void fd_closep(int *fd); /* closes *fd and sets it to -1 */
/* Closes all from `low` up.  Async-signal-safe if there is close_range(2). */
void fd_close_from(int low);
/* A copy numbered >= 3, close-on-exec. */
int fd_dup_high(int fd);
/* A socketpair, both ends close-on-exec and non-blocking. */
int fd_socketpair(int type, int sv[2]);
/* Anonymous shared memory of `size` zero bytes; `name` is for debugging. */
int fd_memory(const char *name, size_t size);
/* Writes all of it at the file's beginning. */
int fd_fill(int fd, const void *data, size_t len);
/* Nobody can change such memory any more, where the system can do that. */
int fd_seal(int fd);
/* Reads the whole of a regular or memory file from offset 0 into a new,
 * NUL-terminated buffer (free()); EFBIG beyond `max`. */
char *fd_slurp(int fd, size_t max, size_t *len);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Lock files of programs (B-102, B-103), and whether a program is stopped. */
#ifndef SUPERVISORD_IO_LOCKFILE_H
#define SUPERVISORD_IO_LOCKFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "supervisord/io/loop.h"

/* Is there a file of that name, of any type?  1, 0, or -1 with errno. */
int lockfile_exists(const char *path);
/* Removes it: 1, 0 if there was none, -1 with errno. */
int lockfile_remove(const char *path);

/* Has a stop signal taken effect on all threads of a process?  True also of one
 * that is gone: nothing of it runs. */
bool lockfile_is_stopped(pid_t);

/*
 * flock(2) that is waited for without blocking the loop: a thread waits, and
 * the lock is of the open file, so it is ours when the thread has got it.
 */
struct lockwait;

/* Opens the file, which is made (for that user, -1: ours) if there is none, and
 * asks for the exclusive lock; `got` is called, later, if that has to wait.
 * NULL with errno. */
struct lockwait *lockwait_new(struct loop *, const char *path, uid_t, gid_t,
    loop_callback *got, void *arg);
/* Do we have it? */
bool lockwait_has(const struct lockwait *);
/* Gives it back, or gives up; accepts NULL. */
void lockwait_free(struct lockwait *);

#endif

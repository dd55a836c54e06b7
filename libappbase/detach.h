/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Detaching, and the start command that waits for the daemon.
 *
 * The starting process forks, the child makes a session of its own and forks
 * again, so that the daemon can never get a controlling terminal.  A pipe tells
 * the starting process how the start went: one byte of status, then text.
 */
#ifndef LIBAPPBASE_DETACH_H
#define LIBAPPBASE_DETACH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Returns -1 with errno; 0 in the daemon, with *fd the writing end of the pipe;
 * 1 in the starting process, with *fd the reading end; then the pid file (by
 * lock_fd, -1 = none) names the daemon, so that this process may end.
 */
int detach_fork(int lock_fd, int *fd);

/* In the daemon: descriptors 0 to 2 to /dev/null, or 1 and 2 to `log_file`
 * (appended, 0644 & ~umask).  0 or -1/errno. */
int detach_stdio(const char *log_file);

/*
 * In the starting process: waits for the result, at most timeout_ms (-1 for
 * ever), and returns the exit status.  Failures are written to stderr.
 */
int detach_wait(int fd, int64_t timeout_ms, const char *name);

#endif

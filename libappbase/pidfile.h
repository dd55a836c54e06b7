/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pid file: one flock(2)ed descriptor held for life.
 *
 * The lock belongs to the open file description.  It is passed on by passing
 * the descriptor, never released and taken again, never LOCK_UN.  The content
 * is written in place (whole line at offset 0, then truncated to its length),
 * never truncated first, never renamed.  A process that should not hold it
 * closes its copy right after fork.
 *
 * (libbsd's own pidfile_open, _write, _close, _remove and _fileno are something
 * else: its descriptor is not close-on-exec.)
 */
#ifndef LIBAPPBASE_PIDFILE_H
#define LIBAPPBASE_PIDFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum pidfile_result {
	PIDFILE_OK,
	PIDFILE_BUSY,	 /* locked by somebody; see pidfile_owner() */
	PIDFILE_INVALID, /* not a regular file, a link in a world-writable
			    directory, ...; errno and *why say */
	PIDFILE_ERROR,	 /* cannot be opened or created; errno */
};

/*
 * Opens (creating with 0644 & ~umask) and locks `path` without blocking; checks
 * that the locked file is still the one at `path`.  On PIDFILE_OK *fd is the
 * lock: close-on-exec, numbered >= 3; else it is -1.  *why is a static text
 * that continues "PATH is ..." or "".  A symbolic link is followed unless its
 * directory is world-writable, where a second hard link is refused as well.
 */
enum pidfile_result pidfile_lock(const char *path, int *fd, const char **why);

/*
 * Writes "PID\n".  Returns 0, or -1 with errno (ENOSPC, ...); the previous
 * content may then be gone but never a half line.
 */
int pidfile_store(int fd, pid_t pid);

/* The strictly parsed pid of a text: 1 .. pid_max, one line (its newline may be
 * missing), nothing else, no sign, no leading zero; -1 otherwise. */
pid_t pidfile_parse(const char *text, size_t len);

enum pidfile_owner {
	PIDFILE_OWNER_OK,	/* *pid holds this very file open and locked */
	PIDFILE_OWNER_EMPTY,	/* locked, nothing written (yet) */
	PIDFILE_OWNER_GARBAGE,	/* content is not a pid */
	PIDFILE_OWNER_STRANGER, /* that process is not the one with the lock */
};

/*
 * Who holds the lock of `path`?  Reads the file and verifies that the named
 * process has this file (device, inode) open and that the lock is that open
 * file's (/proc/PID/fd and fdinfo; elsewhere only that it exists).  A process
 * we may not look at is a STRANGER.  So is whoever holds a file we cannot read;
 * a file that is gone is EMPTY.  Content that is not a pid is read again for a
 * few milliseconds.  On OK *pidfd is an owned pidfd (-1 where there are none)
 * which was opened before the check.
 */
enum pidfile_owner pidfile_owner(const char *path, pid_t *pid, int *pidfd);

/* Is the file at `path` still the locked one?  An operator may delete it. */
bool pidfile_is_current(int fd, const char *path);

/*
 * Removes the file if it is still ours; a link to it stays.  The lock stays
 * until fd is closed.
 */
void pidfile_unlink(int fd, const char *path);

#endif

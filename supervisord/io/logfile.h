/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log file: appended to, rotated by size, reopened by name.
 *
 * The file is looked at before each write: one that was removed is made anew
 * (nothing after the removal is lost), one that was truncated counts from its
 * real size.  After a write that reaches maxbytes it is rotated: PATH.1 is the
 * newest old file, PATH.<backups> the oldest.  Only regular files are rotated
 * (P-146); a pipe, a terminal or a socket never blocks the caller.
 *
 * Two users of one file share one writer (P-154): the limits of the first
 * stand.
 */
#ifndef SUPERVISORD_IO_LOGFILE_H
#define SUPERVISORD_IO_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct logfile;

#define LOGFILE_MARK_UNKNOWN ((int64_t)-1) /* not begun, or not a file */
#define LOGFILE_MARK_DONE    ((int64_t)-2) /* all is written */

/* Where a write began: kept over a crash, it tells how much of it was done. */
struct logfile_mark {
	uint64_t device, inode;
	int64_t offset; /* or LOGFILE_MARK_* */
};

/*
 * Opens for append, creating it with 0666 & ~umask (P-141).  maxbytes <= 0:
 * never rotated.  NULL with errno.  Each open is undone by one logfile_close(),
 * which accepts NULL.
 */
struct logfile *logfile_open(
    const char *path, int64_t maxbytes, int64_t backups);
void logfile_close(struct logfile *);

/*
 * Writes, then rotates if due.  Returns what was written: all of it, or less
 * (perhaps 0) if the target is a full pipe or the like: then write the rest
 * when logfile_fd() is writable.  -1 with errno: the rest is lost and counted.
 * *mark, if not NULL, is set right before the first byte is written to a
 * regular file, and to LOGFILE_MARK_DONE before a rotation.
 */
ssize_t logfile_write(
    struct logfile *, const void *, size_t, struct logfile_mark *mark);

/* Closes and opens by name.  -1 with errno: the old one is kept. */
int logfile_reopen(struct logfile *);
/* Deletes and makes it anew; rotated files stay (P-153).  -1 with errno. */
int logfile_clear(struct logfile *);

/* How much of a write that began at *mark reached this file: 0 to len. */
size_t logfile_written_since(
    const struct logfile *, const struct logfile_mark *, size_t len);

const char *logfile_path(const struct logfile *);
int logfile_fd(const struct logfile *); /* changes with every reopen */
bool logfile_is_regular(const struct logfile *);
uint64_t logfile_dropped(const struct logfile *); /* bytes lost to errors */

#endif

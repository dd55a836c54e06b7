/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisord's own log.
 *
 *   2026-11-20 17:48:46,123 INFO spawned: 'x' with pid 42
 *
 * There is one a process; before mainlog_open() messages are stored and written
 * when it is opened.  A line goes to the log file or syslog, and to standard
 * output in the foreground (C-240 to C-243).
 */
#ifndef SUPERVISORD_IO_MAINLOG_H
#define SUPERVISORD_IO_MAINLOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/loglevel.h"

struct mainlog_settings {
	const char *path; /* copied; NULL = none */
	bool syslog;	  /* as ident `supervisord`, facility user */
	int64_t maxbytes, backups;
	int level;	/* lines below are dropped */
	bool to_stdout; /* the foreground's copy */
};

/* Opens the log and writes what was stored, highest level first (C-227).  -1
 * with errno if the file cannot be opened; then nothing has changed. */
int mainlog_open(const struct mainlog_settings *);
void mainlog_close(void);
/* Closes and opens by name; -1 with errno. */
int mainlog_reopen(void);
/* Deletes and recreates it; -1 with errno. */
int mainlog_clear(void);

void mainlog(int level, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
void mainlog_v(int level, const char *fmt, va_list)
    __attribute__((__format__(__printf__, 2, 0)));
/* One line to the same places from a process that does not own the log: opens,
 * writes, closes, never rotates, and leaves what is stored alone. */
void mainlog_once(const struct mainlog_settings *, int level, const char *text);
/* Drops what is stored: another process has written it. */
void mainlog_forget(void);
/* A line with bytes after it that are no text of ours (the debug echo). */
void mainlog_data(int level, const char *text, const void *data, size_t len);
/* Would a line of that level be written? */
bool mainlog_wants(int level);
/* The path; NULL if there is no file. */
const char *mainlog_path(void);

/* The head of a line, "2026-11-20 17:48:46,123 INFO ", in local time.  Returns
 * buf. */
#define MAINLOG_HEAD_MAX 48
const char *mainlog_head(
    const struct timespec *, int level, char buf[MAINLOG_HEAD_MAX]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logging inside the library: short forms of appbase/log.h, and who "we" are.
 *
 * A record on stderr is one line, written by one write(2):
 *
 *   2026-11-20T18:34:00.123Z NAME[PID] supervisor/3 warn: text
 *
 * with the time in UTC.  Control characters in a text are escaped (\n, \x1b)
 * and a text above LOG_TEXT_MAX bytes is cut and ends in "...", for every sink.
 * A full non-blocking stderr is waited for LOG_WAIT_MS at most; then the record
 * is dropped, and the next one that gets through is preceded by the number
 * lost. errno is kept, so %m may be used and log calls may stand between a
 * failed call and its errno.
 */
#ifndef LIBAPPBASE_LOG_H
#define LIBAPPBASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "appbase/log.h"

#define LOG_TEXT_MAX 2048
#define LOG_WAIT_MS  20

#define log_error(...) appbase_log(APPBASE_LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  appbase_log(APPBASE_LOG_WARN, __VA_ARGS__)
#define log_info(...)  appbase_log(APPBASE_LOG_INFO, __VA_ARGS__)
#define log_debug(...) appbase_log(APPBASE_LOG_DEBUG, __VA_ARGS__)

/* `role` is borrowed for ever (a literal).  The start is {"starter", 0}. */
void log_set_role(const char *role, uint64_t generation);

/* NAME of the line and of syslog; copied, cut at 63 bytes.  The start value is
 * getprogname(). */
void log_set_ident(const char *name);

/* After detaching: to syslog, unless the program has chosen a sink. */
void log_detached(void);

/* --no-warn: drops every record. */
void log_mute(bool on);

/* The level's word: "error", "warn", "info", "debug". */
const char *log_level_name(enum appbase_log_level);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command found and did, as one JSON object for programs that read it
 * (`--json`).  The object's members are part of the interface:
 *
 *	schema	1; grows when a member changes its meaning or goes
 *	command	the line that was run
 *	status	what supervisorctl exits with
 *	results	one object for each process, group or file that was named or
 *		found, in order
 *	error	{kind, message}, only if the server could not be asked
 *	text	what would have been printed without --json
 *
 * Without a report in the session (ctl->report is NULL) all calls do nothing.
 * Bytes that are not UTF-8 become U+FFFD.
 */
#ifndef SUPERVISORCTL_REPORT_H
#define SUPERVISORCTL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ctl;
struct xval;

#define REPORT_SCHEMA 1

/*
 * Gives the session a report, whose text is collected from what is written to
 * ctl->out from now on.  -1 when out of memory.
 */
int report_open(struct ctl *);
/* Writes the object of the line that was run to ctl->out as it was before,
 * which ctl->out is again.  -1 when out of memory: nothing was written. */
int report_close(struct ctl *, const char *line);

/* Begins the next result; the others add members to it, or replace them. */
void report_begin(struct ctl *);
void report_string(struct ctl *, const char *key, const char *text);
void report_bytes(struct ctl *, const char *key, const char *bytes, size_t len);
void report_int(struct ctl *, const char *key, int64_t);
void report_bool(struct ctl *, const char *key, bool);
/* All members of a struct. */
void report_members(struct ctl *, const struct xval *strct);

/* Why the server could not be asked: a word, and a sentence (NULL: out of
 * memory). */
void report_error(struct ctl *, const char *kind, const char *message);

/*
 * A piece of a log that is followed.  Each complete line becomes an object
 * {line} of its own, written at once.  False if there is no report, or it
 * cannot be written.
 */
bool report_follow(struct ctl *, const char *bytes, size_t len);

#endif

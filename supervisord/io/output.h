/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One channel of a program's output on its way from the pipe to its log.
 *
 * Reads are large (JOURNAL_CHUNK) and one a turn of the loop, so that a
 * flooding program delays neither control nor another program.  While a log
 * that is a pipe or a terminal cannot take more, the program's pipe is not
 * read: the program waits, nobody else does, and nothing is lost.  Bytes go
 * through the journal, so a killed engine neither loses nor doubles them in a
 * log that is a file.  What capture mode had in hand is lost with the engine:
 * the beginning of a message, or of a token; and so are the events of the
 * chunk.
 */
#ifndef SUPERVISORD_IO_OUTPUT_H
#define SUPERVISORD_IO_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisord/io/journal.h"
#include "supervisord/io/logfile.h"
#include "supervisord/io/loop.h"

struct output;

struct output_settings {
	struct loop *loop;
	struct journal *journal;
	uint64_t owner;	     /* the journal's name for this channel */
	const char *process; /* borrowed for the output's life */
	const char *channel; /* "stdout" or "stderr"; likewise */
	struct logfile *log; /* taken; NULL = none */
	uint64_t *bytes;     /* counts what was read; or NULL */
	bool syslog;	     /* a message a line, too (P-148) */
	bool strip_ansi;     /* (P-149) */
	size_t capture_max;  /* 0 = no capture mode (P-136) */
	bool waits;	     /* reading begins with output_begin() */
	/* The pipe has ended and was closed.  May free the output. */
	void (*closed)(void *arg);
	/* For events; each may be NULL.  Every piece of text as it is logged,
	 * captured ones too (P-135), and every captured message. */
	void (*data)(void *arg, const void *, size_t);
	void (*message)(void *arg, const void *, size_t);
	/* Every chunk as it was read, after it was logged; also the one that a
	 * former engine had in flight. */
	void (*raw)(void *arg, const void *, size_t);
	void *arg;
};

/* Takes fd, the read end, which must be non-blocking, and the log, and begins
 * to read.  On failure, NULL with errno, it has closed both. */
struct output *output_new(int fd, const struct output_settings *);
/* Begins to read, if it waited. */
void output_begin(struct output *);
/* Closes pipe and log; what is still in the pipe is lost, and so is a captured
 * message without an end (P-139).  Accepts NULL. */
void output_free(struct output *);
/* Reads what the pipe holds now (P-034), at most OUTPUT_DRAIN_MAX bytes. */
#define OUTPUT_DRAIN_MAX ((size_t)1024 * 1024)
void output_drain(struct output *);
/* Our own bytes, as if the program had written them. */
void output_put(struct output *, const void *, size_t);
/* What a former engine had in flight for this owner: writes what is not written
 * yet. */
void output_recover(
    struct output *, const void *, size_t, const struct logfile_mark *);
/* NULL if it has none. */
struct logfile *output_log(const struct output *);

#endif

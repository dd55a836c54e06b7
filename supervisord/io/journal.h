/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chunk in flight: what was taken out of a program's pipe and may not be in
 * its log yet, in memory that outlives the engine.
 *
 * A SIGKILL can come between any two instructions.  So each chunk is read into
 * this block, with its length known before: the engine is the pipe's only
 * reader, so reading as many bytes as the pipe is known to hold takes exactly
 * those.  Whether the read was done is told by its first bytes: before it, a
 * random nonce stands there.  Then the log's position is noted and the chunk is
 * written.  journal_recover() tells the next engine what is left to write.
 *
 *   IDLE -> journal_begin -> READING -> (read) journal_have -> HAVE
 *        -> logfile_write(..., journal_mark()) -> journal_end -> IDLE
 *
 * There is one chunk in flight at a time.  Pure: it works on the memory given.
 */
#ifndef SUPERVISORD_IO_JOURNAL_H
#define SUPERVISORD_IO_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/io/logfile.h"

#define JOURNAL_CHUNK ((size_t)128 * 1024) /* bytes a read (P-140) */

/* Bytes of shared memory it needs; all zero means IDLE. */
size_t journal_size(void);

struct journal;
/* Begins to use memory of journal_size() bytes, borrowed; free with free(). */
struct journal *journal_new(void *memory);

/* A read of `len` <= JOURNAL_CHUNK bytes for this owner is about to be done;
 * returns where to. */
unsigned char *journal_begin(struct journal *, uint64_t owner, size_t len);
/* It brought this many: with 0 the journal is IDLE again. */
void journal_have(struct journal *, size_t len);
/* What tells this chunk, also as journal_recover() finds it, from all others.
 */
#define JOURNAL_NONCE 16
const unsigned char *journal_nonce(const struct journal *);
/* Where logfile_write() is to note its position. */
struct logfile_mark *journal_mark(struct journal *);
/* The chunk is where it belongs. */
void journal_end(struct journal *);

/*
 * What a former engine left.  True if a chunk was taken and not ended: its
 * owner, its bytes (borrowed until the next journal_begin()) and the mark.
 */
bool journal_recover(const struct journal *, uint64_t *owner,
    const unsigned char **data, size_t *len, struct logfile_mark *mark);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a line of words, one field after the other, strictly: what
 * suprecord.c, keeper.c and handoff.c write for the next image of ourselves.
 *
 * Words are separated by exactly one space; the line ends at a newline or NUL.
 * Whatever is not as expected marks the reader bad, once checked at the end by
 * fields_done(); a bad reader goes on returning 0 and empty strings.  Pure.
 */
#ifndef LIBAPPBASE_FIELDS_H
#define LIBAPPBASE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fields { /* {.at = text} */
	const char *at;
	bool begun; /* a word was read: a space comes first */
	bool bad;
};

/* The text before a value: fields_key(f, "line=") then fields_int(f, ...). */
void fields_key(struct fields *, const char *key);
/* Just this word. */
void fields_literal(struct fields *, const char *word);
/* Decimal within [min, max]; no plus, no leading zeros, no "-0". */
int64_t fields_int(struct fields *, int64_t min, int64_t max);
uint64_t fields_uint(struct fields *, uint64_t max);
/* Lower-case hexadecimal digits, 1 to 16 of them. */
uint64_t fields_hex(struct fields *);
bool fields_flag(struct fields *); /* "0" or "1" */
/* -1, or a number that may be a descriptor (never 0, 1 or 2). */
int fields_fd(struct fields *);
/* A word as it stands, of at most size - 1 bytes; "" if bad. */
void fields_word(struct fields *, char *buf, size_t size);
/* What escape_write() wrote: its bytes; their number. */
size_t fields_bytes(struct fields *, void *buf, size_t max);
/* ... as a string without NUL in it. */
void fields_string(struct fields *, char *buf, size_t size);
/* All read, nothing left over, nothing bad. */
bool fields_done(const struct fields *);

#endif

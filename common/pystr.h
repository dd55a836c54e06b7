/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few operations on text whose results must be those of Python's str:
 * what is white space, what strip() removes, how long a text is.  All texts
 * are UTF-8; a byte that is not counts as one character.
 */
#ifndef COMMON_PYSTR_H
#define COMMON_PYSTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why pystr_check() refused a byte. */
struct pystr_fault {
	size_t position;    /* in bytes */
	const char *reason; /* "invalid start byte", ... */
};

/*
 * Decodes the character at s (n > 0 bytes there).  Returns its length; of a
 * byte that begins no valid sequence 1, with *code set to 0xDC00 + the byte.
 */
size_t pystr_decode(const char *s, size_t n, uint32_t *code);

/* True when s is valid UTF-8, else *fault says where it is not (C-039). */
bool pystr_check(const char *s, size_t n, struct pystr_fault *fault);

/* Length in bytes of the white space character at s, 0 if there is none. */
size_t pystr_space(const char *s, size_t n);
/* The same for the one that ends at s + n. */
size_t pystr_space_before(const char *s, size_t n);

/* Narrows [*s, *s + *n) to what strip(), or rstrip(), leaves. */
void pystr_strip(const char **s, size_t *n);
void pystr_rstrip(const char *s, size_t *n);

/* Number of characters; bytes that the first `chars` of them take. */
size_t pystr_length(const char *s, size_t n);
size_t pystr_prefix(const char *s, size_t n, size_t chars);

#endif

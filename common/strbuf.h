/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that grows at its end.  Failure is remembered: whoever writes looks
 * once, when it takes the result.
 */
#ifndef COMMON_STRBUF_H
#define COMMON_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

/* Begins as {0}. */
struct strbuf {
	char *bytes;
	size_t len, size;
	bool failed; /* no memory; nothing is added any more */
};

void strbuf_add(struct strbuf *, const char *bytes, size_t len);
/* A text without its NUL; of a literal the length costs nothing. */
void strbuf_adds(struct strbuf *, const char *text);
#define STRBUF_LITERAL(b, text) strbuf_add(b, text "", sizeof(text) - 1)
/* A whole number in decimal. */
void strbuf_addi(struct strbuf *, long long);

/*
 * The bytes, with a NUL after them and their number in *len, for the caller to
 * free(); NULL with errno ENOMEM if something could not be added.  The buffer
 * is {0} again.
 */
char *strbuf_take(struct strbuf *, size_t *len);

#endif

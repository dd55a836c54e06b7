/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as one printable word without spaces: %XX for the rest, "-" for none.
 */
#ifndef LIBAPPBASE_ESCAPE_H
#define LIBAPPBASE_ESCAPE_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

void escape_write(FILE *, const void *, size_t);
/* Decodes up to a space, newline or the end; the number of bytes, or -1 if the
 * text is malformed or longer than max. */
ssize_t escape_read(const char *text, void *buf, size_t max);

#endif

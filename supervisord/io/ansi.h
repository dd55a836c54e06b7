/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminal escape sequences in programs' output (P-149).  Pure. */
#ifndef SUPERVISORD_IO_ANSI_H
#define SUPERVISORD_IO_ANSI_H

#include <stddef.h>

/*
 * Copies src to dst, which has room for len bytes and may be src, without
 * escape sequences: ESC [ up to and including the first of HfABCDRsuJKhlpm, or
 * up to the end if none of these follows.  Returns how many bytes are left.
 */
size_t ansi_strip(void *dst, const void *src, size_t len);

#endif

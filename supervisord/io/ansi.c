/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes terminal escape sequences. */
#include "supervisord/io/ansi.h"

#include <stdbool.h>
#include <string.h>

#define ANSI_ESC 0x1b

/* Tells whether a byte ends a sequence. */
static bool
ansi_is_final(unsigned char c)
{
	return c != '\0' && strchr("HfABCDRsuJKhlpm", c) != NULL;
}

/* Copies what is outside of sequences. */
size_t
ansi_strip(void *dst, const void *src, size_t len)
{
	const unsigned char *from = src;
	unsigned char *to = dst;
	size_t i = 0, n = 0;

	while (i < len) {
		if (from[i] != ANSI_ESC || i + 1 == len || from[i + 1] != '[') {
			to[n++] = from[i++];
			continue;
		}
		for (i += 2; i < len && !ansi_is_final(from[i]); i++)
			;
		i++;
	}
	return n;
}

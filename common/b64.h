/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 (RFC 4648), reading. */
#ifndef COMMON_B64_H
#define COMMON_B64_H

#include <stddef.h>

/* Room that b64_decode() needs for len characters, with its final NUL. */
#define B64_ROOM(len) ((len) / 4 * 3 + 4)

/*
 * Decodes len characters at s into out, which has B64_ROOM(len) bytes, and puts
 * a NUL after them.  White space is skipped; padding may be left out.
 * Returns 0 with *outlen set, or -1 when the text is not base64.
 */
int b64_decode(const char *s, size_t len, char *out, size_t *outlen);

#endif

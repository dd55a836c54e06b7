/* SPDX-License-Identifier: BSD-2-Clause */
/* A base64 decoder for HTTP credentials and XML-RPC values. */
#include "common/b64.h"

#include <stdint.h>
#include <string.h>

/* The six bits of a character, or -1. */
static int
b64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

int
b64_decode(const char *s, size_t len, char *out, size_t *outlen)
{
	uint32_t bits = 0;
	unsigned nbits = 0;
	size_t i, n = 0, digits = 0, pads = 0;
	int digit;

	for (i = 0; i < len; i++) {
		if (s[i] != '\0' && strchr(" \t\r\n", s[i]) != NULL)
			continue;
		if (s[i] == '=') {
			pads++;
			continue;
		}
		digit = b64_digit(s[i]);
		if (digit == -1 || pads > 0)
			return -1;
		digits++;
		bits = (bits << 6 | (uint32_t)digit) & 0xffff;
		nbits += 6;
		if (nbits >= 8) {
			nbits -= 8;
			out[n++] = (char)(bits >> nbits & 0xff);
		}
	}
	if (digits % 4 == 1 || pads > 2 ||
	    (pads > 0 && (digits + pads) % 4 != 0))
		return -1;
	out[n] = '\0';
	*outlen = n;
	return 0;
}

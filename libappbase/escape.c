/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as one printable word; see escape.h. */
#include "libappbase/escape.h"

#include <string.h>

void
escape_write(FILE *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t i;

	if (len == 0)
		fputc('-', out);
	for (i = 0; i < len; i++)
		if (p[i] <= ' ' || p[i] > '~' || p[i] == '%' ||
		    (p[i] == '-' && len == 1))
			fprintf(out, "%%%02X", p[i]);
		else
			fputc(p[i], out);
}

static int
escape_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

ssize_t
escape_read(const char *text, void *buf, size_t max)
{
	unsigned char *out = buf;
	size_t n = 0, len = strcspn(text, " \n"), i;

	if (len == 1 && text[0] == '-')
		return 0;
	for (i = 0; i < len; i++) {
		int byte = (unsigned char)text[i];

		if (n == max)
			return -1;
		if (byte == '%') {
			int hi = escape_digit(text[i + 1]);
			int lo = hi == -1 ? -1 : escape_digit(text[i + 2]);

			if (lo == -1)
				return -1;
			byte = hi * 16 + lo;
			i += 2;
		}
		out[n++] = (unsigned char)byte;
	}
	return (ssize_t)n;
}

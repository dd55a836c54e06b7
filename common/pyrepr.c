/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * repr() of texts.
 */
#include "common/pyrepr.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pystr.h"

/* Opens a stream into a text. */
static FILE *
pyrepr_open(char **text, size_t *len)
{
	FILE *f;

	if ((f = open_memstream(text, len)) == NULL)
		abort();
	return f;
}

/* Tells characters that are shown as they are, beyond ASCII. */
static bool
pyrepr_printable(uint32_t c)
{
	if (c <= 0xA0 || c == 0xAD || c == 0xFEFF || c == 0x3000)
		return false;
	if ((c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) ||
	    (c >= 0x205F && c <= 0x206F) || c == 0x1680)
		return false;
	return !(c >= 0xD800 && c <= 0xF8FF) && (c & 0xFFFE) != 0xFFFE;
}

/* Writes one character. */
static void
pyrepr_char(FILE *f, const char *s, size_t len, uint32_t c, char quote)
{
	static const char plain[] = "\\\t\n\r", escape[] = "\\tnr";
	const char *at;

	if (c != 0 && c < 0x80 && (at = strchr(plain, (int)c)) != NULL)
		fprintf(f, "\\%c", escape[at - plain]);
	else if (c == (unsigned char)quote)
		fprintf(f, "\\%c", quote);
	else if ((c >= 0x20 && c < 0x7F) || pyrepr_printable(c))
		fwrite(s, 1, len, f);
	else if (c <= 0xFF)
		fprintf(f, "\\x%02x", c);
	else if (c <= 0xFFFF)
		fprintf(f, "\\u%04x", c);
	else
		fprintf(f, "\\U%08x", c);
}

/* Writes a quoted text. */
static void
pyrepr_write(FILE *f, const char *s, size_t n)
{
	bool has_double = n != 0 && memchr(s, '"', n) != NULL;
	bool has_single = n != 0 && memchr(s, '\'', n) != NULL;
	char quote = has_single && !has_double ? '"' : '\'';
	uint32_t c;
	size_t i, len;

	fputc(quote, f);
	for (i = 0; i < n; i += len) {
		len = pystr_decode(s + i, n - i, &c);
		pyrepr_char(f, s + i, len, c, quote);
	}
	fputc(quote, f);
}

/* Quotes n bytes. */
char *
pyrepr_n(const char *s, size_t n)
{
	char *text;
	size_t len;
	FILE *f = pyrepr_open(&text, &len);

	pyrepr_write(f, s, n);
	if (fclose(f) != 0)
		abort();
	return text;
}

/* Quotes a text. */
char *
pyrepr(const char *s)
{
	return pyrepr_n(s, strlen(s));
}

/* Quotes a list. */
char *
pyrepr_list(char *const *v, size_t n)
{
	char *text;
	size_t i, len;
	FILE *f = pyrepr_open(&text, &len);

	fputc('[', f);
	for (i = 0; i < n; i++) {
		if (i > 0)
			fputs(", ", f);
		pyrepr_write(f, v[i], strlen(v[i]));
	}
	fputc(']', f);
	if (fclose(f) != 0)
		abort();
	return text;
}

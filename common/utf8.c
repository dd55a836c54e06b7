/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks UTF-8 by the table of well-formed sequences in the Unicode standard
 * (table 3-7) and by the Char production of XML 1.0.
 */
#include "common/utf8.h"

#include <stdbool.h>
#include <stdint.h>

static const struct utf8_range utf8_ranges[] = {
    {0x00, 0x7f, 0, 0, 1},
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

const struct utf8_range *
utf8_range(unsigned char lead)
{
	size_t i;

	for (i = 0; i < sizeof(utf8_ranges) / sizeof(utf8_ranges[0]); i++)
		if (lead >= utf8_ranges[i].first && lead <= utf8_ranges[i].last)
			return &utf8_ranges[i];
	return NULL;
}

/* Counts the leading bytes at s that fit a sequence; *complete if all do. */
static size_t
utf8_sequence(const unsigned char *s, size_t len, bool *complete)
{
	const struct utf8_range *range = utf8_range(s[0]);
	size_t n;

	*complete = false;
	if (range == NULL)
		return 1;
	for (n = 1; n < range->length; n++) {
		unsigned char low = n == 1 ? range->low : 0x80;
		unsigned char high = n == 1 ? range->high : 0xbf;

		if (n == len || s[n] < low || s[n] > high)
			return n;
	}
	*complete = true;
	return n;
}

/* May the well-formed character at s stand in an XML document? */
static bool
utf8_is_xml(const unsigned char *s, size_t n)
{
	if (n == 1)
		return s[0] >= 0x20 || s[0] == '\t' || s[0] == '\n' ||
		    s[0] == '\r';
	return !(n == 3 && s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe);
}

size_t
utf8_xml_span(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t at = 0, n;
	bool complete;

	while (at < len) {
		if (u[at] >= 0x20 && u[at] < 0x7f) {
			at++;
			continue;
		}
		n = utf8_sequence(u + at, len - at, &complete);
		if (!complete || !utf8_is_xml(u + at, n))
			break;
		at += n;
	}
	return at;
}

size_t
utf8_bad_span(const char *s, size_t len)
{
	bool complete;

	return utf8_sequence((const unsigned char *)s, len, &complete);
}

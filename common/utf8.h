/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 as it may appear in an XML 1.0 document. */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stddef.h>

/* What stands for a byte sequence that XML cannot carry: U+FFFD. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* A row of the Unicode standard's table 3-7: which second bytes may follow
 * which lead bytes, and how long the sequence is; later bytes are 0x80 to
 * 0xbf. */
struct utf8_range {
	unsigned char first, last; /* lead bytes */
	unsigned char low, high;   /* limits of the second byte */
	unsigned char length;
};

/* The row of a lead byte; NULL if no sequence begins with it. */
const struct utf8_range *utf8_range(unsigned char lead);

/*
 * The length in bytes of the leading part of s that is well-formed UTF-8 (no
 * overlong forms, no surrogates) and made only of characters that XML 1.0
 * allows.  len if all of it is.
 */
size_t utf8_xml_span(const char *s, size_t len);

/*
 * The length of the unit to be replaced at s, which utf8_xml_span() stopped at:
 * a character that is well-formed but not allowed, or the longest start of a
 * sequence that then goes wrong.  At least 1 (len must not be 0).
 */
size_t utf8_bad_span(const char *s, size_t len);

#endif

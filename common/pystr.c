/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text as Python's str sees it.
 */
#include "common/pystr.h"

#include "common/utf8.h"

/* Decodes one sequence; 0 with *reason for an invalid one. */
static size_t
pystr_sequence(const char *s, size_t n, uint32_t *code, const char **reason)
{
	const unsigned char *u = (const unsigned char *)s;
	const struct utf8_range *lead;
	size_t i;

	if (u[0] < 0x80) {
		*code = u[0];
		return 1;
	}
	*reason = "invalid start byte";
	if ((lead = utf8_range(u[0])) == NULL)
		return 0;
	*code = u[0] & (0x7Fu >> lead->length);
	for (i = 1; i < lead->length; i++) {
		*reason = "unexpected end of data";
		if (i >= n)
			return 0;
		*reason = "invalid continuation byte";
		if (u[i] < (i == 1 ? lead->low : 0x80) ||
		    u[i] > (i == 1 ? lead->high : 0xBF))
			return 0;
		*code = *code << 6 | (u[i] & 0x3Fu);
	}
	return lead->length;
}

/* Decodes one character, or passes over one bad byte. */
size_t
pystr_decode(const char *s, size_t n, uint32_t *code)
{
	const char *reason;
	size_t len;

	if ((len = pystr_sequence(s, n, code, &reason)) == 0) {
		*code = 0xDC00u + (unsigned char)*s;
		len = 1;
	}
	return len;
}

/* Finds the first byte that is not UTF-8. */
bool
pystr_check(const char *s, size_t n, struct pystr_fault *fault)
{
	uint32_t code;
	size_t i, len;

	for (i = 0; i < n; i += len)
		if ((len = pystr_sequence(
			 s + i, n - i, &code, &fault->reason)) == 0) {
			fault->position = i;
			return false;
		}
	return true;
}

/* Tells the white space characters. */
static bool
pystr_is_space(uint32_t c)
{
	if (c <= 0x20)
		return (c >= 0x09 && c <= 0x0D) || c >= 0x1C;
	return c == 0x85 || c == 0xA0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
	    c == 0x202F || c == 0x205F || c == 0x3000;
}

/* Measures the white space character at s. */
size_t
pystr_space(const char *s, size_t n)
{
	uint32_t code;
	size_t len;

	if (n == 0)
		return 0;
	len = pystr_decode(s, n, &code);
	return pystr_is_space(code) ? len : 0;
}

/* Measures the white space character that ends at s + n. */
size_t
pystr_space_before(const char *s, size_t n)
{
	size_t len;

	for (len = 1; len <= 3 && len <= n; len++)
		if (((unsigned char)s[n - len] & 0xC0) != 0x80)
			return pystr_space(s + n - len, len) == len ? len : 0;
	return 0;
}

/* Strips at both ends. */
void
pystr_strip(const char **s, size_t *n)
{
	size_t len;

	while ((len = pystr_space(*s, *n)) != 0) {
		*s += len;
		*n -= len;
	}
	pystr_rstrip(*s, n);
}

/* Strips at the end. */
void
pystr_rstrip(const char *s, size_t *n)
{
	size_t len;

	while ((len = pystr_space_before(s, *n)) != 0)
		*n -= len;
}

/* Counts characters. */
size_t
pystr_length(const char *s, size_t n)
{
	uint32_t code;
	size_t i, count = 0;

	for (i = 0; i < n; i += pystr_decode(s + i, n - i, &code))
		count++;
	return count;
}

/* Measures the first characters in bytes. */
size_t
pystr_prefix(const char *s, size_t n, size_t chars)
{
	uint32_t code;
	size_t i;

	for (i = 0; i < n && chars > 0; chars--)
		i += pystr_decode(s + i, n - i, &code);
	return i;
}

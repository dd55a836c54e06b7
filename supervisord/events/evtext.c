/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of events that carry what a program wrote. */
#include "supervisord/events/evtext.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EVTEXT_UNDECODABLE "Undecodable: b"

static size_t evtext_char(const unsigned char *, size_t);
static size_t evtext_escape(char *, unsigned char, char);

/* Checks and counts. */
bool
evtext_is_utf8(const void *data, size_t len, size_t *chars)
{
	const unsigned char *s = data;
	size_t n, count = 0;

	for (; len > 0; s += n, len -= n, count++)
		if ((n = evtext_char(s, len)) == 0)
			return false;
	if (chars != NULL)
		*chars = count;
	return true;
}

/* Puts a head before the data. */
char *
evtext_join(const char *head, const void *data, size_t len, size_t *outlen)
{
	const unsigned char *s = data;
	size_t at = strlen(head), room, i;
	bool text = evtext_is_utf8(data, len, NULL);
	char *out, quote = '\'';

	room = text ? len : len * 4 + strlen(EVTEXT_UNDECODABLE) + 2;
	if ((out = malloc(at + room + 1)) == NULL)
		return NULL;
	memcpy(out, head, at);
	if (text) {
		if (len > 0)
			memcpy(out + at, data, len);
		*outlen = at + len;
		return out;
	}
	memcpy(out + at, EVTEXT_UNDECODABLE, strlen(EVTEXT_UNDECODABLE));
	at += strlen(EVTEXT_UNDECODABLE);
	if (memchr(data, '\'', len) != NULL && memchr(data, '"', len) == NULL)
		quote = '"';
	out[at++] = quote;
	for (i = 0; i < len; i++)
		at += evtext_escape(out + at, s[i], quote);
	out[at++] = quote;
	*outlen = at;
	return out;
}

/* The length of the character at s; 0 if there is none. */
static size_t
evtext_char(const unsigned char *s, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c = s[0];
	size_t n, i;

	if (c < 0x80)
		return 1;
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || n > len)
		return 0;
	c &= 0x7fU >> n;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

/* Writes a byte as repr() does; returns how much it wrote. */
static size_t
evtext_escape(char *to, unsigned char c, char quote)
{
	static const char hex[] = "0123456789abcdef";
	static const char plain[] = "\t\n\r\\", letter[] = "tnr\\";
	const char *found = c != '\0' ? strchr(plain, c) : NULL;

	if (found != NULL || c == (unsigned char)quote) {
		to[0] = '\\';
		to[1] = found != NULL ? letter[found - plain] : quote;
		return 2;
	}
	if (c >= ' ' && c < 0x7f) {
		to[0] = (char)c;
		return 1;
	}
	to[0] = '\\';
	to[1] = 'x';
	to[2] = hex[c >> 4];
	to[3] = hex[c & 0xf];
	return 4;
}

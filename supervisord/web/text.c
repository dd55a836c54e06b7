/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds text and quotes it. */
#include "supervisord/web/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

#define TEXT_FIRST 256

void
text_free(struct text *t)
{
	free(t->bytes);
	memset(t, 0, sizeof(*t));
}

/* Sees to it that len more bytes fit. */
static bool
text_reserve(struct text *t, size_t len)
{
	size_t size = t->size == 0 ? TEXT_FIRST : t->size;
	char *bytes;

	if (t->failed)
		return false;
	while (size - t->len < len)
		size *= 2;
	if (size == t->size)
		return true;
	bytes = realloc(t->bytes, size);
	if (bytes == NULL) {
		t->failed = true;
		return false;
	}
	t->bytes = bytes;
	t->size = size;
	return true;
}

void
text_add(struct text *t, const void *bytes, size_t len)
{
	if (len == 0 || !text_reserve(t, len))
		return;
	memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
}

void
text_puts(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void
text_printf(struct text *t, const char *format, ...)
{
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len < 0)
		t->failed = true;
	else if (text_reserve(t, (size_t)len + 1)) {
		(void)vsnprintf(
		    t->bytes + t->len, (size_t)len + 1, format, again);
		t->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
}

/* Hands well-formed pieces to `piece`, and U+FFFD for the rest. */
static void
text_sift(struct text *t, const char *s, size_t len,
    void (*piece)(struct text *, const char *, size_t))
{
	size_t n;

	while (len > 0) {
		n = utf8_xml_span(s, len);
		piece(t, s, n);
		s += n;
		len -= n;
		if (len == 0)
			break;
		text_puts(t, UTF8_REPLACEMENT);
		n = utf8_bad_span(s, len);
		s += n;
		len -= n;
	}
}

static void
text_html_piece(struct text *t, const char *s, size_t len)
{
	static const char special[] = "<>&\"'";
	static const char *const quoted[] = {
	    "&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
	const char *at;
	size_t i, from = 0;

	for (i = 0; i < len; i++) {
		at = memchr(special, s[i], sizeof(special) - 1);
		if (at == NULL)
			continue;
		text_add(t, s + from, i - from);
		text_puts(t, quoted[at - special]);
		from = i + 1;
	}
	text_add(t, s + from, len - from);
}

void
text_html_n(struct text *t, const char *s, size_t len)
{
	text_sift(t, s, len, text_html_piece);
}

void
text_html(struct text *t, const char *s)
{
	text_html_n(t, s, strlen(s));
}

static void
text_json_piece(struct text *t, const char *s, size_t len)
{
	size_t i, from = 0;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		/* 0xe2 begins U+2028 and U+2029. */
		if (c >= 0x20 && strchr("\"\\<>&", c) == NULL && c != 0xe2)
			continue;
		text_add(t, s + from, i - from);
		from = i + 1;
		if (c != 0xe2)
			text_printf(t, "\\u%04x", c);
		else if (len - i > 2 && (s[i + 1] & 0xff) == 0x80 &&
		    ((s[i + 2] & 0xfe) == 0xa8)) {
			text_printf(t, "\\u20%02x", 0x28 + (s[i + 2] & 1));
			i += 2;
			from = i + 1;
		} else
			from = i;
	}
	text_add(t, s + from, len - from);
}

void
text_json(struct text *t, const char *s)
{
	text_puts(t, "\"");
	text_sift(t, s, strlen(s), text_json_piece);
	text_puts(t, "\"");
}

void
text_url(struct text *t, const char *s)
{
	const unsigned char *p;

	for (p = (const unsigned char *)s; *p != '\0'; p++)
		if ((*p < 0x80 && isalnum(*p)) || strchr("_.-~/", *p) != NULL)
			text_add(t, p, 1);
		else
			text_printf(t, "%%%02X", *p);
}

/* Decodes a value in place; false if there is a NUL in it. */
static bool
text_unquote(char *s)
{
	char *to = s, hex[3] = "";

	for (; *s != '\0'; s++, to++) {
		*to = *s == '+' ? ' ' : *s;
		if (*s != '%' || !isxdigit((unsigned char)s[1]) ||
		    !isxdigit((unsigned char)s[2]))
			continue;
		memcpy(hex, s + 1, 2);
		*to = (char)strtol(hex, NULL, 16);
		if (*to == '\0')
			return false;
		s += 2;
	}
	*to = '\0';
	return true;
}

/* Copies the value of a field if that is its name. */
static char *
text_pair(const char *pair, size_t len, const char *name)
{
	size_t key = strlen(name);
	char *value;

	if (len <= key || memcmp(pair, name, key) != 0 || pair[key] != '=' ||
	    memchr(pair, '\0', len) != NULL)
		return NULL;
	/* What is behind the pair is not a string's. */
	len -= key + 1;
	value = malloc(len + 1);
	if (value == NULL)
		return NULL;
	memcpy(value, pair + key + 1, len);
	value[len] = '\0';
	if (text_unquote(value))
		return value;
	free(value);
	return NULL;
}

char *
text_field(const char *form, size_t len, const char *name)
{
	const char *end = form + len, *stop;
	char *value = NULL;

	for (; form < end && value == NULL; form = stop + 1) {
		stop = memchr(form, '&', (size_t)(end - form));
		if (stop == NULL)
			stop = end;
		value = text_pair(form, (size_t)(stop - form), name);
	}
	return value;
}

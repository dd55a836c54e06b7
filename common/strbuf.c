/* SPDX-License-Identifier: BSD-2-Clause */
/* A growing text: its room doubles. */
#include "common/strbuf.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STRBUF_FIRST 512

/* Makes room for len bytes and a NUL; false when there is no memory. */
static bool
strbuf_room(struct strbuf *b, size_t len)
{
	size_t size = b->size == 0 ? STRBUF_FIRST : b->size;
	char *bytes;

	if (b->failed)
		return false;
	if (len < b->size - b->len)
		return true;
	if (len > SIZE_MAX / 2 - b->len) {
		b->failed = true;
		return false;
	}
	while (size - b->len <= len)
		size *= 2;
	if ((bytes = realloc(b->bytes, size)) == NULL) {
		b->failed = true;
		return false;
	}
	b->bytes = bytes;
	b->size = size;
	return true;
}

void
strbuf_add(struct strbuf *b, const char *bytes, size_t len)
{
	if (len == 0 || !strbuf_room(b, len))
		return;
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
}

void
strbuf_adds(struct strbuf *b, const char *text)
{
	strbuf_add(b, text, strlen(text));
}

void
strbuf_addi(struct strbuf *b, long long number)
{
	char digits[3 * sizeof(number) + 1], *p = digits + sizeof(digits);
	unsigned long long rest = number < 0 ? 0ULL - (unsigned long long)number
					     : (unsigned long long)number;

	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		*--p = '-';
	strbuf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

char *
strbuf_take(struct strbuf *b, size_t *len)
{
	char *bytes = NULL;

	if (strbuf_room(b, 0)) {
		bytes = b->bytes;
		bytes[b->len] = '\0';
		*len = b->len;
	} else {
		free(b->bytes);
		errno = ENOMEM;
	}
	memset(b, 0, sizeof(*b));
	return bytes;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a line of words; see fields.h. */
#include "libappbase/fields.h"

#include <limits.h>
#include <string.h>

#include "libappbase/escape.h"

/* Goes to the next word and returns its length; 0 if there is none. */
static size_t
fields_next(struct fields *f)
{
	size_t len;

	if (f->begun && !f->bad) {
		if (*f->at == ' ')
			f->at++;
		else
			f->bad = true;
	}
	f->begun = true;
	len = f->bad ? 0 : strcspn(f->at, " \n");
	if (len == 0)
		f->bad = true;
	return len;
}

void
fields_key(struct fields *f, const char *key)
{
	size_t len = strlen(key);

	if (fields_next(f) == 0)
		return;
	if (strncmp(f->at, key, len) != 0) {
		f->bad = true;
		return;
	}
	f->at += len;
	f->begun = false;
}

void
fields_literal(struct fields *f, const char *word)
{
	fields_key(f, word);
	f->begun = true;
}

/* The value of digits in a base, up to max; marks bad what is none. */
static uint64_t
fields_digits(
    struct fields *f, const char *p, size_t len, unsigned base, uint64_t max)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;
	const char *d;
	size_t i;

	if (len == 0 || (len > 1 && base == 10 && p[0] == '0'))
		f->bad = true;
	for (i = 0; i < len && !f->bad; i++) {
		d = memchr(digits, p[i], base);
		if (d == NULL ||
		    value > (UINT64_MAX - (uint64_t)(d - digits)) / base)
			f->bad = true;
		else
			value = value * base + (uint64_t)(d - digits);
	}
	if (f->bad || value > max) {
		f->bad = true;
		return 0;
	}
	return value;
}

uint64_t
fields_uint(struct fields *f, uint64_t max)
{
	size_t len = fields_next(f);
	uint64_t value = fields_digits(f, f->at, len, 10, max);

	f->at += len;
	return value;
}

uint64_t
fields_hex(struct fields *f)
{
	size_t len = fields_next(f);
	uint64_t value = fields_digits(f, f->at, len, 16, UINT64_MAX);

	if (len > 16)
		f->bad = true;
	f->at += len;
	return f->bad ? 0 : value;
}

int64_t
fields_int(struct fields *f, int64_t min, int64_t max)
{
	size_t len = fields_next(f);
	bool minus = len > 0 && *f->at == '-';
	uint64_t digits = fields_digits(
	    f, f->at + minus, len - minus, 10, (uint64_t)INT64_MAX + minus);
	int64_t value = minus ? (int64_t)(0 - digits) : (int64_t)digits;

	f->at += len;
	if (value < min || value > max || (minus && value == 0))
		f->bad = true;
	return f->bad ? 0 : value;
}

bool
fields_flag(struct fields *f)
{
	return fields_uint(f, 1) != 0;
}

int
fields_fd(struct fields *f)
{
	int fd = (int)fields_int(f, -1, INT_MAX);

	if (fd != -1 && fd < 3)
		f->bad = true;
	return f->bad ? -1 : fd;
}

void
fields_word(struct fields *f, char *buf, size_t size)
{
	size_t len = fields_next(f);

	if (len >= size)
		f->bad = true;
	if (f->bad)
		len = 0;
	memcpy(buf, f->at, len);
	buf[len] = '\0';
	f->at += len;
}

size_t
fields_bytes(struct fields *f, void *buf, size_t max)
{
	size_t len = fields_next(f);
	ssize_t n = f->bad ? -1 : escape_read(f->at, buf, max);

	f->at += len;
	if (n == -1)
		f->bad = true;
	return f->bad ? 0 : (size_t)n;
}

void
fields_string(struct fields *f, char *buf, size_t size)
{
	size_t len = fields_bytes(f, buf, size - 1);

	if (memchr(buf, '\0', len) != NULL) {
		f->bad = true;
		len = 0;
	}
	buf[len] = '\0';
}

bool
fields_done(const struct fields *f)
{
	return !f->bad && (*f->at == '\0' || *f->at == '\n');
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that grows, and the quotings of the web.  Bytes that are not UTF-8 come
 * out as U+FFFD.  Pure.
 *
 * Running out of memory is remembered, so that one look at the end is enough.
 */
#ifndef SUPERVISORD_WEB_TEXT_H
#define SUPERVISORD_WEB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty text.  bytes are not NUL-terminated. */
struct text {
	char *bytes;
	size_t len, size;
	bool failed;
};

void text_free(struct text *);

void text_add(struct text *, const void *, size_t len);
void text_puts(struct text *, const char *);
void text_printf(struct text *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For the content of an element or a quoted attribute of HTML. */
void text_html_n(struct text *, const char *, size_t len);
void text_html(struct text *, const char *);
/* A string of JSON, with its quotes; "</" and U+2028 do no harm either. */
void text_json(struct text *, const char *);
/* A part of a URL: all but letters, digits and "_.-~/" as %XX. */
void text_url(struct text *, const char *);

/*
 * The value of a field of an url-encoded form (a query, a body), decoded: a new
 * string, NULL if it is not there or would have a NUL in it.  Of several
 * the first counts.
 */
char *text_field(const char *form, size_t len, const char *name);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs' bytes as the text of an event (P-096, P-126).  Pure. */
#ifndef SUPERVISORD_EVENTS_EVTEXT_H
#define SUPERVISORD_EVENTS_EVTEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Is it UTF-8 throughout: no overlong forms, no surrogates?  Then *chars, if
 * not NULL, is the number of characters. */
bool evtext_is_utf8(const void *, size_t len, size_t *chars);

/*
 * A new text, to be freed, of head followed by the data, or if that is no UTF-8
 * by "Undecodable: b'...'" with Python's escapes.  NULL with errno ENOMEM.
 */
char *evtext_join(
    const char *head, const void *data, size_t len, size_t *outlen);

#endif

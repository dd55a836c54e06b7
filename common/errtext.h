/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error texts: a function that can fail for a reason its caller will want to
 * tell takes a `char **err`, stores a new text there and returns -1.
 */
#ifndef COMMON_ERRTEXT_H
#define COMMON_ERRTEXT_H

/*
 * Replaces *err (NULL, or a text from here, which is freed) by a formatted new
 * text, to be freed by whoever called.  err may be NULL.  Returns -1 always.
 */
int errtext_set(char **err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif

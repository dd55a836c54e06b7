/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Python's repr() of a text, the way error messages quote what a user wrote.
 */
#ifndef COMMON_PYREPR_H
#define COMMON_PYREPR_H

#include <stddef.h>

/*
 * A new text, to be freed: s in single quotes, or in double ones if it has a
 * single and no double quote; backslash escapes for backslash, the quote and
 * what cannot be printed; bytes that are not UTF-8 as \udcXX.  _n takes a
 * length.  Never NULL: without memory the process ends.
 */
char *pyrepr(const char *s);
char *pyrepr_n(const char *s, size_t n);

/* repr() of a list of texts: "['foo', 'bar']" (C-006). */
char *pyrepr_list(char *const *v, size_t n);

#endif

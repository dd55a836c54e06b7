/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words as Python's shlex finds them in POSIX mode.  Pure.
 *
 * Two uses: the words of a command (C-118), where only white space separates,
 * and the tokens of a key=value list (C-114), where a character that is no word
 * character is a token of its own and # begins a comment.
 */
#ifndef COMMON_SHLEX_H
#define COMMON_SHLEX_H

#include "common/confopt.h"

struct pool;

/*
 * Splits a command into words, NULL-terminated, in the pool.  Returns 0, or -1
 * with *err a new text: "No closing quotation", "No escaped character".
 */
int shlex_split(
    const char *text, struct pool *, struct confopt_list *words, char **err);

/* The same for the tokens of a key=value list. */
int shlex_tokens(
    const char *text, struct pool *, struct confopt_list *tokens, char **err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expansion of %(name)s in values: Python's %-format with names (C-065 to
 * C-084).  Pure.
 *
 * Names are found in a chain of scopes, the innermost first; each has named
 * values and, as ENV_x, the variables of an environment.
 */
#ifndef COMMON_EXPAND_H
#define COMMON_EXPAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

/* No width or precision may be larger (the text would be useless). */
#define EXPAND_MAX_WIDTH 65536

struct expand_name {
	const char *name;
	const char *string; /* NULL: the integer is meant */
	int64_t integer;
};

/* All borrowed. */
struct expand_scope {
	const struct expand_scope *parent; /* or NULL */
	const struct expand_name *names;
	size_t nnames;
	const char *const
	    *environment; /* KEY=VALUE, NULL at the end; or NULL */
};

/*
 * Expands a text.  `where` is what messages call its place
 * ("program:x.command").  Returns 0 with *out the result (in the pool, or text
 * itself when there is no % in it), or -1 with *err a new text: an unknown name
 * (C-066) or a malformed format (C-067, C-069).
 */
int expand(const struct expand_scope *, const char *text, const char *where,
    struct pool *, const char **out, char **err);

/*
 * The same for log file names, whose result is expanded a second time if a % is
 * left in it and that succeeds (C-084).
 */
int expand_twice(const struct expand_scope *, const char *text,
    const char *where, struct pool *, const char **out, char **err);

/*
 * How to write a text so that every % which cannot be expanded stays as it is:
 * such ones doubled (in the pool).  *offset is the first of them in bytes;
 * nothing is changed and *offset is the text's length if there is none.
 */
const char *expand_escaped(const struct expand_scope *, const char *text,
    struct pool *, size_t *offset);

#endif

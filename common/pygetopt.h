/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options in the classic manner of Python's getopt (C-001 to C-007): options
 * end at the first word that is none or at "--"; short ones may be bundled and
 * take their value attached or as the next word; long ones may be cut to a
 * unique prefix and take their value after "=" or as the next word.  Pure.
 */
#ifndef COMMON_PYGETOPT_H
#define COMMON_PYGETOPT_H

#include <stdbool.h>
#include <stddef.h>

/* An option; a table of them ends with a row without flag and name.  Rows of
 * the same `id` are spellings of one thing. */
struct pygetopt_option {
	char flag;	  /* short letter, 0 = none */
	const char *name; /* long name, NULL = none */
	bool takes_value;
	int id;
};

/* One option as given. */
struct pygetopt_given {
	const struct pygetopt_option *option;
	bool is_long;	   /* spelled as --name */
	const char *value; /* borrowed from argv; NULL = none */
};

struct pygetopt_result {
	struct pygetopt_given *v;
	size_t n;
	int nwords; /* words that were options; the others are positional */
};

/*
 * Parses the words argv[0] .. argv[n-1] (without the program's name).  Returns
 * 0 with *result, or -1 with *err a new text as in C-002 to C-005.  In both
 * cases pygetopt_free() is due.
 */
int pygetopt(const struct pygetopt_option *, int n, char *const argv[],
    struct pygetopt_result *result, char **err);
void pygetopt_free(struct pygetopt_result *);

/*
 * Hands the options to `take` in the order given.  It returns 0, or 1 when no
 * more are wanted (help), or -1 with *err a data type's message, which becomes
 * "invalid value for ..." (C-008).  An option taken twice is an error (C-007).
 * Returns 0, or -1 with *err.
 */
int pygetopt_each(const struct pygetopt_result *,
    int (*take)(void *arg, const struct pygetopt_given *, char **err),
    void *arg, char **err);

#endif

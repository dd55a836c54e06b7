/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file grammar: the dialect of Python's ConfigParser that Supervisor uses
 * (C-039 to C-064).  Pure: text goes in, sections with their keys come out.
 *
 * A line is a comment, a [section], a key with `=` or `:` and a value, or, if
 * it is indented deeper than its key, more of that value.  Later keys and later
 * files win; a section remembers the file that introduced it, a key the line
 * that set it.
 */
#ifndef COMMON_INI_H
#define COMMON_INI_H

#include <stddef.h>
#include <sys/queue.h>
#include <sys/tree.h>

struct pool;

struct ini_option {
	TAILQ_ENTRY(ini_option) entry;
	const char *name;  /* lower case */
	const char *value; /* trimmed; lines of a long value joined by \n */
	const char *file;
	unsigned line;	 /* of the key */
	unsigned column; /* where the value begins in it, from 1 */
};

struct ini_section {
	TAILQ_ENTRY(ini_section) entry;
	RB_ENTRY(ini_section) node;
	const char *name;
	const char *file; /* that introduced it */
	unsigned line;
	TAILQ_HEAD(ini_options, ini_option) options; /* without defaults */
};

struct ini {
	struct pool *pool;
	TAILQ_HEAD(ini_sections, ini_section) sections; /* in file order */
	RB_HEAD(ini_tree, ini_section) by_name;
	struct ini_section defaults; /* [DEFAULT], not among the sections */
};

/* Makes an empty set in *ini; all pieces go into the pool (borrowed). */
void ini_init(struct ini *ini, struct pool *);

/*
 * Reads one file's text into the set; may be called again for more files.
 * `file` is its name for messages.  Returns 0, or -1 with *err a new text: not
 * UTF-8 (C-039), a NUL byte, text before the first section (C-050), or all
 * lines that are none of the above (C-049).  The set is then incomplete.
 */
int ini_read(struct ini *ini, const char *text, size_t len, const char *file,
    char **err);

/* The section of that name, or NULL. */
struct ini_section *ini_find(const struct ini *, const char *name);

/* The section's own key, or [DEFAULT]'s, or NULL (C-059). */
const struct ini_option *ini_get(
    const struct ini *, const struct ini_section *, const char *name);
/* Only the section's own. */
const struct ini_option *ini_get_own(
    const struct ini_section *, const char *name);

/* Replaces a text by another in every value, defaults included (C-085). */
void ini_replace(struct ini *, const char *from, const char *to);

#endif

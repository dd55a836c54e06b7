/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long options from a table: parsing, typed values, usage text.
 *
 * The dialect is that of Perl's Getopt::Long in its default configuration,
 * which is what App::Base::Script::Common users know: `--name value`,
 * `--name=value`, a single dash does as well, any unambiguous prefix, names
 * without regard to case, options and positional arguments mixed, `--` ends the
 * options, the last occurrence wins.  There is no bundling and no automatic
 * `--no<switch>`.  Every error is reported, not only the first.
 */
#ifndef APPBASE_OPTION_H
#define APPBASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <appbase/api.h>

APPBASE_BEGIN_DECLS

enum appbase_option_type {
	APPBASE_SWITCH,	 /* true when given; takes no value */
	APPBASE_STRING,	 /* not empty */
	APPBASE_INTEGER, /* optional sign, decimal digits, fits int64_t */
	APPBASE_FLOAT,	 /* sign, digits, point, exponent; text is kept */
};

/* One option.  A table of them ends with a record whose name is NULL. */
struct appbase_option {
	const char *name;    /* long name, without dashes */
	const char *display; /* how usage shows it, "foo=<f>"; NULL = name */
	const char *doc;     /* one paragraph */
	enum appbase_option_type type;
	const char *def; /* default value as text; NULL = unset */
};

/* A set of option tables and, after parsing, their values. */
struct appbase_options;

/*
 * A new, empty set.  Returns NULL with errno ENOMEM.  The caller owns it;
 * appbase_options_free() accepts NULL.
 */
APPBASE_API struct appbase_options *appbase_options_new(void);
APPBASE_API void appbase_options_free(struct appbase_options *);

/*
 * Adds a table (borrowed: it must outlive the set).  On a duplicate name the
 * table added first wins, so an application's own options go before built-in
 * ones.  Returns 0, or -1 with errno EINVAL (no name, no documentation, a type
 * not of the enum, a default that is not of the option's type) or ENOMEM.
 */
APPBASE_API int appbase_options_add(
    struct appbase_options *, const struct appbase_option *table);

/*
 * Parses argv[1] .. argv[argc-1]; argv is copied, never changed.  Writes one
 * line per error to err (NULL = nowhere).  Returns the number of errors, or -1
 * with errno ENOMEM.  May be called once per set.
 */
APPBASE_API int appbase_options_parse(
    struct appbase_options *, int argc, char *const argv[], FILE *err);

/*
 * Values.  Naming an option that is in no table is a programming error: it is
 * reported on stderr and the process aborts.
 *
 * _given: it was on the command line.  _switch: given, or its default is
 * neither empty nor "0".  _string: borrowed text as typed, or the default, or
 * NULL.  _integer, _float: the value, or the default, or 0.
 */
APPBASE_API bool appbase_option_given(
    const struct appbase_options *, const char *name);
APPBASE_API bool appbase_option_switch(
    const struct appbase_options *, const char *name);
APPBASE_API const char *appbase_option_string(
    const struct appbase_options *, const char *name);
APPBASE_API int64_t appbase_option_integer(
    const struct appbase_options *, const char *name);
APPBASE_API double appbase_option_float(
    const struct appbase_options *, const char *name);

/* Positional arguments in order; a borrowed, NULL-terminated vector. */
APPBASE_API char *const *appbase_option_args(
    const struct appbase_options *, size_t *count);

/*
 * Writes the usage text: "Usage: " + template_text, the documentation's lines
 * (each a paragraph of its own), and the table of options, sorted by name,
 * wrapped at `width` columns (0 = $COLUMNS, else 76).  template_text NULL means
 * "PROGRAM [options]".
 */
APPBASE_API void appbase_options_usage(const struct appbase_options *, FILE *,
    const char *program, const char *template_text, const char *documentation,
    unsigned width);

APPBASE_END_DECLS

#endif /* APPBASE_OPTION_H */

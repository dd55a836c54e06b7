/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of XML-RPC as a tree.
 *
 * A tree is built without looking at each step: a constructor that runs out of
 * memory returns NULL, and a container that is given NULL remembers it, so that
 * one xval_ok() (or the encoder) at the end sees every failure.
 */
#ifndef COMMON_XVAL_H
#define COMMON_XVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum xval_type {
	XVAL_NIL,
	XVAL_INT,
	XVAL_BOOL,
	XVAL_DOUBLE,
	XVAL_STRING, /* text, or the bytes of a base64 element */
	XVAL_DATE,   /* dateTime.iso8601, as it was written */
	XVAL_ARRAY,
	XVAL_STRUCT,
};

struct xval;

/* New values; NULL when out of memory.  Text is copied.  The caller owns them
 * until they are put into a container; xval_free(NULL) is allowed. */
struct xval *xval_nil(void);
struct xval *xval_int(int64_t);
struct xval *xval_bool(bool);
struct xval *xval_double(double);
struct xval *xval_string(const char *);
struct xval *xval_bytes(const char *, size_t len);
struct xval *xval_date(const char *);
struct xval *xval_array(void);
struct xval *xval_struct(void);
void xval_free(struct xval *);

/*
 * Puts a value into a container and takes it, also on failure.  container may
 * be NULL, value may be NULL: both count as "out of memory before".  In a
 * struct a later member of the same name hides an earlier one from xval_get().
 */
void xval_append(struct xval *array, struct xval *value);
void xval_set(struct xval *strct, const char *name, struct xval *value);

/* Is the tree complete, so that no step of its building ran out of memory? */
bool xval_ok(const struct xval *);

/* Reading.  Pointers that are returned are borrowed from the tree; every
 * function accepts NULL, which counts as nil. */
enum xval_type xval_type(const struct xval *);
int64_t xval_as_int(const struct xval *);   /* of INT and BOOL, else 0 */
bool xval_as_bool(const struct xval *);	    /* of INT and BOOL, else false */
double xval_as_double(const struct xval *); /* of DOUBLE, else 0 */
/* Of STRING and DATE, else "".  NUL-terminated; *len (may be NULL) is the
 * length without it. */
const char *xval_as_string(const struct xval *, size_t *len);
/* Elements of ARRAY or members of STRUCT; 0 for others. */
size_t xval_count(const struct xval *);
/* NULL beyond the end.  _name is the member's name in a STRUCT, else NULL. */
const struct xval *xval_at(const struct xval *, size_t);
const char *xval_name_at(const struct xval *, size_t);
/* The last member of that name; NULL if there is none. */
const struct xval *xval_get(const struct xval *strct, const char *name);
/* Shorthands for members: "" and 0 when missing. */
const char *xval_get_string(const struct xval *strct, const char *name);
int64_t xval_get_int(const struct xval *strct, const char *name);

#endif

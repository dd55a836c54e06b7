/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that lives and dies together: whoever parses a file allocates what it
 * finds in one pool and frees the pool, never the pieces.
 *
 * Nothing here returns NULL.  Without memory the process ends by abort(); for
 * the engine that means a restart by its keeper, with every program left alone.
 */
#ifndef COMMON_POOL_H
#define COMMON_POOL_H

#include <stdarg.h>
#include <stddef.h>

struct pool;

/* A new, empty pool; the caller owns it.  pool_free() accepts NULL. */
struct pool *pool_new(void);
void pool_free(struct pool *);

/* Zeroed memory, aligned for any type, valid until pool_free(). */
void *pool_alloc(struct pool *, size_t size);
/* The same for an array; aborts when n * size overflows. */
void *pool_array(struct pool *, size_t n, size_t size);
char *pool_strdup(struct pool *, const char *);
/* A copy of n bytes, with a NUL after them. */
char *pool_strndup(struct pool *, const char *, size_t n);
char *pool_printf(struct pool *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
char *pool_vprintf(struct pool *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

/*
 * Makes room for one more element in a growing array: returns `array`, or a
 * larger copy of it when n elements of `size` bytes have filled it.  Starts
 * with array NULL, n 0; the caller then stores at index n.
 */
void *pool_grow(struct pool *, void *array, size_t n, size_t size);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool is a list of blocks; small pieces share a block, a large one has its
 * own.
 */
#include "common/pool.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL_BLOCK 4096

struct pool_block {
	struct pool_block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

struct pool {
	struct pool_block *blocks;
};

static void *pool_place(struct pool *, size_t, size_t);

/* Gets memory or ends the process. */
static void *
pool_must(size_t size)
{
	void *p;

	if ((p = calloc(1, size)) == NULL)
		abort();
	return p;
}

/* Makes a pool. */
struct pool *
pool_new(void)
{
	return pool_must(sizeof(struct pool));
}

/* Frees a pool and all that is in it. */
void
pool_free(struct pool *pool)
{
	struct pool_block *b, *next;

	if (pool == NULL)
		return;
	for (b = pool->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(pool);
}

/* Puts a new block with room for `size` in front. */
static struct pool_block *
pool_block_add(struct pool *pool, size_t size)
{
	struct pool_block *b;

	if (size < POOL_BLOCK)
		size = POOL_BLOCK;
	b = pool_must(sizeof(*b) + size);
	b->size = size;
	b->next = pool->blocks;
	pool->blocks = b;
	return b;
}

/* Allocates zeroed memory. */
void *
pool_alloc(struct pool *pool, size_t size)
{
	return pool_place(pool, size, alignof(max_align_t));
}

/* Finds room for `size` bytes at a multiple of `align`. */
static void *
pool_place(struct pool *pool, size_t size, size_t align)
{
	struct pool_block *b = pool->blocks;
	size_t at;

	if (size > SIZE_MAX / 2)
		abort();
	at = b == NULL ? 0 : (b->used + align - 1) / align * align;
	if (b == NULL || at > b->size || b->size - at < size) {
		b = pool_block_add(pool, size);
		at = 0;
	}
	b->used = at + size;
	return b->data + at;
}

/* Allocates an array. */
void *
pool_array(struct pool *pool, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / 2 / size)
		abort();
	return pool_alloc(pool, n * size);
}

/* Copies a string. */
char *
pool_strdup(struct pool *pool, const char *s)
{
	return pool_strndup(pool, s, strlen(s));
}

/* Copies n bytes. */
char *
pool_strndup(struct pool *pool, const char *s, size_t n)
{
	char *p = pool_place(pool, n + 1, 1);

	memcpy(p, s, n);
	return p;
}

/* Formats a string. */
char *
pool_printf(struct pool *pool, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = pool_vprintf(pool, fmt, ap);
	va_end(ap);
	return p;
}

/* Formats a string from an argument list. */
char *
pool_vprintf(struct pool *pool, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	if ((n = vsnprintf(NULL, 0, fmt, again)) < 0)
		abort();
	va_end(again);
	p = pool_alloc(pool, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

/* Makes room for one more element; sizes are 0, 4, 8, 16, ... */
void *
pool_grow(struct pool *pool, void *array, size_t n, size_t size)
{
	void *bigger;

	if (n != 0 && (n < 4 || (n & (n - 1)) != 0))
		return array;
	bigger = pool_array(pool, n == 0 ? 4 : n * 2, size);
	if (n != 0)
		memcpy(bigger, array, n * size);
	return bigger;
}

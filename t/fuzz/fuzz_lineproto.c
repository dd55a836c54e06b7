/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line protocol's parser: the same bytes in one piece and one by one give
 * the same commands, and every line end gives exactly one.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "libappbase/lineproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Commands of `len` bytes fed in pieces of `step`, mixed into one number. */
static uint64_t
fuzz_feed(const char *data, size_t len, size_t step, size_t *count)
{
	struct lineproto lp = {0};
	enum lineproto_command c;
	uint64_t sum = 0;
	const char *p;
	size_t n, left;

	for (*count = 0; len > 0; data += n, len -= n) {
		n = step < len ? step : len;
		p = data;
		left = n;
		while ((c = lineproto_next(&lp, &p, &left)) != LINEPROTO_NONE) {
			sum = sum * 31 + (uint64_t)c;
			++*count;
		}
	}
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t i, lines = 0, whole, split;

	for (i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (fuzz_feed(text, size, size, &whole) !=
		fuzz_feed(text, size, 1, &split) ||
	    whole != lines || split != lines)
		abort();
	return 0;
}

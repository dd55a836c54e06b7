/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A listener's stdout: the same bytes in one piece and one by one give the same
 * tokens and lead to the same state.  An event is sent at the end of each piece
 * that leaves the listener READY; the first byte is the state it begins in.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/events/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The tokens of some bytes, mixed into one number. */
static uint64_t
fuzz_feed(struct protocol *p, const char *data, size_t len, size_t step)
{
	enum protocol_token token;
	uint64_t sum = 0;
	size_t n, left;
	const char *at;

	for (; len > 0; data += n, len -= n) {
		at = data;
		left = n = step < len ? step : len;
		while ((token = protocol_next(p, &at, &left)) != PROTOCOL_NONE)
			sum = sum * 31 + (uint64_t)token;
		if (left != 0 || p->line_len > sizeof(p->line))
			abort();
	}
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data + 1, *end, *stop;
	struct protocol whole = {0}, split;

	if (size < 1)
		return 0;
	whole.state = data[0] % 4;
	split = whole;
	for (stop = (const char *)data + size; at < stop; at = end) {
		if ((end = memchr(at, '|', (size_t)(stop - at))) == NULL)
			end = stop;
		if (fuzz_feed(&whole, at, (size_t)(end - at), size) !=
			fuzz_feed(&split, at, (size_t)(end - at), 1) ||
		    memcmp(&whole, &split, sizeof(whole)) != 0)
			abort();
		if (end < stop)
			end++;
		if (whole.state == PROTOCOL_READY) {
			protocol_sent(&whole);
			protocol_sent(&split);
		}
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture mode: the same bytes in one piece and one by one give the same text
 * and the same messages, and no message is longer than its limit.  The first
 * byte is the limit.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "supervisord/io/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct fuzz_result {
	struct capture *capture;
	uint64_t sum[2];
	size_t max;
};

/* Mixes bytes into a number. */
static void
fuzz_mix(uint64_t *sum, const uint8_t *data, size_t len)
{
	while (len-- > 0)
		*sum = (*sum ^ *data++) * 0x100000001b3;
}

/* Text: outside of messages, or to be kept. */
static void
fuzz_text(void *arg, const void *data, size_t len, bool in_message)
{
	struct fuzz_result *r = arg;

	if (in_message)
		capture_keep(r->capture, data, len);
	else
		fuzz_mix(&r->sum[0], data, len);
}

/* A message. */
static void
fuzz_message(void *arg, const void *data, size_t len)
{
	struct fuzz_result *r = arg;

	if (len > r->max)
		abort();
	fuzz_mix(&r->sum[1], data, len);
	r->sum[1]++;
}

/* Scans in pieces of `step`. */
static struct fuzz_result
fuzz_scan(const uint8_t *data, size_t len, size_t step, size_t max)
{
	struct fuzz_result r = {.max = max};
	struct capture_sink sink = {fuzz_text, fuzz_message, &r};
	size_t n;

	if ((r.capture = capture_new(max, &sink)) == NULL)
		abort();
	for (; len > 0; data += n, len -= n) {
		n = step < len ? step : len;
		capture_feed(r.capture, data, n);
	}
	capture_finish(r.capture);
	capture_free(r.capture);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_result whole, split, some;

	if (size < 1)
		return 0;
	whole = fuzz_scan(data + 1, size - 1, size, data[0]);
	split = fuzz_scan(data + 1, size - 1, 1, data[0]);
	some = fuzz_scan(data + 1, size - 1, 7, data[0]);
	if (whole.sum[0] != split.sum[0] || whole.sum[1] != split.sum[1] ||
	    whole.sum[0] != some.sum[0] || whole.sum[1] != some.sum[1])
		abort();
	return 0;
}

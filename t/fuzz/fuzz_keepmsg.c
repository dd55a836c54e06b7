/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzzes the decoders of keepmsg.  First byte: which decoder (even = spawn) and
 * how many descriptors came along; the rest is the body.  What is accepted must
 * encode to the same bytes again.
 */
#include "libappbase/keepmsg.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Decode and encode again a spawn request. */
static void
fuzz_spawn(const uint8_t *data, size_t size, size_t nfds)
{
	static const int fds[128];
	struct keepmsg_reader r = {.data = data, .len = size};
	struct keepmsg_buf b = {0};
	struct appbase_spawn s;
	void *arena;

	if (keepmsg_decode_spawn(&r, fds, nfds, &s, &arena) == -1)
		return;
	if (keepmsg_encode_spawn(&b, &s) == -1 || b.len != size ||
	    memcmp(b.data, data, size) != 0)
		abort();
	keepmsg_buf_free(&b);
	free(arena);
}

/* Decode and encode again an event. */
static void
fuzz_event(const uint8_t *data, size_t size)
{
	struct keepmsg_reader r = {.data = data, .len = size};
	struct keepmsg_buf b = {0};
	struct appbase_keep_event e;

	if (keepmsg_decode_event(&r, &e) == -1)
		return;
	if (keepmsg_encode_event(&b, &e) == -1 || b.len != size ||
	    memcmp(b.data, data, size) != 0)
		abort();
	keepmsg_buf_free(&b);
}

/* Run one input. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *body;

	if (size == 0)
		return 0;
	body = malloc(size);
	if (body == NULL)
		return 0;
	memcpy(body, data + 1, size - 1);
	if (data[0] % 2 == 0)
		fuzz_spawn(body, size - 1, data[0] / 2);
	else
		fuzz_event(body, size - 1);
	free(body);
	return 0;
}

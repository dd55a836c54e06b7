/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base64: the result fits the room that was promised and ends with a NUL, and
 * blanks between the characters change nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char *plain, *spaced, *out, *again;
	size_t i, n = 0, m = 0;
	int r;

	plain = malloc(B64_ROOM(size));
	spaced = malloc(2 * size + 1);
	again = malloc(B64_ROOM(2 * size));
	if (plain == NULL || spaced == NULL || again == NULL)
		abort();
	for (i = 0, out = spaced; i < size; i++) {
		*out++ = text[i];
		*out++ = '\n';
	}
	r = b64_decode(text, size, plain, &n);
	if (r != b64_decode(spaced, 2 * size, again, &m))
		abort();
	if (r == 0 &&
	    (n >= B64_ROOM(size) || plain[n] != '\0' || m != n ||
		memcmp(plain, again, n) != 0))
		abort();
	free(plain);
	free(spaced);
	free(again);
	return 0;
}

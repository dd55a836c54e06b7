/* SPDX-License-Identifier: BSD-2-Clause */
/* The handoff variable: what is accepted is written the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libappbase/handoff.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct handoff h = {HANDOFF_NONE, -1, -1, -1, -1, 0};
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	text[strcspn(text, "\n")] = '\0'; /* a line is what it reads */
	if (handoff_parse(text, &h) && strcmp(handoff_format(&h), text) != 0)
		abort();
	free(text);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any content of a pid file.  What is accepted is a positive number that prints
 * as the very text that was read: no sign, blank, zero or second line gets by.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libappbase/pidfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long as the input, so that reading past it is seen. */
	char *text = malloc(size > 0 ? size : 1), line[32];
	pid_t pid;
	size_t len;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	pid = pidfile_parse(text, size);
	if (pid != -1) {
		len = (size_t)snprintf(line, sizeof(line), "%ld\n", (long)pid);
		if (pid <= 0 || (size != len && size != len - 1) ||
		    memcmp(text, line, size) != 0)
			abort();
	}
	free(text);
	return 0;
}

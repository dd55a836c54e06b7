/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The notification parser: nothing outside the datagram is touched, strings end
 * inside it, and what it says is within its own limits.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "appbase/notify.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A string must lie in the buffer, with its end. */
static void
fuzz_check_string(const char *s, const char *buf, size_t size)
{
	if (s != NULL &&
	    (s < buf || s >= buf + size ||
		memchr(s, '\0', size - (size_t)(s - buf)) == NULL))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct appbase_notification n = {.pid = 7, .uid = 8};
	size_t i, lines = 1;
	char *buf = malloc(size > 0 ? size : 1);

	if (buf == NULL)
		return 0;
	memcpy(buf, data, size);
	for (i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (appbase_notify_parse(buf, size, &n) > lines)
		abort();
	fuzz_check_string(n.status, buf, size);
	fuzz_check_string(n.fdname, buf, size);
	if (n.pid != 7 || n.uid != 8 || n.nfds != 0 || n.mainpid < 0 ||
	    n.extend_timeout_usec < 0 || n.watchdog_usec < -1 ||
	    n.monotonic_usec < -1 || n.errno_value < 0)
		abort();
	free(buf);
	return 0;
}

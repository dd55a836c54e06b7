/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines for syslog. */
#include "supervisord/io/syslines.h"

#include <stdbool.h>
#include <string.h>
#include <syslog.h>

/* Sends a text. */
void
syslines(int priority, const char *prefix, size_t prefix_len, const char *text,
    size_t len)
{
	static bool open;
	const char *end;
	size_t n;

	if (!open)
		openlog("supervisord", 0, LOG_USER);
	open = true;
	while (len > 0 && text[len - 1] == '\n')
		len--;
	for (;;) {
		end = memchr(text, '\n', len);
		n = end != NULL ? (size_t)(end - text) : len;
		syslog(LOG_USER | priority, "%.*s %.*s", (int)prefix_len,
		    prefix, (int)n, text);
		if (end == NULL)
			return;
		text += n + 1;
		len -= n + 1;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line in the main log for each answer of the HTTP servers (C-244).
 */
#ifndef SUPERVISORD_CONTROL_ACCESSLOG_H
#define SUPERVISORD_CONTROL_ACCESSLOG_H

#include <stddef.h>

struct accesslog {
	const char *host; /* of the client; "localhost" of a unix socket */
	unsigned port;
	const char *method, *uri;
	int major, minor; /* version of HTTP */
	int code;
	size_t bytes; /* of the answer's body */
};

/*
 * Notes an answer, at level trace:
 *
 *     127.0.0.1:40114 - - [20/Nov/2026:17:48:46 +0000] "GET / HTTP/1.1" 401 330
 *
 * As upstream, a line whose URI has the word "error" is one of level error.
 */
void accesslog(const struct accesslog *);

#endif

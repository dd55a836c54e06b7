/* SPDX-License-Identifier: BSD-2-Clause */
/* A line in the main log for each answer of the HTTP servers. */
#include "supervisord/control/accesslog.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "supervisord/io/mainlog.h"

/* What of a URI is shown. */
#define ACCESSLOG_URI_MAX 1024

/* Copies what a client wrote, without what a terminal would obey. */
static void
accesslog_copy(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; from[i] != '\0' && i + 1 < size; i++)
		to[i] = iscntrl((unsigned char)from[i]) ? '?' : from[i];
	to[i] = '\0';
}

void
accesslog(const struct accesslog *a)
{
	bool error = strcasestr(a->uri, "error") != NULL;
	char uri[ACCESSLOG_URI_MAX], when[64] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (!error && !mainlog_wants(LEVEL_TRACE))
		return;
	accesslog_copy(uri, sizeof(uri), a->uri);
	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(
		    when, sizeof(when), "%d/%b/%Y:%H:%M:%S +0000", &tm);
	mainlog(error ? LEVEL_ERROR : LEVEL_TRACE,
	    "%s:%u - - [%s] \"%s %s HTTP/%d.%d\" %d %zu", a->host, a->port,
	    when, a->method, uri, a->major, a->minor, a->code, a->bytes);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error texts.
 */
#include "common/errtext.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Stores a new error text. */
int
errtext_set(char **err, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		abort();
	va_end(ap);
	free(*err);
	*err = text;
	return -1;
}

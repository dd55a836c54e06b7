/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading pieces of log files for clients. */
#ifndef SUPERVISORD_CONTROL_LOGREAD_H
#define SUPERVISORD_CONTROL_LOGREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No call reads more than this. */
#define LOGREAD_MAX (64u << 20)

/* A piece; bytes are to be freed. */
struct logread {
	char *bytes;
	size_t len;
	int64_t offset; /* of logread_tail(): the file's size */
	bool overflow;	/* of logread_tail() */
};

/*
 * From offset on, length bytes (0 = to the end); or with a negative offset, for
 * which length must be 0, the last bytes.  Returns 0, or -1 with
 * errno: EINVAL bad arguments, ENOENT no such file, or why it cannot be read.
 */
int logread_range(
    const char *path, int64_t offset, int64_t length, struct logread *);

/* The algorithm of the tail methods.  0, or -1 with errno. */
int logread_tail(
    const char *path, int64_t offset, int64_t length, struct logread *);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading whole files of any kind: a pipe or /dev/stdin will do.
 */
#ifndef COMMON_SLURP_H
#define COMMON_SLURP_H

#include <stddef.h>

/* Bytes that a file may have. */
#define SLURP_MAX (64 * 1024 * 1024)

/* All of a file, a new buffer of *len bytes without a NUL behind them; NULL
 * with errno, EFBIG beyond SLURP_MAX. */
char *slurp_file(const char *path, size_t *len);

#endif

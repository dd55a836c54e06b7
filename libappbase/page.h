/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page that a worker shares with its supervisor: what the worker says by a
 * plain store, without a message or a system call.
 */
#ifndef LIBAPPBASE_PAGE_H
#define LIBAPPBASE_PAGE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct page {
	_Atomic int64_t last_ping_ms; /* CLOCK_MONOTONIC; 0 = never pinged */
	_Atomic uint32_t busy;	      /* open busy sections */
	_Atomic uint32_t shutting_down;
	_Atomic uint32_t beat_ms; /* the supervisor's: ping at least this often
				     while waiting; 0 = no need */
};
#define PAGE_SIZE_BYTES ((size_t)4096)

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last changes of a process's state, for people to look at.  Of fixed size
 * and without pointers, so that it survives the engine with the rest of what is
 * known of a process.  Pure.
 */
#ifndef SUPERVISORD_MODEL_HISTORY_H
#define SUPERVISORD_MODEL_HISTORY_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "supervisord/model/state.h"

#define HISTORY_MAX 16

/* What a status is when there is none. */
#define HISTORY_NO_STATUS INT16_MAX

struct history_entry {
	uint32_t when;	/* seconds since the epoch */
	int32_t pid;	/* of the program then; 0 = none */
	int16_t status; /* its exit status, -1 by a signal, or none */
	uint8_t state;	/* enum proc_state: the one entered */
	uint8_t pad;
};

/* All zero: nothing happened yet. */
struct history {
	uint32_t total;	 /* changes ever; the last HISTORY_MAX are kept */
	uint32_t starts; /* how often STARTING was entered */
	struct history_entry ring[HISTORY_MAX];
};

/* Adds a change; the entry's `when` is cut to 32 bits. */
void history_add(
    struct history *, time_t when, enum proc_state to, pid_t pid, int status);
/* How many entries are kept, and entry i of these, the oldest first. */
size_t history_count(const struct history *);
const struct history_entry *history_at(const struct history *, size_t i);

#endif

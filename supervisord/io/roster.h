/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the engine remembers over its own death: a table in memory that its
 * keeper holds, with a slot for each process and a head for the supervisor.
 *
 * Each entry is an appbase record, so one that was being written when the
 * engine died reads as it was before.  The table is of this version only: a
 * head of another one is treated as none.  Pure, on the memory given.
 */
#ifndef SUPERVISORD_IO_ROSTER_H
#define SUPERVISORD_IO_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/config.h"
#include "supervisord/model/process.h"

#define ROSTER_SLOTS	4096 /* processes at most */
#define ROSTER_KEY_MAX	256
#define ROSTER_AUTO_MAX 16

/* The supervisor's own entry. */
struct roster_head {
	uint32_t version;
	uint32_t used;		  /* slots ever claimed: none above is */
	int32_t supervisor_state; /* enum supervisor_state */
	uint8_t warm;		  /* an engine was at work and did not end it */
	uint8_t pad[3];
	uint64_t engines; /* how many there were since the keeper began */
};

/* A process's entry. */
struct roster_entry {
	char key[ROSTER_KEY_MAX]; /* "group:process"; "" = a free slot */
	uint32_t spawns;	  /* counts up for ever: ids are never reused */
	uint32_t pad;
	/* The random part of its AUTO logs' names; "" = not made. */
	char automatic[CONFIG_NCHANNELS][ROSTER_AUTO_MAX];
	struct proc_record proc;
};

struct roster;

size_t roster_size(void);
/* Begins to use roster_size() bytes, borrowed.  NULL with errno ENOMEM. */
struct roster *roster_new(void *memory);
void roster_free(struct roster *);

/* The head, a copy in memory; write it back after a change. */
struct roster_head *roster_head(struct roster *);
void roster_write_head(struct roster *);

/* Forgets every process, but not how often each slot was spawned. */
void roster_clear(struct roster *);

/* The slot of that key, or -1. */
int roster_find(const struct roster *, const char *group, const char *name);
/* The same, claiming a free one if there is none; -1 with errno ENOSPC. */
int roster_claim(struct roster *, const char *group, const char *name);
void roster_release(struct roster *, int slot);
/* The entry, a copy in memory; write it back after a change. */
struct roster_entry *roster_entry(struct roster *, int slot);
void roster_write(struct roster *, int slot);

/* An id for the next spawn of a slot, and the slot of an id (-1 = no such). */
uint64_t roster_next_id(struct roster *, int slot);
int roster_slot_of(uint64_t id);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the engine remembers over its own death: a table in memory that its
 * keeper holds, with a slot for each process and a head for the supervisor.
 *
 * Each entry is an appbase record, so one that was being written when the
 * engine died reads as it was before.  Pure, on the memory given.
 *
 * The format can grow.  The head says how long each of the two parts of an
 * entry is, the roster's own and the process's record, so an engine of another
 * build reads what it knows and finds zero bytes for what was not there yet.
 * Who has something to keep for a process appends a member at the marked end of
 * struct roster_entry or at the end of struct proc_record (its order and types
 * never change, 0 must mean "not there"), and who has for the supervisor, at
 * the end of struct roster_head.  ROSTER_VERSION is raised only by a change
 * that older builds could not read; a table of another version is refused
 * before anything is touched (supervisord --check-state).
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
	uint32_t slots;	  /* the table's length, and that of an entry's parts */
	uint32_t entry_len, proc_len;
	uint32_t pad2;
	uint64_t epoch;	       /* counts cold starts */
	uint32_t upgrades;     /* counts them */
	uint32_t upgrading;    /* the last one has been started */
	uint64_t upgrade_from; /* the generation it is to replace */
			       /* New members go here. */
};

/* A process's entry. */
struct roster_entry {
	char key[ROSTER_KEY_MAX]; /* "group:process"; "" = a free slot */
	uint32_t spawns;	  /* counts up for ever: ids are never reused */
	uint32_t pad;
	/* The random part of its AUTO logs' names; "" = not made. */
	char automatic[CONFIG_NCHANNELS][ROSTER_AUTO_MAX];
	uint32_t previous; /* 1: it runs its previous_command */
	uint32_t pad2;
	/* New members go here. */
	struct proc_record proc;
};

struct roster;

size_t roster_size(void);
/* Begins to use roster_size() bytes of this build's format, borrowed; all zero
 * means an empty table.  NULL with errno ENOMEM, or EINVAL if it is of another
 * format. */
struct roster *roster_new(void *memory);
/* May a table of `size` bytes be read: is it whole, and of a known version? 0,
 * or -1 with errno EINVAL. */
int roster_check(const void *memory, size_t size);
/* Is it of this build's format, so that roster_new() takes it? */
bool roster_is_current(const void *memory, size_t size);
/* A table of any known format in this build's, new memory of roster_size()
 * bytes; NULL with errno ENOMEM or EINVAL. */
void *roster_convert(const void *memory, size_t size);
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

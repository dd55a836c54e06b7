/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the listener pools remember over the engine's death, in memory that the
 * keeper holds: the serials, what each listener is busy with and where it is in
 * the protocol, and the events that wait.
 *
 * The global serial outlives a restart, too (P-108).  Of a pool's buffer the
 * first LEDGER_BUFFER events are kept, of an event EVENTPOOL_PAYLOAD_MAX bytes:
 * what is longer is lost with the engine, and said to be.  Pure, on the memory
 * given.
 */
#ifndef SUPERVISORD_EVENTS_LEDGER_H
#define SUPERVISORD_EVENTS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/events/eventpool.h"

#define LEDGER_POOLS	64
#define LEDGER_MEMBERS	4096 /* by the slot of the process */
#define LEDGER_BUFFER	64
#define LEDGER_NAME_MAX 128

struct ledger;

struct ledger_member {
	struct eventpool_member member;
	/* Of the chunk of output that was heard last (journal.h). */
	unsigned char heard[16];
};

size_t ledger_size(void);
/* Begins to use ledger_size() bytes, borrowed; of another version they count as
 * empty.  NULL with errno ENOMEM. */
struct ledger *ledger_new(void *memory);
void ledger_free(struct ledger *);
/* Forgets all but the global serial. */
void ledger_clear(struct ledger *);

/* The next global serial, to be changed in place. */
int64_t *ledger_serial(struct ledger *);

/* The place of a pool, taken if there is none; -1 if there is no room: then
 * nothing of it is kept. *known: an earlier engine had it. */
int ledger_claim(struct ledger *, const char *name, bool *known);
void ledger_release(struct ledger *, int pool);
/* Writes the serials and the buffer. */
void ledger_write_pool(struct ledger *, int pool, const struct eventpool *);
/* Gives the serials to a new pool; then, when its members are restored, the
 * buffer: returns how many events were not kept. */
void ledger_restore_serial(const struct ledger *, int pool, struct eventpool *);
uint64_t ledger_restore_buffer(
    const struct ledger *, int pool, struct eventpool *);

/* Members; _read is false if nothing was written since the last _clear. */
void ledger_write_member(
    struct ledger *, int slot, const struct ledger_member *);
bool ledger_read_member(
    const struct ledger *, int slot, struct ledger_member *);
void ledger_forget_member(struct ledger *, int slot);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener pools' part of the memory that outlives the engine. */
#include "supervisord/events/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <appbase/keep.h>

#define LEDGER_VERSION 1
/* As many places again, so that a new buffer never overwrites the old one. */
#define LEDGER_PLACES (2 * LEDGER_BUFFER)

struct ledger_head {
	uint32_t version;
	uint32_t era; /* members of an older one are forgotten */
	int64_t serial;
};

struct ledger_pool {
	char name[LEDGER_NAME_MAX]; /* "" = free */
	int64_t next_serial;
	uint64_t overflow; /* events that wait and are not kept */
	uint32_t n;
	uint8_t order[LEDGER_BUFFER];  /* places, oldest event first */
	int64_t serial[LEDGER_PLACES]; /* poolserial at each place */
};

struct ledger_slot {
	uint32_t era;
	uint32_t pad;
	struct ledger_member member;
};

#define LEDGER_HEAD  APPBASE_RECORD_SIZE(sizeof(struct ledger_head))
#define LEDGER_POOL  APPBASE_RECORD_SIZE(sizeof(struct ledger_pool))
#define LEDGER_EVENT APPBASE_RECORD_SIZE(sizeof(struct eventpool_event))
#define LEDGER_SLOT  APPBASE_RECORD_SIZE(sizeof(struct ledger_slot))

struct ledger {
	unsigned char *memory;
	struct ledger_head head;
	struct ledger_pool pools[LEDGER_POOLS];
	struct ledger_slot slot; /* to write from */
};

static unsigned char *ledger_pool_place(const struct ledger *, int);
static unsigned char *ledger_event_place(const struct ledger *, int, int);
static unsigned char *ledger_slot_place(const struct ledger *, int);
static void ledger_write_head(struct ledger *);
static int ledger_store(struct ledger *, int, const struct eventpool *, size_t,
    const bool used[LEDGER_PLACES]);

/* Returns the size of the memory. */
size_t
ledger_size(void)
{
	return LEDGER_HEAD +
	    LEDGER_POOLS * (LEDGER_POOL + LEDGER_PLACES * LEDGER_EVENT) +
	    LEDGER_MEMBERS * LEDGER_SLOT;
}

/* Reads what is there. */
struct ledger *
ledger_new(void *memory)
{
	struct ledger *l;
	int i;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->memory = memory;
	if (appbase_record_read(memory, &l->head, sizeof(l->head)) == -1 ||
	    l->head.version != LEDGER_VERSION) {
		l->head = (struct ledger_head){.version = LEDGER_VERSION};
		ledger_clear(l);
		return l;
	}
	for (i = 0; i < LEDGER_POOLS; i++)
		if (appbase_record_read(ledger_pool_place(l, i), &l->pools[i],
			sizeof(l->pools[i])) == -1 ||
		    l->pools[i].n > LEDGER_BUFFER)
			memset(&l->pools[i], 0, sizeof(l->pools[i]));
	return l;
}

/* Frees the handle, not the memory. */
void
ledger_free(struct ledger *l)
{
	free(l);
}

/* Begins a new era. */
void
ledger_clear(struct ledger *l)
{
	int i;

	l->head.era++;
	ledger_write_head(l);
	for (i = 0; i < LEDGER_POOLS; i++)
		if (l->pools[i].name[0] != '\0')
			ledger_release(l, i);
}

/* Returns the place of the serial. */
int64_t *
ledger_serial(struct ledger *l)
{
	return &l->head.serial;
}

/* Finds or takes a pool's place. */
int
ledger_claim(struct ledger *l, const char *name, bool *known)
{
	int i, empty = -1;

	*known = false;
	if (strlen(name) >= LEDGER_NAME_MAX)
		return -1;
	for (i = 0; i < LEDGER_POOLS; i++) {
		if (strcmp(l->pools[i].name, name) == 0) {
			*known = true;
			return i;
		}
		if (l->pools[i].name[0] == '\0' && empty == -1)
			empty = i;
	}
	if (empty != -1)
		(void)snprintf(
		    l->pools[empty].name, LEDGER_NAME_MAX, "%s", name);
	return empty;
}

/* Gives a place back. */
void
ledger_release(struct ledger *l, int pool)
{
	if (pool == -1)
		return;
	memset(&l->pools[pool], 0, sizeof(l->pools[pool]));
	appbase_record_write(ledger_pool_place(l, pool), &l->pools[pool],
	    sizeof(l->pools[pool]));
}

/* Writes serials and buffer: events first, then which of them count. */
void
ledger_write_pool(struct ledger *l, int pool, const struct eventpool *p)
{
	size_t i, n = eventpool_buffered(p);
	bool used[LEDGER_PLACES] = {false};
	struct ledger_pool *lp;
	uint32_t k;

	ledger_write_head(l);
	if (pool == -1)
		return;
	lp = &l->pools[pool];
	for (k = 0; k < lp->n; k++)
		used[lp->order[k]] = true;
	lp->next_serial = eventpool_next_serial(p);
	lp->n = 0;
	for (i = 0; i < n && lp->n < LEDGER_BUFFER; i++) {
		k = (uint32_t)ledger_store(l, pool, p, i, used);
		used[k] = true;
		lp->order[lp->n++] = (uint8_t)k;
	}
	lp->overflow = n - lp->n;
	appbase_record_write(ledger_pool_place(l, pool), lp, sizeof(*lp));
}

/* Goes on with a pool's serials. */
void
ledger_restore_serial(const struct ledger *l, int pool, struct eventpool *p)
{
	eventpool_restore(p, l->pools[pool].next_serial);
}

/* Gives a pool its buffer back. */
uint64_t
ledger_restore_buffer(const struct ledger *l, int pool, struct eventpool *p)
{
	const struct ledger_pool *lp = &l->pools[pool];
	struct eventpool_event event;
	uint32_t k;

	for (k = 0; k < lp->n; k++)
		if (appbase_record_read(
			ledger_event_place(l, pool, lp->order[k]), &event,
			sizeof(event)) == 0)
			eventpool_restore_event(p, &event);
	return lp->overflow;
}

/* Writes a member. */
void
ledger_write_member(
    struct ledger *l, int slot, const struct ledger_member *member)
{
	if (slot < 0 || slot >= LEDGER_MEMBERS)
		return;
	l->slot.era = l->head.era;
	l->slot.member = *member;
	appbase_record_write(
	    ledger_slot_place(l, slot), &l->slot, sizeof(l->slot));
}

/* Reads a member. */
bool
ledger_read_member(
    const struct ledger *l, int slot, struct ledger_member *member)
{
	struct ledger_slot s;

	if (slot < 0 || slot >= LEDGER_MEMBERS ||
	    appbase_record_read(ledger_slot_place(l, slot), &s, sizeof(s)) ==
		-1 ||
	    s.era != l->head.era)
		return false;
	*member = s.member;
	return true;
}

/* Forgets a member. */
void
ledger_forget_member(struct ledger *l, int slot)
{
	if (slot < 0 || slot >= LEDGER_MEMBERS)
		return;
	memset(&l->slot, 0, sizeof(l->slot));
	appbase_record_write(
	    ledger_slot_place(l, slot), &l->slot, sizeof(l->slot));
}

/* Returns where a pool is. */
static unsigned char *
ledger_pool_place(const struct ledger *l, int pool)
{
	return l->memory + LEDGER_HEAD +
	    (size_t)pool * (LEDGER_POOL + LEDGER_PLACES * LEDGER_EVENT);
}

/* Returns where an event of a pool is. */
static unsigned char *
ledger_event_place(const struct ledger *l, int pool, int place)
{
	return ledger_pool_place(l, pool) + LEDGER_POOL +
	    (size_t)place * LEDGER_EVENT;
}

/* Returns where a member is. */
static unsigned char *
ledger_slot_place(const struct ledger *l, int slot)
{
	return ledger_pool_place(l, LEDGER_POOLS) + (size_t)slot * LEDGER_SLOT;
}

/* Writes the head. */
static void
ledger_write_head(struct ledger *l)
{
	appbase_record_write(l->memory, &l->head, sizeof(l->head));
}

/* Puts an event at a place of its own, if it is not at one already. */
static int
ledger_store(struct ledger *l, int pool, const struct eventpool *p, size_t i,
    const bool used[LEDGER_PLACES])
{
	int64_t serial = eventpool_buffer_serial(p, i);
	struct ledger_pool *lp = &l->pools[pool];
	struct eventpool_event event;
	int k, place = 0;

	for (k = 0; k < LEDGER_PLACES; k++)
		if (used[k] && lp->serial[k] == serial)
			return k;
	for (k = 0; k < LEDGER_PLACES; k++)
		if (!used[k])
			place = k;
	(void)eventpool_buffer_event(p, i, &event);
	lp->serial[place] = serial;
	appbase_record_write(
	    ledger_event_place(l, pool, place), &event, sizeof(event));
	return place;
}

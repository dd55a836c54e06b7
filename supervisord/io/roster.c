/* SPDX-License-Identifier: BSD-2-Clause */
/* The table that outlives the engine. */
#include "supervisord/io/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <appbase/keep.h>

#define ROSTER_VERSION 1
#define ROSTER_HEAD    APPBASE_RECORD_SIZE(sizeof(struct roster_head))
#define ROSTER_ENTRY   APPBASE_RECORD_SIZE(sizeof(struct roster_entry))

struct roster {
	unsigned char *memory;
	struct roster_head head;
	struct roster_entry *entries; /* copies of the first head.used slots */
};

static void *roster_place(const struct roster *, int);
static void roster_key(const char *, const char *, char[ROSTER_KEY_MAX]);

/* Returns the size of the table. */
size_t
roster_size(void)
{
	return ROSTER_HEAD + ROSTER_SLOTS * ROSTER_ENTRY;
}

/* Reads a table. */
struct roster *
roster_new(void *memory)
{
	struct roster *r;
	int slot;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->entries = calloc(ROSTER_SLOTS, sizeof(*r->entries));
	if (r->entries == NULL) {
		free(r);
		return NULL;
	}
	r->memory = memory;
	if (appbase_record_read(memory, &r->head, sizeof(r->head)) == -1 ||
	    r->head.version != ROSTER_VERSION || r->head.used > ROSTER_SLOTS) {
		memset(&r->head, 0, sizeof(r->head));
		r->head.version = ROSTER_VERSION;
	}
	for (slot = 0; slot < (int)r->head.used; slot++)
		if (appbase_record_read(roster_place(r, slot),
			&r->entries[slot], sizeof(*r->entries)) == -1)
			memset(&r->entries[slot], 0, sizeof(*r->entries));
	return r;
}

/* Frees the handle, not the table. */
void
roster_free(struct roster *r)
{
	if (r == NULL)
		return;
	free(r->entries);
	free(r);
}

/* Returns the head. */
struct roster_head *
roster_head(struct roster *r)
{
	return &r->head;
}

/* Stores the head. */
void
roster_write_head(struct roster *r)
{
	appbase_record_write(r->memory, &r->head, sizeof(r->head));
}

/* Frees every slot. */
void
roster_clear(struct roster *r)
{
	int slot;

	for (slot = 0; slot < (int)r->head.used; slot++)
		roster_release(r, slot);
}

/* Finds a process's slot. */
int
roster_find(const struct roster *r, const char *group, const char *name)
{
	char key[ROSTER_KEY_MAX];
	int slot;

	roster_key(group, name, key);
	for (slot = 0; slot < (int)r->head.used; slot++)
		if (strcmp(r->entries[slot].key, key) == 0)
			return slot;
	return -1;
}

/* Finds or takes a slot. */
int
roster_claim(struct roster *r, const char *group, const char *name)
{
	int slot = roster_find(r, group, name);

	if (slot != -1)
		return slot;
	for (slot = 0; slot < ROSTER_SLOTS; slot++)
		if (r->entries[slot].key[0] == '\0')
			break;
	if (slot == ROSTER_SLOTS) {
		errno = ENOSPC;
		return -1;
	}
	roster_key(group, name, r->entries[slot].key);
	r->entries[slot].proc.deadline_ms = PROC_NEVER;
	roster_write(r, slot);
	if (slot >= (int)r->head.used) {
		r->head.used = (uint32_t)slot + 1;
		roster_write_head(r);
	}
	return slot;
}

/* Gives a slot back; its counter goes on. */
void
roster_release(struct roster *r, int slot)
{
	uint32_t spawns = r->entries[slot].spawns;

	memset(&r->entries[slot], 0, sizeof(*r->entries));
	r->entries[slot].spawns = spawns;
	roster_write(r, slot);
}

/* Returns an entry. */
struct roster_entry *
roster_entry(struct roster *r, int slot)
{
	return &r->entries[slot];
}

/* Stores an entry. */
void
roster_write(struct roster *r, int slot)
{
	appbase_record_write(
	    roster_place(r, slot), &r->entries[slot], sizeof(*r->entries));
}

/* Makes an id that was never used. */
uint64_t
roster_next_id(struct roster *r, int slot)
{
	return (uint64_t)(slot + 1) << 32 | ++r->entries[slot].spawns;
}

/* Returns the slot that made an id. */
int
roster_slot_of(uint64_t id)
{
	uint64_t slot = id >> 32;

	return slot >= 1 && slot <= ROSTER_SLOTS ? (int)slot - 1 : -1;
}

/* Returns where a slot is in the table. */
static void *
roster_place(const struct roster *r, int slot)
{
	return r->memory + ROSTER_HEAD + (size_t)slot * ROSTER_ENTRY;
}

/* Makes the key; of one that is too long, the end is a hash of the whole. */
static void
roster_key(const char *group, const char *name, char key[ROSTER_KEY_MAX])
{
	uint64_t hash = 0xcbf29ce484222325;
	const char *part[] = {group, ":", name};
	const char *p;
	size_t i;

	if (snprintf(key, ROSTER_KEY_MAX, "%s:%s", group, name) <
	    ROSTER_KEY_MAX)
		return;
	for (i = 0; i < 3; i++)
		for (p = part[i]; *p != '\0'; p++)
			hash = (hash ^ (unsigned char)*p) * 0x100000001b3;
	(void)snprintf(
	    key + ROSTER_KEY_MAX - 17, 17, "%016llx", (unsigned long long)hash);
}

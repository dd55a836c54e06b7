/* SPDX-License-Identifier: BSD-2-Clause */
/* The table that outlives the engine. */
#include "supervisord/io/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <appbase/keep.h>

#define ROSTER_VERSION	2
#define ROSTER_HEAD_LEN 256 /* so long is its record, whatever is in it */
#define ROSTER_HEAD	APPBASE_RECORD_SIZE(ROSTER_HEAD_LEN)
#define ROSTER_PART_MAX 65536 /* no part of an entry is longer */
#define ROSTER_OWN	offsetof(struct roster_entry, proc)

struct roster {
	unsigned char *memory;
	struct roster_head head;
	struct roster_entry *entries; /* copies of the first head.used slots */
};

_Static_assert(sizeof(struct roster_head) <= ROSTER_HEAD_LEN &&
	ROSTER_OWN + sizeof(struct proc_record) == sizeof(struct roster_entry),
    "layout");

static int roster_read_head(const void *, size_t, struct roster_head *);
static void roster_begin(struct roster_head *);
static int roster_load(struct roster *, const void *);
static size_t roster_place(const struct roster_head *, int);
static void roster_key(const char *, const char *, char[ROSTER_KEY_MAX]);

/* Returns the size of the table. */
size_t
roster_size(void)
{
	return ROSTER_HEAD +
	    ROSTER_SLOTS * APPBASE_RECORD_SIZE(sizeof(struct roster_entry));
}

/* Reads a table. */
struct roster *
roster_new(void *memory)
{
	struct roster *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->memory = memory;
	r->entries = calloc(ROSTER_SLOTS, sizeof(*r->entries));
	if (r->entries == NULL) {
		free(r);
		return NULL;
	}
	if (roster_read_head(memory, roster_size(), &r->head) == -1 &&
	    errno == ENODATA)
		roster_begin(&r->head);
	else if (!roster_is_current(memory, roster_size())) {
		roster_free(r);
		errno = EINVAL;
		return NULL;
	}
	if (roster_load(r, memory) == -1) {
		roster_free(r);
		errno = ENOMEM;
		return NULL;
	}
	return r;
}

/* Checks a table. */
int
roster_check(const void *memory, size_t size)
{
	struct roster_head head;

	if (roster_read_head(memory, size, &head) == 0)
		return 0;
	errno = EINVAL;
	return -1;
}

/* Tells whether a table can be used as it is. */
bool
roster_is_current(const void *memory, size_t size)
{
	struct roster_head head;

	return size == roster_size() &&
	    roster_read_head(memory, size, &head) == 0 &&
	    head.slots == ROSTER_SLOTS && head.entry_len == ROSTER_OWN &&
	    head.proc_len == sizeof(struct proc_record);
}

/* Copies a table into this build's format. */
void *
roster_convert(const void *memory, size_t size)
{
	struct roster_head head;
	struct roster *r;
	void *copy;
	int slot;

	if (roster_read_head(memory, size, &head) == -1) {
		errno = EINVAL;
		return NULL;
	}
	if ((copy = calloc(1, roster_size())) == NULL)
		return NULL;
	if ((r = roster_new(copy)) == NULL)
		goto fail;
	r->head = head;
	if (roster_load(r, memory) == -1)
		goto fail;
	roster_begin(&r->head);
	roster_write_head(r);
	for (slot = 0; slot < (int)r->head.used; slot++)
		roster_write(r, slot);
	roster_free(r);
	return copy;
fail:
	roster_free(r);
	free(copy);
	errno = ENOMEM;
	return NULL;
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
	unsigned char text[ROSTER_HEAD_LEN] = {0};

	memcpy(text, &r->head, sizeof(r->head));
	appbase_record_write(r->memory, text, sizeof(text));
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
	appbase_record_write(r->memory + roster_place(&r->head, slot),
	    &r->entries[slot], sizeof(*r->entries));
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

/* Reads the head of a table of any known format.  -1 with errno ENODATA (there
 * is none) or EINVAL. */
static int
roster_read_head(const void *memory, size_t size, struct roster_head *head)
{
	unsigned char text[ROSTER_HEAD_LEN];

	if (size < ROSTER_HEAD ||
	    appbase_record_read(memory, text, sizeof(text)) == -1) {
		errno = ENODATA;
		return -1;
	}
	memcpy(head, text, sizeof(*head));
	if (head->version == ROSTER_VERSION && head->slots <= ROSTER_SLOTS &&
	    head->used <= head->slots && head->entry_len % 8 == 0 &&
	    head->entry_len > ROSTER_KEY_MAX && head->proc_len % 8 == 0 &&
	    head->entry_len <= ROSTER_PART_MAX &&
	    head->proc_len <= ROSTER_PART_MAX &&
	    roster_place(head, (int)head->slots) <= size)
		return 0;
	errno = EINVAL;
	return -1;
}

/* Notes this build's format. */
static void
roster_begin(struct roster_head *head)
{
	head->version = ROSTER_VERSION;
	head->slots = ROSTER_SLOTS;
	head->entry_len = ROSTER_OWN;
	head->proc_len = sizeof(struct proc_record);
}

static size_t
roster_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Reads the entries of a table that has r->head. */
static int
roster_load(struct roster *r, const void *memory)
{
	const struct roster_head *head = &r->head;
	size_t len = (size_t)head->entry_len + head->proc_len;
	unsigned char *text = malloc(len);
	struct roster_entry *e;
	int slot;

	if (text == NULL)
		return -1;
	for (slot = 0; slot < (int)head->used; slot++) {
		e = &r->entries[slot];
		memset(e, 0, sizeof(*e));
		if (appbase_record_read((const unsigned char *)memory +
			    roster_place(head, slot),
			text, len) == -1)
			continue;
		memcpy(e, text, roster_least(head->entry_len, ROSTER_OWN));
		memcpy(&e->proc, text + head->entry_len,
		    roster_least(head->proc_len, sizeof(e->proc)));
		e->key[ROSTER_KEY_MAX - 1] = '\0';
	}
	free(text);
	return 0;
}

/* Returns where a slot is in the table. */
static size_t
roster_place(const struct roster_head *head, int slot)
{
	return ROSTER_HEAD +
	    (size_t)slot *
	    APPBASE_RECORD_SIZE((size_t)head->entry_len + head->proc_len);
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* The chunk in flight, in memory that outlives the engine. */
#include "supervisord/io/journal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum journal_state { JOURNAL_IDLE, JOURNAL_READING, JOURNAL_HAVE };

/* The shared block. */
struct journal_block {
	_Atomic uint32_t state;
	uint32_t pad;
	uint64_t owner;
	uint64_t len;
	struct logfile_mark mark;
	unsigned char nonce[JOURNAL_NONCE];
	unsigned char data[JOURNAL_CHUNK];
};

struct journal {
	struct journal_block *block;
	uint64_t random;
};

static void journal_fill_nonce(struct journal *);
static size_t journal_nonce_len(uint64_t);

/* Returns the size of the block. */
size_t
journal_size(void)
{
	return sizeof(struct journal_block);
}

/* Makes a handle for a block. */
struct journal *
journal_new(void *memory)
{
	struct journal *j;

	if ((j = calloc(1, sizeof(*j))) != NULL) {
		j->block = memory;
		arc4random_buf(&j->random, sizeof(j->random));
	}
	return j;
}

/* Notes that a read is about to be done. */
unsigned char *
journal_begin(struct journal *j, uint64_t owner, size_t len)
{
	struct journal_block *b = j->block;

	b->owner = owner;
	b->len = len;
	b->mark.offset = LOGFILE_MARK_UNKNOWN;
	journal_fill_nonce(j);
	memcpy(b->data, b->nonce, journal_nonce_len(len));
	atomic_store_explicit(&b->state, JOURNAL_READING, memory_order_seq_cst);
	return b->data;
}

/* Notes what the read brought. */
void
journal_have(struct journal *j, size_t len)
{
	j->block->len = len;
	atomic_store_explicit(&j->block->state,
	    len > 0 ? JOURNAL_HAVE : JOURNAL_IDLE, memory_order_seq_cst);
}

/* Returns the chunk's nonce. */
const unsigned char *
journal_nonce(const struct journal *j)
{
	return j->block->nonce;
}

/* Returns the place of the log's position. */
struct logfile_mark *
journal_mark(struct journal *j)
{
	return &j->block->mark;
}

/* Notes that nothing is in flight. */
void
journal_end(struct journal *j)
{
	atomic_store_explicit(
	    &j->block->state, JOURNAL_IDLE, memory_order_seq_cst);
}

/* Finds what a former engine had in flight. */
bool
journal_recover(const struct journal *j, uint64_t *owner,
    const unsigned char **data, size_t *len, struct logfile_mark *mark)
{
	const struct journal_block *b = j->block;

	switch (atomic_load_explicit(&b->state, memory_order_seq_cst)) {
	case JOURNAL_READING:
		if (b->len > sizeof(b->data) ||
		    memcmp(b->data, b->nonce, journal_nonce_len(b->len)) == 0)
			return false; /* not read */
		break;
	case JOURNAL_HAVE:
		if (b->len > sizeof(b->data))
			return false;
		break;
	default:
		return false;
	}
	*owner = b->owner;
	*data = b->data;
	*len = (size_t)b->len;
	*mark = b->mark;
	return true;
}

/* The part of the nonce that a read of that length replaces for sure. */
static size_t
journal_nonce_len(uint64_t len)
{
	return len < JOURNAL_NONCE ? (size_t)len : JOURNAL_NONCE;
}

/* Makes a nonce no program will write by chance (splitmix64). */
static void
journal_fill_nonce(struct journal *j)
{
	uint64_t word;
	size_t i;

	for (i = 0; i < JOURNAL_NONCE; i += sizeof(word)) {
		j->random += 0x9e3779b97f4a7c15;
		word = j->random;
		word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
		word = (word ^ word >> 27) * 0x94d049bb133111eb;
		word ^= word >> 31;
		memcpy(j->block->nonce + i, &word, sizeof(word));
	}
}

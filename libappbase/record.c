/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records in shared memory that survive the death of their writer at any
 * instruction: see appbase/keep.h.
 *
 * A record is two copies of {sequence number, checksum, data}.  A write goes to
 * the copy that is not the current one: its number is set to 0 (not written),
 * then data and checksum are stored, then the new number, which makes it the
 * current one.  The current copy is the whole one with the higher number; the
 * checksum covers number, length and data, so a copy is not believed on account
 * of its number alone.
 *
 * One process writes a record; a process that reads while another writes may be
 * told ENODATA, never a mixture.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "appbase/keep.h"

/* Where a copy's parts are. */
enum { AT_NUMBER = 0, AT_CHECKSUM = 8, AT_DATA = 16 };

_Static_assert(APPBASE_RECORD_SIZE(1) == 2 * (AT_DATA + 8), "layout");

static uint64_t record_number(const unsigned char *, size_t);
static uint64_t record_checksum(uint64_t, const void *, size_t);
static uint64_t load(const unsigned char *);
static void store(unsigned char *, uint64_t);

/* Write a record. */
void
appbase_record_write(void *record, const void *data, size_t len)
{
	unsigned char *copy = record;
	unsigned char *other = copy + APPBASE_RECORD_SIZE(len) / 2;
	uint64_t number = record_number(copy, len);
	uint64_t other_number = record_number(other, len);

	if (number > other_number) {
		copy = other;
		other_number = number;
	}
	number = other_number + 1;
	store(copy + AT_NUMBER, 0);
	if (len > 0)
		memcpy(copy + AT_DATA, data, len);
	store(copy + AT_CHECKSUM, record_checksum(number, data, len));
	store(copy + AT_NUMBER, number);
}

/* Read a record: 0, or -1 with errno ENODATA. */
int
appbase_record_read(const void *record, void *data, size_t len)
{
	const unsigned char *copy = record;
	const unsigned char *other = copy + APPBASE_RECORD_SIZE(len) / 2;
	uint64_t number = record_number(copy, len);
	uint64_t other_number = record_number(other, len);

	if (other_number > number) {
		copy = other;
		number = other_number;
	}
	if (number == 0) {
		errno = ENODATA;
		return -1;
	}
	if (len > 0)
		memcpy(data, copy + AT_DATA, len);
	/* Somebody may have been writing meanwhile. */
	if (record_checksum(number, data, len) != load(copy + AT_CHECKSUM)) {
		errno = ENODATA;
		return -1;
	}
	return 0;
}

/* Return the number of a copy, 0 if it is not whole. */
static uint64_t
record_number(const unsigned char *copy, size_t len)
{
	uint64_t number = load(copy + AT_NUMBER);

	if (number == 0 ||
	    record_checksum(number, copy + AT_DATA, len) !=
		load(copy + AT_CHECKSUM))
		return 0;
	return number;
}

/* Compute FNV-1a (64 bits) over number, length and data. */
static uint64_t
record_checksum(uint64_t number, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t head[2] = {number, len}, sum = 0xcbf29ce484222325u;
	size_t i;

	for (i = 0; i < sizeof(head); i++)
		sum = (sum ^ ((unsigned char *)head)[i]) * 0x100000001b3u;
	for (i = 0; i < len; i++)
		sum = (sum ^ p[i]) * 0x100000001b3u;
	return sum;
}

/* Load an integer, before what follows in the program. */
static uint64_t
load(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	atomic_thread_fence(memory_order_acquire);
	return value;
}

/* Store an integer, after what precedes it and before what follows. */
static void
store(unsigned char *at, uint64_t value)
{
	atomic_thread_fence(memory_order_seq_cst);
	memcpy(at, &value, sizeof(value));
	atomic_thread_fence(memory_order_seq_cst);
}

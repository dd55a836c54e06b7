/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many connections there may be, for how long, and what they may hold; and
 * who has to go when there is no room.  Pure: the caller owns the entries,
 * tells what happens to them, and closes those that are named to it.
 *
 * The model.  A connection is a stranger (ROLE_NONE) until it has made a
 * request that was let in; then it has that request's role.  Each role has room
 * of its own, so that strangers can crowd out nobody but strangers.  It is in a
 * phase:
 *
 *   FRESH ---- whole request ----> BUSY --- answered ---> IDLE
 *                                   ^                      | first byte
 *                                   +---- whole request -- READING
 *
 * All but BUSY have a time limit, which bytes that trickle in do not prolong.
 * Among those of a role the one that has been longest in its phase goes first,
 * never one that is BUSY.  What a connection holds is what it has sent of a
 * request and what it has not taken of an answer.  The sum of all is limited,
 * but for the one that holds most: a single answer may be of any length.
 */
#ifndef SUPERVISORD_CONTROL_CONNLIMIT_H
#define SUPERVISORD_CONTROL_CONNLIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "supervisord/config/role.h"

enum connlimit_phase {
	CONNLIMIT_FRESH,
	CONNLIMIT_IDLE,
	CONNLIMIT_READING,
	CONNLIMIT_BUSY,
};

struct connlimit_entry {
	TAILQ_ENTRY(connlimit_entry) entry;
	enum role role;
	enum connlimit_phase phase;
	int64_t since_ms; /* in this phase */
	int64_t moved_ms; /* when some of an answer was taken last */
	size_t in;	  /* bytes of a request */
	size_t out;	  /* bytes of an answer */
};
TAILQ_HEAD(connlimit_list, connlimit_entry);

struct connlimit_settings {
	unsigned connections[ROLE_COUNT];
	int64_t first_ms;   /* until the first whole request */
	int64_t request_ms; /* from the first byte of another to its last */
	int64_t idle_ms;    /* between requests */
	int64_t stall_ms;   /* without taking anything of a long answer */
	size_t stall_bytes; /* what is long */
	size_t request_bytes;
	size_t held_bytes; /* of all but one */
};
/* Fills in what suits a process that may have so many descriptors. */
void connlimit_defaults(struct connlimit_settings *, size_t descriptors);

struct connlimit {
	struct connlimit_settings settings;
	struct connlimit_list lists[ROLE_COUNT]; /* oldest phase first */
	unsigned counts[ROLE_COUNT];
	size_t held;
	uint64_t evicted; /* how many had to go */
};
void connlimit_init(struct connlimit *, const struct connlimit_settings *);

/* A stranger has come; somebody has gone. */
void connlimit_add(struct connlimit *, struct connlimit_entry *, int64_t now);
void connlimit_remove(struct connlimit *, struct connlimit_entry *);
/* Bytes have come; what waits to be taken is now so much. */
void connlimit_received(
    struct connlimit *, struct connlimit_entry *, size_t, int64_t now);
void connlimit_sending(
    struct connlimit *, struct connlimit_entry *, size_t, int64_t now);
/* A whole request was let in.  False if its role has no room: everybody else is
 * busy. */
bool connlimit_begin(
    struct connlimit *, struct connlimit_entry *, enum role, int64_t now);
/* It is answered; so many bytes of the next one are there.  A stranger, whose
 * request was refused, is one as before. */
void connlimit_end(
    struct connlimit *, struct connlimit_entry *, size_t in, int64_t now);

/* Who has to go to keep the limits; of those who are too many never `spare`,
 * nor one that is busy.  NULL: nobody. */
struct connlimit_entry *connlimit_excess(
    struct connlimit *, const struct connlimit_entry *spare);
/* Somebody whose time is over; NULL: nobody. */
struct connlimit_entry *connlimit_overdue(struct connlimit *, int64_t now);

#endif

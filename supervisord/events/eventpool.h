/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool of event listeners: its buffer, its serials, and which listener has
 * which event (P-089 to P-108).
 *
 * An event is buffered, and sent to the first member that is running and READY;
 * that one is BUSY until it has answered.  An event that was refused, or whose
 * listener died, goes back to the head of the buffer of its pool.
 *
 * The pool does no I/O: it calls struct eventpool_ops.  What must outlive the
 * engine it hands out as records, at the moments at which they change.  Members
 * go by their number, in the order in which they are asked.
 */
#ifndef SUPERVISORD_EVENTS_EVENTPOOL_H
#define SUPERVISORD_EVENTS_EVENTPOOL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/events/bus.h"
#include "supervisord/events/protocol.h"

#define EVENTPOOL_SERIAL_MAX  INT64_MAX /* 0 follows (P-108) */
#define EVENTPOOL_PAYLOAD_MAX 2048	/* of a record */

struct eventpool;

/* An event as it is kept over the engine's death; no pointers. */
struct eventpool_event {
	int64_t serial, poolserial;
	int32_t type;
	uint32_t len; /* of the payload; > EVENTPOOL_PAYLOAD_MAX: not kept */
	char payload[EVENTPOOL_PAYLOAD_MAX];
};

/* A member likewise. */
struct eventpool_member {
	struct protocol protocol;
	uint8_t busy; /* event is what it was given */
	uint8_t sent; /* ... and all of it went into its stdin */
	uint8_t pad[6];
	struct eventpool_event event;
};

/* All are required; `arg` of the settings comes first. */
struct eventpool_ops {
	/* Is the member RUNNING (P-094)? */
	bool (*running)(void *arg, size_t member);
	/* Bytes for its stdin.  1 if all were written, 0 if some wait, -1 with
	 * errno: nothing was taken. */
	int (*send)(void *arg, size_t member, const void *, size_t);
	/* eventpool_record() has changed; said before what follows from it. */
	void (*changed)(void *arg, size_t member);
	/* A serial was given, or the buffer has changed. */
	void (*buffered)(void *arg);
	void (*log)(void *arg, int level, const char *fmt, va_list)
	    __attribute__((__format__(__printf__, 3, 0)));
};

struct eventpool_settings { /* strings are borrowed for the pool's life */
	const char *name;
	const char *server; /* supervisord's identifier */
	size_t buffer_size;
	const char *const *members; /* their names; copied */
	size_t nmembers;
	int64_t *serial; /* the next one of all pools (P-108) */
	const struct eventpool_ops *ops;
	void *arg;
};

/* NULL with errno ENOMEM.  _free accepts NULL. */
struct eventpool *eventpool_new(const struct eventpool_settings *);
void eventpool_free(struct eventpool *);

/* Takes an event that the pool subscribes to; copied. */
void eventpool_accept(struct eventpool *, const struct event *);
/* Sends what can be sent: a member may have become RUNNING. */
void eventpool_dispatch(struct eventpool *);
/* What waited for a member's stdin is all in it. */
void eventpool_taken(struct eventpool *, size_t member);
/* A member wrote to its stdout. */
void eventpool_output(
    struct eventpool *, size_t member, const void *, size_t len);
/* A member's program was started: it is ACKNOWLEDGED (P-089). */
void eventpool_started(struct eventpool *, size_t member);
/* It is gone: what it was busy with goes back (P-101). */
void eventpool_gone(struct eventpool *, size_t member);

enum protocol_state eventpool_state(const struct eventpool *, size_t member);
size_t eventpool_buffered(const struct eventpool *);
/* How many were discarded because the buffer was full, by this engine. */
uint64_t eventpool_dropped(const struct eventpool *);

/* Keeping.  _buffer_serial is the poolserial of event number i of the buffer,
 * oldest first, or -1 if there is none; _buffer_event is all of it, and false
 * if there is none. */
int64_t eventpool_next_serial(const struct eventpool *);
void eventpool_record(
    const struct eventpool *, size_t member, struct eventpool_member *);
int64_t eventpool_buffer_serial(const struct eventpool *, size_t i);
bool eventpool_buffer_event(
    const struct eventpool *, size_t i, struct eventpool_event *);

/* Taking up, before anything else is done with the pool: the next poolserial,
 * then members, then buffered events in their order; one that a member is busy
 * with is not buffered twice. */
void eventpool_restore(struct eventpool *, int64_t next_serial);
/* False if it is not known whether the member got the whole event: then it is
 * UNKNOWN, the event is back in the buffer, and the caller is to end it. */
bool eventpool_restore_member(
    struct eventpool *, size_t member, const struct eventpool_member *);
void eventpool_restore_event(
    struct eventpool *, const struct eventpool_event *);

#endif

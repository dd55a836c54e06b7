/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events inside the engine: who is interested subscribes to a set of types and
 * is called, in order of subscription, when one is published (P-113 ... P-132).
 *
 * The payload is made once, when the event happens, and is what listeners get.
 */
#ifndef SUPERVISORD_EVENTS_BUS_H
#define SUPERVISORD_EVENTS_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "common/eventtype.h"
#include "supervisord/model/process.h"

struct event {
	enum event_type type; /* a leaf of the tree */
	const char *payload;  /* borrowed for the call; may hold any byte */
	size_t len;
	int64_t *serial; /* -1 until the first pool has accepted it (P-108) */
};

struct bus;
struct bus_subscription;
typedef void bus_callback(const struct event *, void *arg);

/* NULL with errno ENOMEM; _free accepts NULL. */
struct bus *bus_new(void);
void bus_free(struct bus *);

/* mask: event_type_mask() of the types wanted.  A callback may subscribe and
 * unsubscribe, itself too; a new one does not get the event being published. */
struct bus_subscription *bus_subscribe(
    struct bus *, uint64_t mask, bus_callback *, void *arg);
void bus_unsubscribe(struct bus *, struct bus_subscription *);

void bus_publish(
    struct bus *, enum event_type, const void *payload, size_t len);
/* Would anybody get it?  If not, its payload need not be made. */
bool bus_wants(const struct bus *, enum event_type);

/* The events of the supervisor itself, with their payloads. */
void bus_publish_change(struct bus *, const struct process *,
    const struct proc_change *); /* P-114 ... P-123 */
void bus_publish_group(
    struct bus *, enum event_type, const char *group);		    /* P-130 */
void bus_publish_tick(struct bus *, enum event_type, int64_t when); /* P-129 */
void bus_publish_remote(
    struct bus *, const char *type, const void *data, size_t len); /* P-127 */

void bus_publish_engine(struct bus *, uint64_t engines); /* B-501 */

/* PROCESS_LOG_STDOUT, _STDERR (P-124), PROCESS_COMMUNICATION_STDOUT, _STDERR
 * (P-125): what a process has written. */
void bus_publish_output(struct bus *, enum event_type, const struct process *,
    const void *data, size_t len);

#endif

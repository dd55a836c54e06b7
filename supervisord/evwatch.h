/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listeners that do not go on: one that is UNKNOWN (P-092), or BUSY with one
 * event, for `listener_timeout` seconds is restarted.
 */
#ifndef SUPERVISORD_EVWATCH_H
#define SUPERVISORD_EVWATCH_H

#include <stddef.h>
#include <stdint.h>

#include "supervisord/events/protocol.h"

struct evwatch;
struct group;
struct loop;

/* Watches the members of a group (borrowed).  NULL with errno ENOMEM; _free
 * accepts NULL, _note does nothing with it. */
struct evwatch *evwatch_new(
    struct loop *, const struct group *, int64_t timeout_seconds);
void evwatch_free(struct evwatch *);
/* A member's state, whenever it may have changed. */
void evwatch_note(struct evwatch *, size_t member, enum protocol_state);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stream of server-sent events that keeps the page up to date:
 *
 *   hello    who we are, at first: identifier, versions, pid, time of day
 *   all      every process; at first, and when groups come or go
 *   rows     the processes that have changed
 *   figures  processor time and memory of those where they have changed
 *   server   the supervisor's state, when it has changed
 *   done     something a user had done is over: id, ok, text
 *
 * A client that does not take what it is sent gets nothing more until it has,
 * and then the newest state; one that takes nothing for long is dropped.
 */
#ifndef SUPERVISORD_WEB_LIVE_H
#define SUPERVISORD_WEB_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/control/host.h"

struct httpd_request;
struct live;

#define LIVE_CLIENTS_MAX 64

/* host is borrowed.  NULL when out of memory.  _free accepts NULL; the
 * connections must be closed before. */
struct live *live_new(const struct control_host *host);
void live_free(struct live *);

/* Begins a stream; 503 if there are LIVE_CLIENTS_MAX already. */
void live_stream(struct live *, struct httpd_request *);
/* Tells everyone that something is over. */
void live_done(struct live *, uint64_t id, bool ok, const char *words);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a worker that ended is started again.  Pure.
 *
 * The delay starts at the configured one.  A worker that lived shorter than
 * min_uptime doubles it, up to max_delay; one that lived longer sets it back. A
 * configured delay of 0 starts the doubling at RESPAWN_FLOOR_MS, after one
 * respawn at once.  Signals do not shorten a delay: it is a deadline on the
 * monotonic clock.
 */
#ifndef LIBAPPBASE_RESPAWN_H
#define LIBAPPBASE_RESPAWN_H

#include <stdint.h>

#define RESPAWN_FLOOR_MS 100
#define RESPAWN_GIVE_UP	 (-1)

struct respawn {
	int64_t delay_ms; /* configured first delay */
	int64_t max_delay_ms;
	int64_t min_uptime_ms; /* 0 = every worker lived long enough */
	unsigned max_failures; /* 0 = never give up */
	/* state */
	unsigned failures; /* short-lived workers in a row */
};

/* A worker that lived uptime_ms has ended: the delay, or RESPAWN_GIVE_UP. */
int64_t respawn_next(struct respawn *, int64_t uptime_ms);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hot reload as a state machine (R-13 .. R-23).  Pure: it does no I/O and knows
 * no process; it takes events and the time, and calls a small set of
 * operations.
 *
 *   IDLE      nothing is going on; a request starts a reload
 *   CHECKING  the new image runs with --check-config (only with pre-flight)
 *   STARTING  the candidate initialises; the old worker serves, untouched
 *   DRAINING  committed: the candidate is the worker, the old one was asked to
 *             end; no failure brings the old one back, none stops the new one
 *   FINISHING the old worker is gone; the supervisor replaces itself as soon as
 *             its messages are out
 *   ABORTING  the candidate was not ready in time and is being ended
 *   STOPPED   the daemon is stopping; nothing starts any more
 *
 *   IDLE --request--> [CHECKING --passed-->] STARTING --ready--> DRAINING
 *     ^                    |failed, timeout   |died      |timeout    |old gone
 *     |<-------------------+------------------+<-ABORTING<+          |
 *     |<-- finished (or exec self) -- FINISHING <--------------------+
 *
 * A request while one is under way is remembered, one deep, and run afterwards.
 * A stop request wins in every state.  The time-out runs from the request to
 * the commit and is disarmed there, so that a long drain never breaks a reload.
 */
#ifndef LIBAPPBASE_RELOAD_H
#define LIBAPPBASE_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

enum reload_state {
	RELOAD_IDLE,
	RELOAD_CHECKING,
	RELOAD_STARTING,
	RELOAD_DRAINING,
	RELOAD_FINISHING,
	RELOAD_ABORTING,
	RELOAD_STOPPED,
	RELOAD_NSTATES,
};

enum reload_event {
	RELOAD_REQUEST, /* the operator, a second start, the worker */
	RELOAD_CHECK_PASSED,
	RELOAD_CHECK_FAILED, /* reason: why */
	RELOAD_READY,	     /* the candidate can take over */
	RELOAD_DIED,	     /* the candidate ended; reason: how */
	RELOAD_OLD_GONE,     /* the old worker has ended */
	RELOAD_FINISHED,     /* nothing replaced us: the old code goes on */
	RELOAD_TIMEOUT,	     /* the deadline has passed */
	RELOAD_STOP,	     /* the daemon is to stop */
	RELOAD_NEVENTS,
};

struct reload;

struct reload_ops {
	/* Starts the pre-flight check; 0, or -1 with a reason in *why. */
	int (*check)(void *arg, const char **why);
	/* Starts the candidate; likewise. */
	int (*launch)(void *arg, const char **why);
	/* Ends the check or the candidate, bounded; it will be reported DIED.
	 */
	void (*terminate)(void *arg);
	/* The candidate becomes the worker; asks the old one to end.  True if
	 * there is an old one to wait for. */
	bool (*commit)(void *arg);
	/* The old worker is gone: let the new one serve; replace ourselves, or
	 * feed FINISHED, later. */
	void (*finish)(void *arg);
	/* A reload failed (reason) or was committed (reason NULL). */
	void (*report)(void *arg, const char *reason, int64_t took_ms);
	/* A request was remembered. */
	void (*remembered)(void *arg);
};

struct reload {
	const struct reload_ops *ops;
	void *arg;
	int64_t timeout_ms; /* request to ready; < 0 = none */
	bool preflight;
	/* state */
	enum reload_state state;
	bool pending; /* one more reload was asked for */
	int64_t began_ms;
	int64_t deadline_ms; /* CLOCK_NEVER when disarmed */
};

void reload_init(struct reload *, const struct reload_ops *, void *arg,
    int64_t timeout_ms, bool preflight);
/* Feeds an event; `reason` is borrowed text for CHECK_FAILED and DIED. */
void reload_event(
    struct reload *, enum reload_event, int64_t now_ms, const char *reason);
const char *reload_state_name(enum reload_state);

#endif

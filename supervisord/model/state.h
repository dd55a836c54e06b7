/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states a process can be in, and the supervisor's own: codes, names and
 * the sets that requests are judged by.  No name may ever be added here:
 * clients index dictionaries with them.  Pure.
 */
#ifndef SUPERVISORD_MODEL_STATE_H
#define SUPERVISORD_MODEL_STATE_H

#include <stdbool.h>

/* Dense, to index tables; state_code() gives the number of the protocol. */
enum proc_state {
	PROC_STOPPED,
	PROC_STARTING,
	PROC_RUNNING,
	PROC_BACKOFF,
	PROC_STOPPING,
	PROC_EXITED,
	PROC_FATAL,
	PROC_UNKNOWN,
	PROC_NSTATES
};

/* The supervisor's states (P-005); the values are those of the protocol. */
enum supervisor_state {
	SUPERVISOR_SHUTDOWN = -1,
	SUPERVISOR_RESTARTING = 0,
	SUPERVISOR_RUNNING = 1,
	SUPERVISOR_FATAL = 2,
};

/* The code of P-001 (STOPPED 0 ... UNKNOWN 1000). */
int state_code(enum proc_state);
/* The name of P-001; never NULL. */
const char *state_name(enum proc_state);
/* The state of that name, in any case; PROC_NSTATES if there is none. */
enum proc_state state_find(const char *name);
/* STOPPED, EXITED, FATAL, UNKNOWN (P-002). */
bool state_is_stopped(enum proc_state);
/* RUNNING, BACKOFF, STARTING: "already started", can be stopped (P-003). */
bool state_is_running(enum proc_state);
/* RUNNING, STARTING, STOPPING: there is a process to signal (P-004). */
bool state_is_signallable(enum proc_state);
/* RUNNING, RESTARTING, SHUTDOWN, FATAL; never NULL. */
const char *supervisor_state_name(enum supervisor_state);

#endif

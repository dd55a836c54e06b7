/* SPDX-License-Identifier: BSD-2-Clause */
/* The states of processes and of the supervisor: one table, three sets. */
#include "supervisord/model/state.h"

#include <stddef.h>
#include <strings.h>

enum {
	SET_STOPPED = 1 << 0,
	SET_RUNNING = 1 << 1,
	SET_SIGNALLABLE = 1 << 2,
};

static const struct state_info {
	const char *name;
	int code;
	unsigned sets;
} state_table[] = {
    [PROC_STOPPED] = {"STOPPED", 0, SET_STOPPED},
    [PROC_STARTING] = {"STARTING", 10, SET_RUNNING | SET_SIGNALLABLE},
    [PROC_RUNNING] = {"RUNNING", 20, SET_RUNNING | SET_SIGNALLABLE},
    [PROC_BACKOFF] = {"BACKOFF", 30, SET_RUNNING},
    [PROC_STOPPING] = {"STOPPING", 40, SET_SIGNALLABLE},
    [PROC_EXITED] = {"EXITED", 100, SET_STOPPED},
    [PROC_FATAL] = {"FATAL", 200, SET_STOPPED},
    [PROC_UNKNOWN] = {"UNKNOWN", 1000, SET_STOPPED},
};
_Static_assert(sizeof(state_table) / sizeof(state_table[0]) == PROC_NSTATES,
    "one row a state");

/* Returns the state's code in the protocol. */
int
state_code(enum proc_state s)
{
	return state_table[s].code;
}

/* Returns the state's name. */
const char *
state_name(enum proc_state s)
{
	return state_table[s].name;
}

/* Finds a state by name. */
enum proc_state
state_find(const char *name)
{
	int s;

	for (s = 0; s < PROC_NSTATES; s++)
		if (strcasecmp(state_table[s].name, name) == 0)
			break;
	return (enum proc_state)s;
}

/* Tells whether the state counts as stopped. */
bool
state_is_stopped(enum proc_state s)
{
	return state_table[s].sets & SET_STOPPED;
}

/* Tells whether the state counts as started. */
bool
state_is_running(enum proc_state s)
{
	return state_table[s].sets & SET_RUNNING;
}

/* Tells whether there is a process to send a signal to. */
bool
state_is_signallable(enum proc_state s)
{
	return state_table[s].sets & SET_SIGNALLABLE;
}

/* Returns the name of a state of the supervisor. */
const char *
supervisor_state_name(enum supervisor_state s)
{
	switch (s) {
	case SUPERVISOR_SHUTDOWN:
		return "SHUTDOWN";
	case SUPERVISOR_RESTARTING:
		return "RESTARTING";
	case SUPERVISOR_RUNNING:
		return "RUNNING";
	case SUPERVISOR_FATAL:
		return "FATAL";
	}
	return "FATAL";
}

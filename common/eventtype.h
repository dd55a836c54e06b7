/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of event types (P-113 to P-130).  A subscription to a type is one
 * to all below it; only leaves are ever sent.
 */
#ifndef COMMON_EVENTTYPE_H
#define COMMON_EVENTTYPE_H

#include <stdbool.h>
#include <stdint.h>

enum event_type {
	EVENT_ANY,
	EVENT_PROCESS_STATE,
	EVENT_PROCESS_STATE_STARTING,
	EVENT_PROCESS_STATE_RUNNING,
	EVENT_PROCESS_STATE_BACKOFF,
	EVENT_PROCESS_STATE_STOPPING,
	EVENT_PROCESS_STATE_EXITED,
	EVENT_PROCESS_STATE_STOPPED,
	EVENT_PROCESS_STATE_FATAL,
	EVENT_PROCESS_STATE_UNKNOWN,
	EVENT_PROCESS_LOG,
	EVENT_PROCESS_LOG_STDOUT,
	EVENT_PROCESS_LOG_STDERR,
	EVENT_PROCESS_COMMUNICATION,
	EVENT_PROCESS_COMMUNICATION_STDOUT,
	EVENT_PROCESS_COMMUNICATION_STDERR,
	EVENT_REMOTE_COMMUNICATION,
	EVENT_SUPERVISOR_STATE_CHANGE,
	EVENT_SUPERVISOR_STATE_CHANGE_RUNNING,
	EVENT_SUPERVISOR_STATE_CHANGE_STOPPING,
	EVENT_TICK,
	EVENT_TICK_5,
	EVENT_TICK_60,
	EVENT_TICK_3600,
	EVENT_PROCESS_GROUP,
	EVENT_PROCESS_GROUP_ADDED,
	EVENT_PROCESS_GROUP_REMOVED,
	EVENT_SUPERVISOR_ENGINE_RESTARTED, /* Supervisor has no such (B-501) */
	EVENT_APPBASE,			   /* nor these */
	EVENT_ROLLING_STARTED,
	EVENT_ROLLING_STEP,
	EVENT_ROLLING_DONE,
	EVENT_ROLLING_FAILED,
	EVENT_NTYPES
};

/* The type's name, "PROCESS_STATE_RUNNING"; EVENT_ANY is "EVENT". */
const char *event_type_name(enum event_type);
/* The type of that name in any case, or -1. */
int event_type_find(const char *name);
/* Its parent; EVENT_ANY is its own. */
enum event_type event_type_parent(enum event_type);
/* 1 << type for the type and every type below it. */
uint64_t event_type_mask(enum event_type);

#endif

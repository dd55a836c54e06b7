/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of event types, as a table.
 */
#include "common/eventtype.h"

#include <string.h>

struct event_type_row {
	const char *name;
	enum event_type parent;
};

#define ROW(type, parent) [EVENT_##type] = {#type, EVENT_##parent}
static const struct event_type_row event_types[] = {
    [EVENT_ANY] = {"EVENT", EVENT_ANY},
    ROW(PROCESS_STATE, ANY),
    ROW(PROCESS_STATE_STARTING, PROCESS_STATE),
    ROW(PROCESS_STATE_RUNNING, PROCESS_STATE),
    ROW(PROCESS_STATE_BACKOFF, PROCESS_STATE),
    ROW(PROCESS_STATE_STOPPING, PROCESS_STATE),
    ROW(PROCESS_STATE_EXITED, PROCESS_STATE),
    ROW(PROCESS_STATE_STOPPED, PROCESS_STATE),
    ROW(PROCESS_STATE_FATAL, PROCESS_STATE),
    ROW(PROCESS_STATE_UNKNOWN, PROCESS_STATE),
    ROW(PROCESS_LOG, ANY),
    ROW(PROCESS_LOG_STDOUT, PROCESS_LOG),
    ROW(PROCESS_LOG_STDERR, PROCESS_LOG),
    ROW(PROCESS_COMMUNICATION, ANY),
    ROW(PROCESS_COMMUNICATION_STDOUT, PROCESS_COMMUNICATION),
    ROW(PROCESS_COMMUNICATION_STDERR, PROCESS_COMMUNICATION),
    ROW(REMOTE_COMMUNICATION, ANY),
    ROW(SUPERVISOR_STATE_CHANGE, ANY),
    ROW(SUPERVISOR_STATE_CHANGE_RUNNING, SUPERVISOR_STATE_CHANGE),
    ROW(SUPERVISOR_STATE_CHANGE_STOPPING, SUPERVISOR_STATE_CHANGE),
    ROW(TICK, ANY),
    ROW(TICK_5, TICK),
    ROW(TICK_60, TICK),
    ROW(TICK_3600, TICK),
    ROW(PROCESS_GROUP, ANY),
    ROW(PROCESS_GROUP_ADDED, PROCESS_GROUP),
    ROW(PROCESS_GROUP_REMOVED, PROCESS_GROUP),
    ROW(SUPERVISOR_ENGINE_RESTARTED, ANY),
    ROW(APPBASE, ANY),
    ROW(ROLLING_STARTED, APPBASE),
    ROW(ROLLING_STEP, APPBASE),
    ROW(ROLLING_DONE, APPBASE),
    ROW(ROLLING_FAILED, APPBASE),
};

_Static_assert(sizeof(event_types) / sizeof(event_types[0]) == EVENT_NTYPES,
    "a row for every type");
_Static_assert(EVENT_NTYPES <= 64, "types fit a mask");

/* Names a type. */
const char *
event_type_name(enum event_type type)
{
	return event_types[type].name;
}

/* Finds a type. */
int
event_type_find(const char *name)
{
	int i;

	for (i = 0; i < EVENT_NTYPES; i++)
		if (strcasecmp(event_types[i].name, name) == 0)
			return i;
	return -1;
}

/* Tells a type's parent. */
enum event_type
event_type_parent(enum event_type type)
{
	return event_types[type].parent;
}

/* Tells whether a type is another or below it. */
static bool
event_type_is(enum event_type type, enum event_type above)
{
	while (type != above && type != EVENT_ANY)
		type = event_types[type].parent;
	return type == above;
}

/* Collects a type and all below it. */
uint64_t
event_type_mask(enum event_type type)
{
	uint64_t mask = 0;
	int i;

	for (i = 0; i < EVENT_NTYPES; i++)
		if (event_type_is((enum event_type)i, type))
			mask |= UINT64_C(1) << i;
	return mask;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The active groups in their order, the supervisor's own state, and the
 * shutdown, which stops group after group in reverse (C-252).  Pure.
 */
#ifndef SUPERVISORD_MODEL_REGISTRY_H
#define SUPERVISORD_MODEL_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>

#include "supervisord/model/group.h"

TAILQ_HEAD(group_list, group);
struct registry;

/* Told when the supervisor begins to stop (SUPERVISOR_STATE_CHANGE_STOPPING),
 * and "waiting for a, b to die" lines.  All may be NULL. */
struct registry_ops {
	void (*stopping)(void *arg);
	void (*log)(void *arg, int level, const char *fmt, va_list)
	    __attribute__((__format__(__printf__, 3, 0)));
};

/* ops is borrowed.  NULL with errno ENOMEM.  _free frees all groups. */
struct registry *registry_new(const struct registry_ops *, void *arg);
void registry_free(struct registry *);

/* For TAILQ_FOREACH(g, registry_groups(r), entry): in (priority) order, among
 * equals the order of addition (P-075, P-077). */
struct group_list *registry_groups(struct registry *);
/* Takes the group.  -1 with errno EEXIST if there is one of that name. */
int registry_add(struct registry *, struct group *);
/* Takes it out of the list and gives it to the caller. */
void registry_remove(struct registry *, struct group *);
struct group *registry_find(struct registry *, const char *name);

/*
 * Looks a name up: "proc" (= "proc:proc"), "group:proc", "group:*" or
 * "group:".  True if there is such a group and, unless the whole group is
 * meant, such a process; *proc is NULL for a whole group.
 */
bool registry_lookup(struct registry *, const char *namespec,
    struct group **group, struct process **proc);

/*
 * A new vector of all processes: groups in order, inside a group by process
 * priority (P-078).  The caller frees it; NULL if there are none (*n = 0) or
 * with errno ENOMEM.
 */
struct process **registry_by_priority(struct registry *, size_t *n);

enum supervisor_state registry_state(const struct registry *);
/* SHUTDOWN or RESTARTING.  SHUTDOWN overrides RESTARTING and not the other way
 * (C-247, C-248): false if refused. */
bool registry_request(struct registry *, enum supervisor_state);
/*
 * A step of the shutdown; call it whenever a process has changed and when
 * registry_wakeup_ms() is due.  True when every group is stopped.
 */
bool registry_shutdown_step(struct registry *, int64_t now_ms);
/* "waiting for a, b to die", every few seconds, where something else stops
 * them. */
void registry_shutdown_report(struct registry *, int64_t now_ms);
/* When to call it again at the latest (the progress line, C-253). */
int64_t registry_wakeup_ms(const struct registry *);

#endif

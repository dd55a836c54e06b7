/* SPDX-License-Identifier: BSD-2-Clause */
/* A group: a name, a priority, and processes in configuration order. */
#ifndef SUPERVISORD_MODEL_GROUP_H
#define SUPERVISORD_MODEL_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>

#include "supervisord/model/process.h"

enum group_kind { /* P-073 */
	GROUP_PROGRAM,
	GROUP_HETEROGENEOUS,
	GROUP_LISTENER,
	GROUP_FASTCGI,
};

struct group {
	TAILQ_ENTRY(group) entry;
	char *name;
	int priority;
	enum group_kind kind;
	struct process **procs; /* owned, in boot order (P-075) */
	size_t nprocs;
	void *data; /* the engine's: the configuration it came from */
};

/* A group without processes; the name is copied.  NULL with errno ENOMEM.
 * group_free() frees its processes too and accepts NULL. */
struct group *group_new(const char *name, int priority, enum group_kind);
void group_free(struct group *);
/* Appends a process, which it takes.  0, or -1 with errno ENOMEM. */
int group_add(struct group *, struct process *);
struct process *group_find(const struct group *, const char *name);
/* All members in the stopped set (P-083). */
bool group_is_stopped(const struct group *);

/*
 * A new vector of the members sorted by process priority, stable (P-078); the
 * caller frees it.  NULL with errno ENOMEM, or if there are none (*n = 0).
 */
struct process **group_by_priority(const struct group *, size_t *n);

/* Starts members with autostart that were never started (P-007, P-082) and do
 * not wait for others. */
void group_autostart(struct group *, int64_t now_ms, time_t wall);
/* Stops all, highest process priority first (P-080). */
void group_stop_all(struct group *, int64_t now_ms);

/*
 * "group:process", or "process" alone when both names are equal (P-074).
 * Returns buf.
 */
const char *group_namespec(const struct process *, char *buf, size_t len);

#endif

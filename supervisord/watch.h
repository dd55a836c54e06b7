/* SPDX-License-Identifier: BSD-2-Clause */
/* Watching programs: ready, healthy, what they say of themselves. */
#ifndef SUPERVISORD_WATCH_H
#define SUPERVISORD_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/model/process.h"

struct appbase_keep_event;
struct child_extra;
struct engine;

/* -1 with errno ENOMEM.  watch_free() leaves programs and the keeper alone. */
int watch_equip(struct engine *);
void watch_free(struct engine *);
/* After a take-over, when it is known which programs live. */
void watch_settle(struct engine *);
/* What struct children_settings gets; arg is the engine. */
void watch_spawning(
    void *arg, struct process *, uint64_t id, struct child_extra *);
/* A process's state has changed; a process goes away. */
void watch_changed(struct engine *, struct process *, enum proc_state to);
void watch_forget(struct engine *, struct process *);
/* A keeper's event: false if it is not about a command of ours. */
bool watch_event(struct engine *, const struct appbase_keep_event *);
/* "not healthy, serving 3 clients" of a process that runs; or "". */
const char *watch_note(
    const struct engine *, const struct process *, char *buf, size_t len);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who waits for whom: `depends_on` and `ordered_startup` (B-302 to B-306).
 *
 * A process that is to be started and whose program NEEDS something that is not
 * there has the mark WAITING instead: it stays in the state it is in.  Each
 * depend_run() looks at those that wait and starts the ones that need not any
 * more, so that independent branches come up side by side and nothing is ever
 * blocked.  With `ordered` a program needs, beside what it names, every program
 * of a smaller priority that starts by itself.
 *
 * A need has FAILED when it cannot be expected to come true by itself: the
 * program is FATAL, has exited for good, or the wait takes longer than the
 * timeout.  What then happens is the settings' on_failure.
 *
 * Going down is the reverse: a process is stopped when nobody that needs it
 * runs.  All state is in the processes (marks, times) and so survives the
 * engine.  Processes of the start in order (chain.h) are left to that.  Pure.
 */
#ifndef SUPERVISORD_MODEL_DEPEND_H
#define SUPERVISORD_MODEL_DEPEND_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "supervisord/model/plan.h"

struct depend;

struct depend_settings {
	enum plan_failure on_failure;
	int64_t timeout; /* seconds a process may wait; 0 = for ever */
	bool ordered;	 /* ordered_startup */
	/* Has a process restarted as its program says of its dependents. */
	void (*restart)(void *arg, struct process *, enum plan_dependents);
	void (*log)(void *arg, int level, const char *fmt, va_list)
	    __attribute__((__format__(__printf__, 3, 0)));
	void *arg;
};

/* The plan is borrowed; NULL with errno ENOMEM.  _free accepts NULL. */
struct depend *depend_new(struct plan *, const struct depend_settings *);
void depend_free(struct depend *);

/* Does any program need another?  If not, nothing else here does anything. */
bool depend_is_used(const struct depend *);
/* A process is to be started: if something it needs is not there it waits, and
 * the answer is true. */
bool depend_hold(struct depend *, struct process *, int64_t now_ms);
/* Starts, refuses and restarts what is to be; call it after any change. */
void depend_run(struct depend *, int64_t now_ms, time_t wall);
/* When to call that by time alone; PROC_NEVER if at no time. */
int64_t depend_wakeup_ms(const struct depend *);

/* "waiting for db (STARTING)", or "" if it does not wait.  Returns buf. */
const char *depend_note(
    const struct depend *, const struct process *, char *buf, size_t len);
/* Does it wait for what will not come by itself? */
bool depend_is_vain(
    const struct depend *, const struct process *, int64_t now_ms);
/* Has this process to go on running since another one that needs it is not
 * stopped yet; `leaving` tells which ones count. */
bool depend_is_needed(const struct depend *, const struct process *,
    bool (*leaving)(void *arg, const struct process *), void *arg);
/* A step of the shutdown, for all programs of the plan; true when every one is
 * stopped. */
bool depend_shutdown_step(struct depend *, int64_t now_ms);

#endif

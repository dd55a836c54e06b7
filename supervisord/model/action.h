/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of clients that take time: start and stop, with or without waiting.
 *
 * An action looks at its process each time actions_run() is called (the engine
 * does so after any change, before it sleeps) and calls back when it is done.
 * So nothing here blocks, and a callback never runs inside the request that
 * made the action.  Pure.
 */
#ifndef SUPERVISORD_MODEL_ACTION_H
#define SUPERVISORD_MODEL_ACTION_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "supervisord/model/process.h"

/* The values are the fault codes of X-045 ... X-062, so that RPC hands them on.
 */
enum action_result {
	ACTION_PENDING = 0, /* the callback will come */
	ACTION_NO_FILE = 20,
	ACTION_NOT_EXECUTABLE = 21,
	ACTION_FAILED = 30,
	ACTION_ABNORMAL_TERMINATION = 40,
	ACTION_SPAWN_ERROR = 50,
	ACTION_ALREADY_STARTED = 60,
	ACTION_NOT_RUNNING = 70,
	ACTION_SUCCESS = 80,
};

struct actions;
struct action;

struct actions_ops {
	/* Could it be started now?  ACTION_SUCCESS, or NO_FILE or
	 * NOT_EXECUTABLE with a text in detail. */
	enum action_result (*resolve)(
	    void *arg, struct process *, char *detail, size_t len);
	/* A client asks for a stop, which is about to be begun.  May be NULL.
	 */
	void (*stopping)(void *arg, struct process *);
	/* An action has become due to be looked at: arrange for actions_run()
	 * soon, not inside the call. */
	void (*wake)(void *arg);
	/* One of many is to be started: true if it waits for others instead
	 * (PROC_MARK_WAITING).  May be NULL, as the next two. */
	bool (*hold)(void *arg, struct process *, int64_t now_ms);
	/* Does it wait for what will not come? */
	bool (*is_vain)(void *arg, const struct process *, int64_t now_ms);
	/* Is one of many to be stopped later, since another that is leaving
	 * needs it?  `leaving` tells which are. */
	bool (*is_needed)(void *arg, const struct process *,
	    bool (*leaving)(void *all, const struct process *), void *all);
	void (*log)(void *arg, int level, const char *fmt, va_list)
	    __attribute__((__format__(__printf__, 3, 0)));
};

/* ops is borrowed; NULL with errno ENOMEM.  _free drops all without callbacks.
 */
struct actions *actions_new(const struct actions_ops *, void *arg);
void actions_free(struct actions *);

/*
 * How a finished action is told.  detail is "" or a text for the fault (its
 * part after the colon), borrowed for the call.  The process may be gone after.
 */
typedef void action_done(
    struct process *, enum action_result, const char *detail, void *arg);

/*
 * Start (X-084 ... X-089) and stop.  A result known at once is
 * returned, with its detail in `detail`, and `done` is never called; else
 * ACTION_PENDING, and `done` is called once, later.  *out, if not NULL, is then
 * a handle for action_cancel(), valid until `done`.
 */
enum action_result action_start(struct actions *, struct process *, bool wait,
    int64_t now_ms, time_t wall, action_done *done, void *arg,
    struct action **out, char *detail, size_t len);
enum action_result action_stop(struct actions *, struct process *, bool wait,
    int64_t now_ms, action_done *done, void *arg, struct action **out,
    char *detail, size_t len);
/* Forgets the callback; the process goes on.  Accepts NULL. */
void action_cancel(struct action *);

/*
 * The same for many processes, each signalled before any is waited for (P-079).
 * `procs` is copied and is in the order wanted; start takes only those not in
 * the running set, stop only those in it; both in the order in which processes
 * depend on each other.  `done` is called once, never inside
 * the call, with the results: those known at once first, then in the order they
 * finished.  NULL with errno ENOMEM.
 */
struct bulk_result {
	struct process *proc; /* NULL if it was freed meanwhile */
	char *name, *group;   /* borrowed for the call; NULL without memory */
	enum action_result result;
	char detail[PROC_SPAWNERR_MAX];
};
typedef void bulk_done(const struct bulk_result *, size_t n, void *arg);
struct bulk;
struct bulk *bulk_start(struct actions *, struct process *const *procs,
    size_t n, bool wait, int64_t now_ms, time_t wall, bulk_done *, void *arg);
struct bulk *bulk_stop(struct actions *, struct process *const *procs, size_t n,
    bool wait, int64_t now_ms, bulk_done *, void *arg);
/* Forgets the callback.  Accepts NULL. */
void bulk_cancel(struct bulk *);

/* Looks at every action; calls those back that are done. */
void actions_run(struct actions *, int64_t now_ms);
/* When actions_run() is due by time alone ("waiting for NAME to stop", P-070);
 * PROC_NEVER if there is nothing to wait for. */
int64_t actions_wakeup_ms(const struct actions *);
/* A process is about to be freed: its actions end as ABNORMAL_TERMINATION. */
void actions_forget(struct actions *, const struct process *);

#endif
